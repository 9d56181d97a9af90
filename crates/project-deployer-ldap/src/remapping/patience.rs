use std::time::{Duration, Instant};

/// How long sixteen searches may take. Ordinary ones take microseconds.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// A look at the clock takes as long as an ordinary search, and a million logins are searched.
const SEARCHES_A_LOOK: u32 = 16;

/// Whether rules work as fast as rules do, for as many logins as they are applied to.
#[derive(Debug)]
pub(crate) struct Patience {
    searches: u32,
    last_look: Instant,
}

impl Patience {
    /// From now on.
    pub(crate) fn new() -> Self {
        Self::since(Instant::now())
    }

    pub(super) fn since(last_look: Instant) -> Self {
        Self { searches: 0, last_look }
    }

    /// Whether it has come to an end, before the next search.
    pub(super) fn is_over(&mut self) -> bool {
        self.searches += 1;
        if self.searches < SEARCHES_A_LOOK {
            return false;
        }
        let now = Instant::now();
        let taken = now.saturating_duration_since(self.last_look);
        (self.searches, self.last_look) = (0, now);
        taken > TIME_LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_searches_that_took_long_end_it_and_later_ones_begin_anew() {
        let long_ago = Instant::now().checked_sub(TIME_LIMIT + TIME_LIMIT).unwrap();
        let mut patience = Patience::since(long_ago);
        let over: Vec<bool> = (0..48).map(|_| patience.is_over()).collect();
        let ends: Vec<usize> = (0..48).filter(|at| over[*at]).collect();
        assert_eq!(ends, [15]);
    }
}
