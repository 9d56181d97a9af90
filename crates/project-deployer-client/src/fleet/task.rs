use project_deployer_core::node::{FutureOutcome, FutureState};
use serde_json::Value;

use super::documents;
use super::error::FleetError;
use super::request::{FleetRequest, fleet_manager};
use super::transport::Transport;
use crate::error::{NodeErrorKind, Retry};
use crate::response::report;

/// Something that a Fleet Manager works on.
#[derive(Debug, Clone)]
#[must_use = "a task runs on its own; wait for it to learn how it ends"]
pub struct FleetTask {
    request: FleetRequest,
    state: FutureState,
}

impl FleetTask {
    pub(super) fn new(request: FleetRequest, state: FutureState) -> Self {
        Self { request, state }
    }

    /// What is worked on, for people.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.request.operation()
    }

    /// The id under which the Fleet Manager knows it; none when it had ended at once.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.state.job_id.as_deref()
    }
}

impl Transport {
    /// Polls a task until it has ended, within the time for tasks (wire-facts 1.9).
    pub(super) async fn end_of(&self, tenant: &str, task: FleetTask) -> Result<Value, FleetError> {
        let FleetTask { request, state } = task;
        let limit = self.timeouts().task;
        match tokio::time::timeout(limit, self.poll(tenant, &request, state)).await {
            Ok(end) => end,
            Err(_) => Err(self.error(&request, NodeErrorKind::TimedOut(limit))),
        }
    }

    async fn poll(
        &self,
        tenant: &str,
        request: &FleetRequest,
        mut state: FutureState,
    ) -> Result<Value, FleetError> {
        let mut pause = self.timeouts().first_poll;
        loop {
            let id = match state.clone().outcome() {
                FutureOutcome::Done(result) => return self.judged(request, result),
                FutureOutcome::Aborted => return Err(self.error(request, NodeErrorKind::Aborted)),
                FutureOutcome::Lost => return Err(self.error(request, NodeErrorKind::Lost)),
                FutureOutcome::Running(id) => id,
            };
            tokio::time::sleep(pause).await;
            pause = pause.saturating_add(pause / 10).min(self.timeouts().longest_poll);
            if let Some(seen) = self.look(tenant, request, &id).await? {
                state = seen;
            }
        }
    }

    /// One poll of a task; none when the poll itself failed in a way that may pass.
    async fn look(
        &self,
        tenant: &str,
        request: &FleetRequest,
        id: &str,
    ) -> Result<Option<FutureState>, FleetError> {
        let answer = match self.send_once(&fleet_manager::future(tenant, id)).await {
            Ok(answer) => answer,
            Err(error) if error.kind.retry() != Retry::Never => return Ok(None),
            Err(error) => return Err(error.during(request.operation())),
        };
        match answer.into_json().and_then(documents::future) {
            Ok(state) => Ok(Some(state)),
            Err(kind) if is_forgotten(&kind) => Err(self.error(request, NodeErrorKind::Lost)),
            Err(NodeErrorKind::Busy(_) | NodeErrorKind::Failed { status: 502..=504, .. }) => {
                Ok(None)
            }
            // A failed task answers its poll with the error.
            Err(kind) => Err(self.error(request, kind)),
        }
    }

    fn judged(&self, request: &FleetRequest, result: Value) -> Result<Value, FleetError> {
        if result.get("messages").is_some_and(Value::is_array) {
            report(result.clone()).map_err(|kind| self.error(request, kind))?;
        }
        Ok(result)
    }
}

/// Whether the service does not know the task any more.
fn is_forgotten(kind: &NodeErrorKind) -> bool {
    let (NodeErrorKind::Refused { status: 400, message } | NodeErrorKind::NotFound(message)) = kind
    else {
        return false;
    };
    message.to_lowercase().contains("future")
}
