//! Contenders that take turns, so that other load on the machine affects all of them.

use std::io;

/// How often each contender runs. The first round of all is not counted.
pub const ROUNDS: usize = 5;

/// The median of the figures; the upper one of the two in the middle.
#[must_use]
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Something that is measured against others.
pub struct Contender<'a> {
    run: Box<dyn FnMut() -> io::Result<f64> + 'a>,
    seconds: Vec<f64>,
}

impl<'a> Contender<'a> {
    /// A contender. `run` returns how many seconds a run took.
    pub fn new(run: impl FnMut() -> io::Result<f64> + 'a) -> Self {
        Self { run: Box::new(run), seconds: Vec::new() }
    }
}

impl std::fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contender").field("seconds", &self.seconds).finish_non_exhaustive()
    }
}

/// Runs each once to warm up, then all of them in turn, in reverse order in every second round.
/// Returns the median of each, in the order of the contenders.
///
/// # Errors
///
/// A run failed.
pub fn medians<const N: usize>(contenders: [Contender<'_>; N]) -> io::Result<[f64; N]> {
    medians_of(ROUNDS, contenders)
}

/// The same with another number of rounds. Many short ones are for what depends on a disk that others use too.
///
/// # Errors
///
/// A run failed.
pub fn medians_of<const N: usize>(
    rounds: usize,
    mut contenders: [Contender<'_>; N],
) -> io::Result<[f64; N]> {
    for contender in &mut contenders {
        (contender.run)()?;
    }
    for round in 0..rounds {
        for turn in 0..N {
            let place = if round % 2 == 0 { turn } else { N - 1 - turn };
            if let Some(contender) = contenders.get_mut(place) {
                let seconds = (contender.run)()?;
                contender.seconds.push(seconds);
            }
        }
    }
    Ok(contenders.map(|contender| median(contender.seconds)))
}
