use std::fmt;

use async_trait::async_trait;
use project_deployer_core::node::FutureState;
use project_deployer_core::status::{UpdateDetail, UpdateSummary};
use project_deployer_core::{DeploymentId, Timestamp};

use super::{DeployerError, not_offered};

/// Updates of a deployment (rows 27 and 30 to 32), and the tasks that run them.
///
/// # Errors
///
/// As for [`ProjectDeployer`](super::ProjectDeployer).
#[async_trait]
pub trait UpdateOperations: fmt::Debug + Send + Sync {
    /// Starts to apply the settings to the nodes. 27
    async fn start_update(&self, id: &DeploymentId) -> Result<FutureState, DeployerError> {
        Err(not_offered("start_update", id))
    }

    /// The updates of a deployment, newest first. 30
    async fn updates(&self, id: &DeploymentId) -> Result<Vec<UpdateSummary>, DeployerError> {
        Err(not_offered("updates", id))
    }

    /// One update with its log. 31
    async fn update(
        &self,
        id: &DeploymentId,
        started: Timestamp,
    ) -> Result<UpdateDetail, DeployerError> {
        Err(not_offered("update", (id, started)))
    }

    /// The newest update with its log. 32
    async fn last_update(&self, id: &DeploymentId) -> Result<UpdateDetail, DeployerError> {
        Err(not_offered("last_update", id))
    }

    /// The state of a task that was started here (wire-facts 1.9).
    async fn future(&self, job: &str) -> Result<FutureState, DeployerError> {
        Err(not_offered("future", job))
    }

    /// Stops a task that was started here: cancels its update, hooks included (R-D14, wire-facts 1.9). The task
    /// has not ended yet when this returns; [`future`](Self::future) reports its end. To stop it twice is the
    /// same as once.
    async fn abort_future(&self, job: &str) -> Result<(), DeployerError> {
        Err(not_offered("abort_future", job))
    }
}
