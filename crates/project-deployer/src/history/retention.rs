//! Which entries of the history are removed. A pure decision.

use std::time::Duration;

use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, Timestamp, setters};

use crate::state::{DeploymentUid, HistoryListing};

/// How long finished updates are kept. An update goes when either limit says so.
///
/// The newest update of a deployment that exists stays, and its newest successful one: it is what a rollback needs to
/// know. An update that has not ended is not in the history yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryRetention {
    /// How many of the updates under one id of a deployment are kept, the newest ones. `None` keeps all of them.
    pub per_deployment: Option<usize>,
    /// How long an update is kept after its end. `None` is for ever.
    pub age: Option<Duration>,
}

setters!(HistoryRetention {
    with_per_deployment(per_deployment: Option<usize>),
    with_age(age: Option<Duration>),
});

impl Default for HistoryRetention {
    /// For ever, but not more than 10,000 updates of a deployment.
    fn default() -> Self {
        Self { per_deployment: Some(10_000), age: None }
    }
}

/// The deployment that exists under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Living {
    /// None.
    None,
    /// This one.
    One(Option<DeploymentUid>),
    /// One that cannot be read: it may be any of those that had the id.
    Unknown,
}

impl Living {
    fn may_be(&self, uid: Option<&DeploymentUid>) -> bool {
        match self {
            Self::None => false,
            Self::One(living) => living.as_ref() == uid,
            Self::Unknown => true,
        }
    }
}

/// Decides about entries one after the other: deployment by deployment, and the newest one of each first.
#[derive(Debug)]
pub(crate) struct Judge {
    retention: HistoryRetention,
    now: Timestamp,
    deployment: Option<DeploymentId>,
    living: Living,
    seen: usize,
    has_newest: bool,
    has_success: bool,
}

impl Judge {
    pub(crate) fn new(retention: HistoryRetention, now: Timestamp) -> Self {
        Self {
            retention,
            now,
            deployment: None,
            living: Living::None,
            seen: 0,
            has_newest: false,
            has_success: false,
        }
    }

    /// Whether an entry stays.
    pub(crate) fn keeps(
        &mut self,
        entry: &HistoryListing,
        living: impl FnOnce(&DeploymentId) -> Living,
    ) -> bool {
        if self.deployment.as_ref() != Some(&entry.deployment) {
            *self = Self {
                deployment: Some(entry.deployment.clone()),
                living: living(&entry.deployment),
                ..Self::new(self.retention, self.now)
            };
        }
        self.seen += 1;
        self.is_needed(entry) || self.is_within_limits(entry)
    }

    /// Whether the deployment needs it, whatever the limits are.
    fn is_needed(&mut self, entry: &HistoryListing) -> bool {
        if !self.living.may_be(entry.uid.as_ref()) {
            return false;
        }
        let is_success = matches!(entry.status, UpdateStatus::Success | UpdateStatus::Warning);
        let is_needed = !self.has_newest || (is_success && !self.has_success);
        self.has_newest = true;
        self.has_success |= is_success;
        is_needed
    }

    fn is_within_limits(&self, entry: &HistoryListing) -> bool {
        let HistoryRetention { per_deployment, age } = self.retention;
        let age_in_millis = u128::from(self.now.millis_since(entry.end));
        per_deployment.is_none_or(|most| self.seen <= most)
            && age.is_none_or(|longest| age_in_millis <= longest.as_millis())
    }
}

#[cfg(test)]
mod tests;
