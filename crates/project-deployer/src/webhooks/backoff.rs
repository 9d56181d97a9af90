//! When a call that failed is tried again, and when a webhook is given up.

/// The pauses after the first, second … failed attempt, in seconds: the first ones that Standard Webhooks names, then an
/// hour, since all that the webhook is to get waits meanwhile. The last one stays.
const PAUSES: [u64; 4] = [5, 300, 1800, 3600];

/// How long a webhook may fail before it is disabled, in milliseconds: three days.
pub(super) const LONGEST: u64 = 3 * 24 * 3600 * 1000;

/// How often a delivery is sent that the receiver refuses, before it is given up: one that it never takes must not hold
/// up the others.
pub(super) const MOST_REFUSALS: u32 = 3;

/// The pause after so many failed attempts, in milliseconds.
pub(super) fn pause(attempts: u32) -> i64 {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let seconds = PAUSES.get(place).or(PAUSES.last()).copied().unwrap_or_default();
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}
