//! How many refused attempts have a record of their own. Whoever is refused writes nothing else, so that this bounds
//! what an attacker can make the store keep. What has no record of its own is counted, and the counts are recorded.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use project_deployer_core::Timestamp;

/// Of one actor: 50 at once, and one more each minute. Those who did not authenticate are one actor.
const OF_ONE: Limit = Limit { burst: 50, interval: 60_000 };

/// Of all actors of a process: 500 at once, and one more every 5 s.
const OF_ALL: Limit = Limit { burst: 500, interval: 5_000 };

/// How many actors are remembered. The others share one limit.
const ACTORS: usize = 1_000;

/// How many codes are counted one by one.
const CODES: usize = 64;

/// How often counts are recorded.
const PAUSE: Duration = Duration::from_secs(600);

/// A number of events at once, and one more for each interval, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Limit {
    burst: i64,
    interval: i64,
}

/// When a limit that was not used for long enough would be whole again, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Used(i64);

/// The limits of one process, and what has no record of its own.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    all: Used,
    actors: HashMap<String, Used>,
    counts: BTreeMap<String, u64>,
    counted_at: Option<Timestamp>,
}

impl Used {
    fn is_free(self, limit: Limit, now: i64) -> bool {
        let most = limit.interval.saturating_mul(limit.burst - 1);
        self.0.max(now).saturating_sub(now) <= most
    }

    fn take(&mut self, limit: Limit, now: i64) {
        self.0 = self.0.max(now).saturating_add(limit.interval);
    }
}

impl Refusals {
    /// Whether an attempt gets a record of its own. It is counted otherwise.
    pub(super) fn admit(&mut self, actor: &str, code: &str, now: Timestamp) -> bool {
        let millis = now.as_millis();
        if !self.actors.contains_key(actor) && self.actors.len() >= ACTORS {
            self.actors.retain(|_, used| used.0 > millis);
        }
        let name =
            if self.actors.contains_key(actor) || self.actors.len() < ACTORS { actor } else { "" };
        let own = self.actors.entry(name.to_owned()).or_default();
        let is_free = own.is_free(OF_ONE, millis) && self.all.is_free(OF_ALL, millis);
        if is_free {
            own.take(OF_ONE, millis);
            self.all.take(OF_ALL, millis);
        } else {
            self.count(code, 1);
        }
        is_free
    }

    /// Counts attempts without a record of their own.
    pub(super) fn count(&mut self, code: &str, attempts: u64) {
        let is_new = !self.counts.contains_key(code);
        let code = if is_new && self.counts.len() >= CODES { "other" } else { code };
        *self.counts.entry(code.to_owned()).or_default() += attempts;
    }

    /// The counts, if it is time to record them. They begin anew.
    pub(super) fn due(&mut self, now: Timestamp, at_once: bool) -> Option<BTreeMap<String, u64>> {
        let is_early = self
            .counted_at
            .is_some_and(|at| u128::from(now.millis_since(at)) < PAUSE.as_millis() && at <= now);
        if self.counts.is_empty() || (is_early && !at_once) {
            return None;
        }
        self.counted_at = Some(now);
        Some(std::mem::take(&mut self.counts))
    }

    /// Counts that could not be recorded.
    pub(super) fn back(&mut self, counts: &BTreeMap<String, u64>) {
        counts.iter().for_each(|(code, attempts)| self.count(code, *attempts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn one_actor_cannot_use_up_the_records_of_others() {
        let mut refusals = Refusals::default();
        let admitted = (0..1_000).filter(|_| refusals.admit("mallory", "forbidden", at(9))).count();
        assert_eq!(admitted, 50);
        assert!(refusals.admit("dana", "forbidden", at(9)));
        let counts = refusals.due(at(9), false).unwrap();
        assert_eq!(counts["forbidden"], 950);
        assert!(!refusals.admit("mallory", "forbidden", at(9)));
        assert!(refusals.admit("mallory", "forbidden", at(70)));
    }

    #[test]
    fn a_day_of_attacks_by_many_actors_has_a_bound() {
        let mut refusals = Refusals::default();
        let mut admitted = 0_u64;
        let mut summaries = 0_u64;
        for second in 0..86_400 {
            for actor in 0..5 {
                let actor = format!("{second}-{actor}");
                admitted += u64::from(refusals.admit(&actor, "forbidden", at(second)));
            }
            summaries += u64::from(refusals.due(at(second), false).is_some());
        }
        assert!(admitted <= 500 + 86_400 / 5, "{admitted}");
        assert!(summaries <= 145, "{summaries}");
        assert!(refusals.actors.len() <= ACTORS + 1);
    }

    #[test]
    fn every_attempt_is_admitted_or_counted() {
        let mut refusals = Refusals::default();
        let (mut admitted, mut counted) = (0, 0);
        for number in 0..10_000 {
            let code = format!("code-{}", number % 100);
            admitted += u64::from(refusals.admit("mallory", &code, at(number / 10)));
            counted += refusals.due(at(number / 10), false).map_or(0, |all| all.values().sum());
        }
        let left = refusals.due(at(1_000), true).map_or(0, |all| all.values().sum());
        assert_eq!(admitted + counted + left, 10_000);
    }

    #[test]
    fn counts_that_could_not_be_recorded_are_not_lost() {
        let mut refusals = Refusals::default();
        refusals.count("forbidden", 3);
        let counts = refusals.due(at(1), false).unwrap();
        refusals.back(&counts);
        assert!(refusals.due(at(2), false).is_none());
        assert_eq!(refusals.due(at(2), true).unwrap()["forbidden"], 3);
    }
}
