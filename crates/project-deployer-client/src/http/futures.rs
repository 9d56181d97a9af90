use project_deployer_core::node::{FutureOutcome, FutureState};
use serde_json::Value;
use tokio::time::{sleep, timeout_at};

use super::times::{later, next_pause};
use super::transport::Transport;
use crate::error::{NodeError, NodeErrorKind, Retry};
use crate::request::{NodeRequest, instance};
use crate::response::{NodeResponse, decode};

impl Transport {
    /// The result of a call that answers it at once, or a future that has to be polled
    /// (wire-facts 1.9). Ends within the time for tasks.
    pub(super) async fn result_of(
        &self,
        request: &NodeRequest,
        answer: NodeResponse,
    ) -> Result<Value, NodeError> {
        let value: Value = answer.into_json().map_err(|kind| self.error(request, kind))?;
        if !is_future(&value) {
            return Ok(value);
        }
        let state = decode(value).map_err(|kind| self.error(request, kind))?;
        self.wait_for(request, state).await
    }

    async fn wait_for(
        &self,
        request: &NodeRequest,
        first: FutureState,
    ) -> Result<Value, NodeError> {
        let limit = self.timeouts().task;
        let deadline = later(limit);
        let mut pause = self.timeouts().first_poll;
        let mut state = first;
        loop {
            let id = match state.outcome() {
                FutureOutcome::Done(result) => return Ok(result),
                FutureOutcome::Aborted => return Err(self.error(request, NodeErrorKind::Aborted)),
                FutureOutcome::Lost => return Err(self.error(request, NodeErrorKind::Lost)),
                FutureOutcome::Running(id) => id,
            };
            state = loop {
                if later(pause) > deadline {
                    return Err(self.error(request, NodeErrorKind::TimedOut(limit)));
                }
                sleep(pause).await;
                pause = next_pause(pause, self.timeouts().longest_poll);
                match timeout_at(deadline, self.poll(request, &id)).await {
                    Ok(Ok(Some(state))) => break state,
                    Ok(Ok(None)) => {}
                    Ok(Err(error)) => return Err(error),
                    Err(_) => {
                        return Err(self.error(request, NodeErrorKind::TimedOut(limit)));
                    }
                }
            };
        }
    }

    /// One poll of a future; none when the poll itself failed in a way that may pass. It is a single call
    /// without retries: the loop polls again after its pause, and the error of a failed task is the result
    /// (wire-facts 1.9) and no reason to poll again.
    async fn poll(
        &self,
        request: &NodeRequest,
        id: &str,
    ) -> Result<Option<FutureState>, NodeError> {
        // The poll returns the result.
        let poll = NodeRequest::clone(&instance::future(id)).answered_by(request.answer);
        let answer = match self.send_once(&poll).await {
            Ok(answer) => answer,
            Err(error) if error.kind.retry() != Retry::Never => return Ok(None),
            Err(error) => return Err(self.error(request, NodeErrorKind::Lost).caused_by(error)),
        };
        match answer.into_json() {
            Ok(state) => Ok(Some(state)),
            // The task may have ended either way.
            Err(kind) if is_forgotten(&kind) => Err(self.error(request, NodeErrorKind::Lost)),
            Err(NodeErrorKind::Busy(_)) => Ok(None),
            // A gateway in front of the node, not the task.
            Err(NodeErrorKind::Failed { status: 502..=504, .. }) => Ok(None),
            // A task that lacks a right answers so, too. A caller that the node accepts elsewhere may
            // also poll, so the error is the task's.
            Err(kind @ NodeErrorKind::Forbidden(_)) if self.is_accepted().await => {
                Err(self.error(request, kind))
            }
            // The poll was refused, and the task continues.
            Err(kind) if refuses_the_poll(&kind) => {
                let refused = self.error(&poll, kind);
                Err(self.error(request, NodeErrorKind::Lost).caused_by(refused))
            }
            // A failed task answers its poll with the error (wire-facts 1.9).
            Err(kind) => Err(self.error(request, kind)),
        }
    }
}

impl Transport {
    async fn is_accepted(&self) -> bool {
        let answer = self.send_once(&instance::auth_info()).await;
        answer.is_ok_and(|answer| answer.status == 200)
    }
}

fn is_future(value: &Value) -> bool {
    value.get("hasResult").is_some_and(Value::is_boolean)
        || value.get("jobId").is_some_and(Value::is_string)
}

/// Whether the node does not know the future any more (wire-facts 1.7). That something else is
/// not found is the failure of the task itself.
fn is_forgotten(kind: &NodeErrorKind) -> bool {
    let (NodeErrorKind::Refused { status: 400, message } | NodeErrorKind::NotFound(message)) = kind
    else {
        return false;
    };
    message.to_lowercase().contains("future")
}

/// Whether a failed poll is about the poll and not about the task: the caller is not accepted, or another
/// server answered.
fn refuses_the_poll(kind: &NodeErrorKind) -> bool {
    matches!(
        kind,
        NodeErrorKind::Unauthorized(_)
            | NodeErrorKind::Forbidden(_)
            | NodeErrorKind::Redirected(_)
            | NodeErrorKind::UnexpectedServer(_)
            | NodeErrorKind::Malformed(_)
            | NodeErrorKind::Empty
            | NodeErrorKind::TooLarge(_)
    )
}
