use std::time::Duration;

use project_deployer_core::node::FutureState;
use serde_json::Value;

use super::RemoteDeployer;
use crate::error::NodeError;
use crate::http::is_forgotten;
use crate::project_deployer::{DeployerError, ResourceRef};
use crate::request::{futures, instance};

impl RemoteDeployer {
    /// Waits for the end of a task, such as the one that
    /// [`start_update`](crate::UpdateOperations::start_update) answers, and gives its result. What is
    /// in the result of an update is unknown (wire-facts 8.2, item 1);
    /// [`last_update`](crate::UpdateOperations::last_update) returns how it ended.
    ///
    /// # Errors
    ///
    /// The task failed, was stopped, ended without a result, or did not end in time. A task that did
    /// not end in time continues there.
    pub async fn wait_for(
        &self,
        started: FutureState,
        within: Duration,
    ) -> Result<Value, DeployerError> {
        self.node.end_of(started, within).await.map_err(DeployerError::Node)
    }

    /// One poll of a task. A task that failed answers with its error (wire-facts 1.9), which
    /// may be that something else is not found.
    pub(super) async fn look_at(&self, job: &str) -> Result<FutureState, DeployerError> {
        self.node.call(&instance::future(job)).await.map_err(|error| about(job, error))
    }

    /// Stops a task.
    pub(super) async fn stop(&self, job: &str) -> Result<(), DeployerError> {
        self.node.call(&futures::abort(job)).await.map_err(|error| about(job, error))
    }
}

/// A failed call about a task.
fn about(job: &str, error: NodeError) -> DeployerError {
    match is_forgotten(&error.kind, job) {
        true => DeployerError::NotFound(ResourceRef::new("task", job)),
        false => DeployerError::Node(error),
    }
}
