//! Whether a call that failed is made again, and when (R7): a function of plain data. The transport
//! carries the decision out.

mod budget;
mod policy;
mod verdict;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use budget::RetryBudget;
pub use policy::RetryPolicy;
pub(crate) use verdict::{FailedAttempt, Verdict};

/// The policy of a connector, with what all its nodes share: the budget and the dice.
#[derive(Debug)]
pub(crate) struct Retries {
    policy: RetryPolicy,
    shared: Mutex<Shared>,
}

#[derive(Debug)]
struct Shared {
    budget: RetryBudget,
    dice: fastrand::Rng,
}

impl Retries {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        let dice = policy.dice();
        Self { policy, shared: Mutex::new(Shared { budget: RetryBudget::full(), dice }) }
    }

    /// Notes a call that was not made before: it earns a part of a repetition.
    pub(crate) fn note_call(&self) {
        self.shared().budget.earn();
    }

    /// What follows from a failed attempt. A repetition is paid for here.
    pub(crate) fn decide(&self, failed: &FailedAttempt<'_>) -> Verdict {
        let Shared { budget, dice } = &mut *self.shared();
        self.policy.decide(failed, budget, dice)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
