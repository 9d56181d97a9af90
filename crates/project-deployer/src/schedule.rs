//! Updates at a given time: planned when they are requested, planned again when the time comes, and started if both
//! plans are equal (M16).

mod round;

pub(crate) use self::round::KEPT;

use project_deployer_client::DeployerError;
use project_deployer_core::{BundleId, DeploymentId, Login, Timestamp};
use serde::Serialize;

pub use crate::state::ScheduleOutcome;
use crate::state::ScheduleRecord;

/// How far ahead an update may be scheduled, in milliseconds: one year.
pub(crate) const FARTHEST: u64 = 366 * 24 * 3600 * 1000;

/// How late an update may start, in milliseconds: one hour. After that, nobody expects it any more.
pub(crate) const LATEST: u64 = 3600 * 1000;

/// When something that is scheduled is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScheduleTime {
    /// At this time.
    At(Timestamp),
    /// When windows next allow the updates that it starts: at once, if they do now (B5). That time is kept: windows that
    /// change later do not move it.
    NextWindow,
}

impl From<Timestamp> for ScheduleTime {
    fn from(at: Timestamp) -> Self {
        Self::At(at)
    }
}

/// An update of a deployment that starts at a given time, or did. A deployment has one at most: the next one takes the
/// place of one that has started or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduledUpdate {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The bundle that the settings named when it was requested.
    pub bundle: BundleId,
    /// Whose rights it starts with.
    pub requester: Login,
    /// When it was requested.
    pub requested: Timestamp,
    /// When it starts.
    pub at: Timestamp,
    /// What became of it; none while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ScheduleOutcome>,
}

impl From<ScheduleRecord> for ScheduledUpdate {
    fn from(record: ScheduleRecord) -> Self {
        let ScheduleRecord { deployment, bundle, requester, requested, at, outcome, .. } = record;
        Self { deployment, bundle, requester, requested, at, outcome }
    }
}

/// Whether the same start may succeed a little later.
pub(crate) fn may_pass(error: &DeployerError) -> bool {
    matches!(
        error,
        DeployerError::UpdateRunning { .. }
            | DeployerError::ProjectBusy { .. }
            | DeployerError::InMaintenance { .. }
            | DeployerError::Quarantined { .. }
            | DeployerError::ChangedMeanwhile(_)
            | DeployerError::ShuttingDown
            | DeployerError::State { .. }
    )
}
