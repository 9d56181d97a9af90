use project_deployer_client::DeployerError;
use project_deployer_core::status::{UpdateStatus, UpdateSummary};
use project_deployer_core::{BundleId, DeploymentId, Login, Timestamp};
use project_deployer_store::{Commit, CommitId, JournalStream};
use serde::{Deserialize, Serialize};

use crate::state::repository::RecordCommit as _;

/// One update of a deployment. Its steps are in a journal of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UpdateRecord {
    pub(crate) deployment: DeploymentId,
    pub(crate) start: Timestamp,
    pub(crate) task: TaskId,
    /// The bundle that it deploys.
    pub(crate) bundle: BundleId,
    pub(crate) end: Option<Timestamp>,
    pub(crate) requester: Login,
    pub(crate) status: UpdateStatus,
}

/// The id of an update's task: the id of the commit that began it. It is unique, reveals nothing, and needs
/// no encoding in a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct TaskId(pub(crate) String);

/// A task that was started for somebody: which update it is, and whether it is to stop.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) deployment: DeploymentId,
    pub(crate) start: Timestamp,
    /// Whichever process runs the update reads it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel: Option<CancelRequest>,
}

/// Who cancelled an update, and when. The first request counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CancelRequest {
    /// Who.
    pub by: Login,
    /// The time.
    pub at: Timestamp,
}

/// The last update of a deployment, which may still run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct LatestUpdate(pub(crate) UpdateRecord);

/// Commits that end an update.
pub(crate) trait EndOfUpdate: Sized {
    /// Writes the end of an update to its own record, and to the last one of its deployment. It reads nothing:
    /// only the holder of the lease writes both, and the commit is fenced by it.
    fn with_end(self, ended: &UpdateRecord) -> Result<Self, DeployerError>;
}

impl EndOfUpdate for Commit {
    fn with_end(self, ended: &UpdateRecord) -> Result<Self, DeployerError> {
        self.overwrite(ended)?.overwrite(&LatestUpdate(ended.clone()))
    }
}

impl UpdateRecord {
    /// The kind of change of an update; no source names the values (wire-facts 8.2, item 2).
    pub(crate) const KIND_OF_CHANGE: &str = "UPDATE";

    /// The id of the record of an update: a later one comes after an earlier one.
    pub(crate) fn record_id(deployment: &DeploymentId, start: Timestamp) -> String {
        format!("{deployment}/{:020}", start.as_millis())
    }

    /// What the records of a deployment's updates begin with: no id has a slash.
    pub(crate) fn prefix(deployment: &DeploymentId) -> String {
        format!("{deployment}/")
    }

    pub(crate) fn summary(&self) -> UpdateSummary {
        UpdateSummary::new(self.start, Self::KIND_OF_CHANGE, self.status)
    }

    /// The update after its end.
    pub(crate) fn ended(&self, end: Timestamp, status: UpdateStatus) -> Self {
        Self { end: Some(end), status, ..self.clone() }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status == UpdateStatus::Running
    }

    /// The start of the next update. It is a key, so no two are equal.
    pub(crate) fn next_start(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_millis(self.start.as_millis() + 1).max(now)
    }

    /// The task of the update.
    pub(crate) fn task(&self) -> Task {
        Task {
            id: self.task.clone(),
            deployment: self.deployment.clone(),
            start: self.start,
            cancel: None,
        }
    }
}

impl TaskId {
    /// What the names of journals of updates begin with.
    pub(crate) const JOURNALS: &str = "update/";

    /// The task that a commit begins.
    pub(crate) fn begun_by(commit: CommitId) -> Self {
        Self(commit.to_string())
    }

    /// The journal of the update.
    pub(crate) fn journal(&self) -> JournalStream {
        JournalStream(format!("{}{}", Self::JOURNALS, self.0))
    }
}
