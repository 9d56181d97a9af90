use std::time::Duration;

use super::budget::RetryBudget;
use super::verdict::{FailedAttempt, GiveUp, Verdict};
use crate::error::{NodeErrorKind, Retry, SideEffect};

/// How failed calls are repeated (R7).
///
/// A call is repeated when both are true:
///
/// - the failure may be temporary;
/// - the request does no harm twice, or the failed attempt certainly had no effect: no connection, 429, 503
///   with `Retry-After`.
///
/// A request that creates, imports, runs or activates and whose response was lost is never repeated. Its
/// error says that the effect is [unknown](SideEffect::Unknown), and the caller reads the state of the node
/// first.
///
/// Pauses are random, from zero up to a limit that doubles each time ("full jitter"), so that callers that
/// failed together do not retry together. If the node names a time, that is the pause, up to the longest
/// pause. All attempts share the deadline of the call. All nodes of a connector share a budget: at most 8
/// retries in a row, and one for every ten calls.
///
/// ```
/// # #[cfg(feature = "http")] {
/// use std::time::Duration;
/// use project_deployer_client::{HttpConnector, RetryPolicy};
/// let slow = RetryPolicy::default().pauses(Duration::from_secs(2), Duration::from_secs(20));
/// let connector = HttpConnector::builder().retries(slow).build()?;
/// let without = HttpConnector::builder().retries(RetryPolicy::never()).build()?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    first_pause: Duration,
    longest_pause: Duration,
    seed: Option<u64>,
}

/// Three attempts, and pauses of up to half a second first and 20 s at most.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: Retry::MOST_ATTEMPTS,
            first_pause: Duration::from_millis(500),
            longest_pause: Retry::LONGEST_PAUSE,
            seed: None,
        }
    }
}

impl RetryPolicy {
    /// One attempt.
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// How many attempts there are at most, the first included; at least one and at most
    /// [`Retry::MOST_ATTEMPTS`].
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.clamp(1, Retry::MOST_ATTEMPTS);
        self
    }

    /// The limit of the first pause, which doubles for the next one, and the limit of all, at most
    /// [`Retry::LONGEST_PAUSE`].
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first;
        self.longest_pause = longest.min(Retry::LONGEST_PAUSE);
        self
    }

    /// Draws pauses that are the same each time: for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    pub(super) fn dice(&self) -> fastrand::Rng {
        self.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)
    }

    pub(super) fn decide(
        &self,
        failed: &FailedAttempt<'_>,
        budget: &mut RetryBudget,
        dice: &mut fastrand::Rng,
    ) -> Verdict {
        if let Some(reason) = self.objection(failed) {
            return Verdict::GiveUp(reason);
        }
        let pause = self.pause(failed.kind, failed.number, dice);
        if pause >= failed.left {
            return Verdict::GiveUp(GiveUp::Deadline);
        }
        // Last of all: what is not repeated costs nothing.
        if budget.pay() { Verdict::RepeatAfter(pause) } else { Verdict::GiveUp(GiveUp::Budget) }
    }

    /// What speaks against another attempt, whenever it were made.
    fn objection(&self, failed: &FailedAttempt<'_>) -> Option<GiveUp> {
        if failed.kind.retry() == Retry::Never {
            return Some(GiveUp::Hopeless);
        }
        if failed.kind.side_effect() == SideEffect::Unknown && !failed.harmless {
            return Some(GiveUp::Ambiguous);
        }
        if !failed.can_be_sent {
            return Some(GiveUp::ArchiveSpent);
        }
        (failed.number >= self.attempts).then_some(GiveUp::Attempts)
    }

    fn pause(&self, kind: &NodeErrorKind, number: u32, dice: &mut fastrand::Rng) -> Duration {
        let doubled = 2_u32.saturating_pow(number.saturating_sub(1));
        let limit = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        match kind.retry() {
            // A little more than it asks for, since it asks all callers for the same.
            Retry::After(asked) => {
                asked.saturating_add(drawn(self.first_pause, dice)).min(self.longest_pause)
            }
            Retry::Backoff | Retry::Never => drawn(limit, dice),
        }
    }
}

/// Any time up to a limit.
fn drawn(limit: Duration, dice: &mut fastrand::Rng) -> Duration {
    limit.mul_f64(dice.f64())
}
