//! When a call that failed is tried again, and when a webhook is given up.

/// The pauses after the first, second … failed attempt, in seconds: those that Standard Webhooks names. The last one stays.
const PAUSES: [u64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How long a webhook may fail before it is disabled, in milliseconds: three days.
pub(super) const LONGEST: u64 = 3 * 24 * 3600 * 1000;

/// How often a delivery is sent that the receiver refuses, before it is given up: one that it never takes must not hold
/// up the others.
pub(super) const MOST_REFUSALS: u32 = 3;

/// How often a delivery is sent at most, whatever comes of it: at first, and after each pause.
pub(super) const MOST_ATTEMPTS: u32 = 10;

/// The pause after so many failed attempts, in milliseconds.
pub(super) fn pause(attempts: u32) -> i64 {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let seconds = PAUSES.get(place).or(PAUSES.last()).copied().unwrap_or_default();
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}
