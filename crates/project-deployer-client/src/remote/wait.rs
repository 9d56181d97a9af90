use std::time::Duration;

use project_deployer_core::node::{FutureOutcome, FutureState};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::RemoteDeployer;
use crate::error::{NodeErrorKind, Retry};
use crate::project_deployer::{DeployerError, ResourceRef, UpdateOperations as _};
use crate::request::instance;

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
        match timeout(within, self.end_of(started)).await {
            Ok(ended) => ended,
            Err(_) => Err(self.ended(NodeErrorKind::TimedOut(within))),
        }
    }

    async fn end_of(&self, started: FutureState) -> Result<Value, DeployerError> {
        let longest = self.node.timeouts().longest_poll;
        let mut pause = self.node.timeouts().first_poll;
        let mut outcome = started.outcome();
        loop {
            let job = match outcome {
                FutureOutcome::Done(result) => return Ok(result),
                FutureOutcome::Aborted => return Err(self.ended(NodeErrorKind::Aborted)),
                FutureOutcome::Lost => return Err(self.ended(NodeErrorKind::Lost)),
                FutureOutcome::Running(job) => job,
            };
            sleep(pause).await;
            // As in the official client: a tenth longer each time.
            pause = pause.saturating_add(pause / 10).min(longest);
            outcome = match self.future(&job).await {
                Ok(state) => state.outcome(),
                // One failed poll says nothing about the task.
                Err(DeployerError::Node(error)) if may_pass(&error.kind) => {
                    FutureOutcome::Running(job)
                }
                // It existed before; it may have ended either way.
                Err(DeployerError::NotFound(_)) => FutureOutcome::Lost,
                Err(error) => return Err(error),
            };
        }
    }

    /// One poll of a task. A task that failed answers with its error (wire-facts 1.9), which
    /// may be that something else is not found.
    pub(super) async fn look_at(&self, job: &str) -> Result<FutureState, DeployerError> {
        self.node.call(&instance::future(job)).await.map_err(|error| {
            match is_forgotten(&error.kind, job) {
                true => DeployerError::NotFound(ResourceRef::new("task", job)),
                false => DeployerError::Node(error),
            }
        })
    }

    fn ended(&self, kind: NodeErrorKind) -> DeployerError {
        DeployerError::Node(self.node.error(&instance::future("task"), kind))
    }
}

/// A gateway in front of the Deployer may fail; a failure of the Deployer is that of the task.
fn may_pass(kind: &NodeErrorKind) -> bool {
    match kind {
        NodeErrorKind::Failed { status, .. } => (502..=504).contains(status),
        other => other.retry() != Retry::Never,
    }
}

/// Whether the Deployer does not know the task any more (wire-facts 1.7).
fn is_forgotten(kind: &NodeErrorKind, job: &str) -> bool {
    let (NodeErrorKind::Refused { status: 400, message } | NodeErrorKind::NotFound(message)) = kind
    else {
        return false;
    };
    message.contains(job) || message.to_lowercase().contains("future")
}
