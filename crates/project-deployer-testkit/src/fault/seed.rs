use std::collections::BTreeMap;

use super::Fault;
use super::target::Target;

/// Faults that chance decides, the same ones for the same seed. What happens to a call depends on the
/// seed, the method, the path, and how many calls to the same came before; the order in which calls
/// to different paths arrive does not matter.
///
/// `Debug` prints the seed, so that a test that fails can be repeated.
///
/// ```
/// use project_deployer_testkit::{Fault, FaultSeed};
/// let chance = FaultSeed::new(42)
///     .rate(10, Fault::status(503))
///     .rate(5, Fault::reply_lost())
///     .rate(5, Fault::connection_reset().on("GET", "**"));
/// assert!(format!("{chance:?}").contains("seed: 42"));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct FaultSeed {
    seed: u64,
    target: Target,
    rates: Vec<(u8, Fault)>,
}

impl FaultSeed {
    /// Nothing goes wrong yet.
    pub fn new(seed: u64) -> Self {
        Self { seed, target: Target::default(), rates: Vec::new() }
    }

    /// So many of 100 calls go wrong in this way. Rates add up; what is above 100 never happens. A
    /// fault that is for other calls leaves its share to nothing; how often it wants to happen does
    /// not matter.
    pub fn rate(mut self, percent: u8, fault: Fault) -> Self {
        self.rates.push((percent, fault));
        self
    }

    /// Only to calls of a method to paths that fit a pattern, as [`Fault::on`] reads them.
    pub fn on(self, method: &str, path: impl Into<String>) -> Self {
        Self { target: Target::new(method, path), ..self }
    }

    /// What happens to a call of which there were so many before.
    fn fault(&self, method: &str, path: &str, before: u64) -> Option<&Fault> {
        let mut left = draw(self.seed, method, path, before) % 100;
        for (percent, fault) in &self.rates {
            let percent = u64::from(*percent);
            if left < percent {
                return Some(fault).filter(|fault| fault.concerns(method, path));
            }
            left -= percent;
        }
        None
    }
}

/// A seed at work.
#[derive(Debug)]
pub(crate) struct Chance {
    seed: FaultSeed,
    calls: BTreeMap<(String, String), u64>,
}

impl Chance {
    pub(crate) fn new(seed: FaultSeed) -> Self {
        Self { seed, calls: BTreeMap::new() }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed.seed
    }

    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        if !self.seed.target.concerns(method, path) {
            return None;
        }
        let calls = self.calls.entry((method.to_owned(), path.to_owned())).or_default();
        let before = *calls;
        *calls += 1;
        self.seed.fault(method, path, before).cloned()
    }
}

/// A number that depends on all of these and looks like chance: a hash, finished as SplitMix64 does
/// it.
fn draw(seed: u64, method: &str, path: &str, before: u64) -> u64 {
    let texts = method.bytes().chain([b' ']).chain(path.bytes());
    let hash =
        crate::fnv::hash(seed.to_le_bytes().into_iter().chain(before.to_le_bytes()).chain(texts));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> Vec<bool> {
        let mut chance = Chance::new(FaultSeed::new(seed).rate(30, Fault::status(503)));
        (0..1000).map(|_| chance.take("GET", "/projects").is_some()).collect()
    }

    #[test]
    fn a_seed_draws_the_same_every_time_and_another_draws_otherwise() {
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn rates_are_about_what_they_say() {
        let faults = drawn(7).into_iter().filter(|fault| *fault).count();
        assert!((250..350).contains(&faults), "{faults}");
    }

    #[test]
    fn calls_to_other_paths_change_nothing() {
        let mut chance = Chance::new(FaultSeed::new(7).rate(30, Fault::status(503)));
        let mixed: Vec<bool> = (0..1000)
            .map(|_| {
                chance.take("GET", "/plugins");
                chance.take("GET", "/projects").is_some()
            })
            .collect();
        assert_eq!(mixed, drawn(7));
    }
}
