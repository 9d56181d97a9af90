use std::fmt;

use project_deployer_client::DeployerError;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{BundleId, DeploymentId, Login, Timestamp};
use project_deployer_store::Commit;
use serde::{Deserialize, Serialize};

use super::deployment::DeploymentUid;
use super::update::{TaskId, UpdateOrigin, UpdateRecord};
use crate::state::repository::RecordCommit as _;
use crate::update::NodeResult;

/// The id of a finished update in the history. Later starts come first, so that a page of the history is a page of
/// ids, and stays one while updates end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HistoryId(String);

/// A finished update. It outlives its deployment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HistoryRecord {
    pub(crate) deployment: DeploymentId,
    pub(crate) start: Timestamp,
    pub(crate) task: TaskId,
    pub(crate) end: Timestamp,
    pub(crate) status: UpdateStatus,
    /// None, as all that follows, if the record of the update could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requester: Option<Login>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bundle: Option<BundleId>,
    #[serde(default)]
    pub(crate) origin: UpdateOrigin,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) nodes: Vec<NodeResult>,
}

/// That a deployment has a finished update: what retention decides by, beside the entry itself. The ids of one
/// deployment are together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HistoryListing {
    pub(crate) deployment: DeploymentId,
    pub(crate) start: Timestamp,
    pub(crate) task: TaskId,
    pub(crate) end: Timestamp,
    pub(crate) status: UpdateStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<DeploymentUid>,
}

impl HistoryId {
    /// An id as text, such as one that [`Display`](fmt::Display) wrote.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn of(start: Timestamp, task: &TaskId) -> Self {
        Self(format!("{:020}-{}", inverted(start), task.0))
    }

    /// After every update that began at this time or later, before all others.
    pub(crate) fn before(time: Timestamp) -> Self {
        // The next character after the dash.
        Self(format!("{:020}.", inverted(time)))
    }

    /// When the update began; none if this is the id of no update.
    pub(crate) fn start(&self) -> Option<Timestamp> {
        let inverted: u64 = self.0.get(..20)?.parse().ok()?;
        Some(Timestamp::from_millis(i64::MAX.wrapping_sub(inverted.cast_signed())))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A later time is a smaller number.
fn inverted(time: Timestamp) -> u64 {
    i64::MAX.wrapping_sub(time.as_millis()).cast_unsigned()
}

impl fmt::Display for HistoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HistoryRecord {
    /// An update that has ended, as its record says.
    pub(crate) fn of(ended: &UpdateRecord) -> Self {
        Self {
            deployment: ended.deployment.clone(),
            start: ended.start,
            task: ended.task.clone(),
            end: ended.end.unwrap_or(ended.start),
            status: ended.status,
            requester: Some(ended.requester.clone()),
            bundle: Some(ended.bundle.clone()),
            origin: ended.origin.as_deref().cloned().unwrap_or_default(),
            nodes: Vec::new(),
        }
    }

    pub(crate) fn history_id(&self) -> HistoryId {
        HistoryId::of(self.start, &self.task)
    }

    pub(crate) fn listing(&self) -> HistoryListing {
        HistoryListing {
            deployment: self.deployment.clone(),
            start: self.start,
            task: self.task.clone(),
            end: self.end,
            status: self.status,
            uid: self.origin.uid.clone(),
        }
    }
}

impl HistoryListing {
    pub(crate) fn history_id(&self) -> HistoryId {
        HistoryId::of(self.start, &self.task)
    }

    /// The id of the listing of an update.
    pub(crate) fn record_id(deployment: &DeploymentId, id: &HistoryId) -> String {
        format!("{}{id}", Self::prefix(deployment))
    }

    /// What the listings of a deployment begin with: no id has a slash.
    pub(crate) fn prefix(deployment: &DeploymentId) -> String {
        format!("{deployment}/")
    }
}

/// Commits that add to the history.
pub(crate) trait AddToHistory: Sized {
    /// Adds an entry, or writes it anew: only one process at a time ends an update, or what is left of it.
    fn with_history(self, entry: &HistoryRecord) -> Result<Self, DeployerError>;
}

impl AddToHistory for Commit {
    fn with_history(self, entry: &HistoryRecord) -> Result<Self, DeployerError> {
        self.overwrite(entry)?.overwrite(&entry.listing())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn later_starts_come_first_and_an_id_says_its_start(one: i64, other: i64) {
            let task = TaskId("7".to_owned());
            let times = [one, other].map(Timestamp::from_millis);
            let ids = times.map(|time| HistoryId::of(time, &task));
            prop_assert_eq!(times[0].cmp(&times[1]), ids[1].cmp(&ids[0]));
            prop_assert_eq!(ids[0].start(), Some(times[0]));
            let before = HistoryId::before(times[0]);
            prop_assert_eq!(ids[1] > before, times[1] < times[0]);
        }
    }
}
