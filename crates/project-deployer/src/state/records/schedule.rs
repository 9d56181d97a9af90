//! Updates that start at a given time.

use project_deployer_core::{BundleId, DeploymentId, Login, Timestamp};
use serde::{Deserialize, Serialize};

use super::DeploymentUid;

/// An update of a deployment that starts at a given time, or did. A deployment has one at most.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduleRecord {
    pub(crate) deployment: DeploymentId,
    /// The deployment, apart from another one that has its id later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<DeploymentUid>,
    pub(crate) bundle: BundleId,
    pub(crate) requester: Login,
    pub(crate) requested: Timestamp,
    pub(crate) at: Timestamp,
    /// The digest of the update as it was planned when it was requested.
    pub(crate) plan: String,
    /// None while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<ScheduleOutcome>,
}

impl ScheduleRecord {
    /// The same, started.
    pub(crate) fn started(&self, start: Timestamp) -> Self {
        Self { outcome: Some(ScheduleOutcome::Started { start }), ..self.clone() }
    }
}

/// What became of an update that was scheduled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ScheduleOutcome {
    /// It started.
    Started {
        /// When, which is its name among the updates of the deployment.
        start: Timestamp,
    },
    /// It did not start.
    Refused {
        /// When that was decided.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}
