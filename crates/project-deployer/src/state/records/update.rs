use project_deployer_client::DeployerError;
use project_deployer_core::status::{UpdateStatus, UpdateSummary};
use project_deployer_core::{BundleId, DeploymentId, InfraId, Login, ProjectKey, Timestamp};
use project_deployer_store::{Commit, CommitId, JournalStream};
use serde::{Deserialize, Serialize};

use super::deployment::DeploymentUid;
use super::history::{AddToHistory as _, HistoryRecord};
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
    /// None in a record of an earlier version, which has no entry in the history. A finished update with an origin
    /// has one, or retention removed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<Box<UpdateOrigin>>,
}

/// What the history says of an update beyond its record. Each is none where it is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UpdateOrigin {
    /// The infrastructure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) infra: Option<InfraId>,
    /// The published project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<ProjectKey>,
    /// Which of the deployments that had this id one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<DeploymentUid>,
    /// The login that changes the nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acting: Option<Login>,
    /// The bundle of the last update of the deployment that succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<BundleId>,
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
    /// Writes the end of an update to its own record, to the last one of its deployment, and to the history. It reads
    /// nothing: only the holder of the lease writes them, and the commit is fenced by it.
    fn with_end(self, ended: &UpdateRecord, entry: &HistoryRecord) -> Result<Self, DeployerError>;
}

impl EndOfUpdate for Commit {
    fn with_end(self, ended: &UpdateRecord, entry: &HistoryRecord) -> Result<Self, DeployerError> {
        self.overwrite(ended)?.overwrite(&LatestUpdate(ended.clone()))?.with_history(entry)
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

    /// The bundle of the last update that succeeded, as of this update.
    pub(crate) fn last_success(&self) -> Option<BundleId> {
        match self.status {
            UpdateStatus::Success | UpdateStatus::Warning => Some(self.bundle.clone()),
            _ => self.origin.as_ref()?.previous.clone(),
        }
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

    /// The task that a record names which cannot be read as a whole, unless it can be no task.
    pub(crate) fn plausible(id: &str) -> Option<Self> {
        let is_plausible =
            (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        is_plausible.then(|| Self(id.to_owned()))
    }

    /// The task that a commit begins.
    pub(crate) fn begun_by(commit: CommitId) -> Self {
        Self(commit.to_string())
    }

    /// The journal of the update.
    pub(crate) fn journal(&self) -> JournalStream {
        JournalStream(format!("{}{}", Self::JOURNALS, self.0))
    }
}
