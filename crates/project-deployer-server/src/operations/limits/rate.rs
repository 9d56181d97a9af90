use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many keys are remembered. Those beyond share one limit.
const KEYS: usize = 10_000;

/// A number of events at once for each key, and one more after each interval.
#[derive(Debug)]
pub(super) struct Rate<K> {
    /// How far ahead of the time the events of a key may be.
    most: Duration,
    each: Duration,
    /// When the events of each key are used up. The last field is that of all other keys.
    used: Mutex<(HashMap<K, Instant>, Option<Instant>)>,
}

impl<K: Eq + Hash + Clone> Rate<K> {
    pub(super) fn new(burst: u32, each: Duration) -> Self {
        let most = each.saturating_mul(burst.saturating_sub(1));
        Self { most, each, used: Mutex::default() }
    }

    /// Counts an event. If it is too early, it does not count, and the error says how long to wait.
    pub(super) fn take(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let (keys, others) = &mut *used;
        if !keys.contains_key(key) && keys.len() >= KEYS {
            keys.retain(|_, until| *until > now);
        }
        let until = if keys.contains_key(key) || keys.len() < KEYS {
            keys.entry(key.clone()).or_insert(now)
        } else {
            others.get_or_insert(now)
        };
        let ahead = until.saturating_duration_since(now);
        if ahead > self.most {
            return Err(ahead - self.most);
        }
        *until = (*until).max(now) + self.each;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_passes_and_then_one_each_interval() {
        let (rate, now) = (Rate::new(3, SECOND), Instant::now());
        let passed = (0..10).filter(|_| rate.take(&"a", now).is_ok()).count();
        assert_eq!(passed, 3);
        assert_eq!(rate.take(&"a", now), Err(SECOND));
        assert_eq!(rate.take(&"b", now), Ok(()));
        let later = now + SECOND;
        assert_eq!((rate.take(&"a", later), rate.take(&"a", later)), (Ok(()), Err(SECOND)));
        let much_later = now + SECOND * 100;
        let passed = (0..10).filter(|_| rate.take(&"a", much_later).is_ok()).count();
        assert_eq!(passed, 3);
    }

    #[test]
    fn many_keys_take_bounded_memory_and_share_a_limit() {
        let (rate, now) = (Rate::new(2, SECOND), Instant::now());
        let passed = (0..20_000).filter(|key| rate.take(key, now).is_ok()).count();
        assert_eq!(passed, KEYS + 2);
        assert_eq!(rate.used.lock().unwrap().0.len(), KEYS);
        // Those that were not used for long enough are forgotten.
        assert_eq!(rate.take(&30_000, now + SECOND * 10), Ok(()));
        assert_eq!(rate.used.lock().unwrap().0.len(), 1);
    }
}
