//! When rounds are. Each infrastructure has its own place in the time from one round to the next, so that not all are
//! watched at once (G7). The place comes from the id, so that every process finds the same one, also after a restart.

use project_deployer_core::Timestamp;
use sha2::{Digest as _, Sha256};

/// The rounds of one thing that is watched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rhythm<'a> {
    /// What is watched: the id of its record.
    pub(crate) of: &'a str,
    /// The seconds from one round to the next, at least one.
    pub(crate) every: u64,
    /// Since when.
    pub(crate) since: Timestamp,
}

impl Rhythm<'_> {
    fn every(self) -> i64 {
        i64::try_from(self.every).unwrap_or(i64::MAX).saturating_mul(1000).max(1)
    }

    /// The last time for a round that has come.
    fn latest(self, now: Timestamp) -> i64 {
        let digest = Sha256::digest(self.of);
        let number =
            digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let every = self.every();
        let place = number.checked_rem(every.unsigned_abs()).unwrap_or_default();
        let place = i64::try_from(place).unwrap_or_default();
        let now = now.as_millis();
        now.saturating_sub(now.saturating_sub(place).rem_euclid(every))
    }

    /// The time of a round, so many rounds after the one at a time.
    pub(crate) fn after_rounds(self, at: Timestamp, rounds: u64) -> Timestamp {
        let rounds = i64::try_from(rounds).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.latest(at).saturating_add(self.every().saturating_mul(rounds)))
    }

    /// Whether a time for a round has come since the last round, and since it is watched. Rounds that were missed are
    /// one round.
    pub(crate) fn is_due(self, last: Option<Timestamp>, now: Timestamp) -> bool {
        // A clock that went back must not stop all rounds.
        let last = last.filter(|last| *last <= now);
        let since = self.since.min(now);
        let after = last.map_or(since, |last| last.max(since));
        self.latest(now) > after.as_millis()
    }
}

/// The time of the next round.
pub(crate) fn next_round(rhythm: Rhythm<'_>, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    if rhythm.is_due(last, now) {
        return now;
    }
    Timestamp::from_millis(rhythm.latest(now).saturating_add(rhythm.every()))
}
