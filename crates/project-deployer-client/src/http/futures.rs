use std::ops::ControlFlow;
use std::time::Duration;

use project_deployer_core::node::{FutureOutcome, FutureState};
use serde_json::Value;

use super::polling::Polling;
use super::transport::Transport;
use crate::error::{NodeError, NodeErrorKind, Retry};
use crate::request::{NodeRequest, futures as tasks, instance};
use crate::response::{NodeResponse, decode};

/// How a server is asked for the state of a task.
pub(crate) struct TaskPoll<'a> {
    /// The request for the state of the task of an id, its result included.
    pub(crate) state: &'a (dyn Fn(&str) -> NodeRequest + Sync),
    /// Succeeds for every caller that the server accepts: it distinguishes a task that lacks a right from a
    /// refused poll. None where the server has no such call.
    pub(crate) caller: Option<fn() -> NodeRequest>,
}

impl TaskPoll<'_> {
    /// Of nodes, the Deployer's own included.
    pub(crate) const NODE: Self = Self {
        state: &|id| NodeRequest::clone(&instance::future(id)),
        caller: Some(|| NodeRequest::clone(&instance::auth_info())),
    };
}

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
        let started = decode(value).map_err(|kind| self.error(request, kind))?;
        self.end_of(request, started, &TaskPoll::NODE, self.timeouts().task).await
    }

    /// The result of a task. An error names the request that started it.
    pub(crate) async fn end_of(
        &self,
        request: &NodeRequest,
        started: FutureState,
        poll: &TaskPoll<'_>,
        within: Duration,
    ) -> Result<Value, NodeError> {
        let id = match self.end(request, started)? {
            ControlFlow::Break(result) => return Ok(result),
            ControlFlow::Continue(id) => id,
        };
        let state = (poll.state)(&id).answered_by(request.answer);
        let polling = Polling::of(self.timeouts()).within(within);
        let end = || {
            let ask = || self.poll(request, &id, &state, poll.caller);
            polling.until(ask, |late| self.error(request, late))
        };
        tokio::select! {
            biased;
            () = self.stop_order() => {}
            ended = end() => return ended,
        }
        // A task that cannot be stopped goes on, and its end is waited for all the same.
        let _ = self.send_once(&tasks::abort(&id)).await;
        end().await
    }

    /// The result of a task that has ended, or the id of one that runs.
    fn end(
        &self,
        request: &NodeRequest,
        state: FutureState,
    ) -> Result<ControlFlow<Value, String>, NodeError> {
        match state.outcome() {
            FutureOutcome::Done(result) => Ok(ControlFlow::Break(result)),
            FutureOutcome::Running(id) => Ok(ControlFlow::Continue(id)),
            FutureOutcome::Aborted => Err(self.error(request, NodeErrorKind::Aborted)),
            FutureOutcome::Lost => Err(self.error(request, NodeErrorKind::Lost)),
        }
    }

    /// One poll of a future; none when the future runs, or the poll itself failed in a way that may pass. It is a
    /// single call without retries: it is polled again after a pause, and the error of a failed task is the result
    /// (wire-facts 1.9) and no reason to poll again.
    async fn poll(
        &self,
        request: &NodeRequest,
        id: &str,
        poll: &NodeRequest,
        caller: Option<fn() -> NodeRequest>,
    ) -> Result<Option<Value>, NodeError> {
        let answer = match self.send_once(poll).await {
            Ok(answer) => answer,
            Err(error) if error.kind.retry() != Retry::Never => return Ok(None),
            Err(error) => return Err(self.error(request, NodeErrorKind::Lost).caused_by(error)),
        };
        match answer.into_json() {
            Ok(state) => self.end(request, state).map(ControlFlow::break_value),
            // The task may have ended either way.
            Err(kind) if is_forgotten(&kind, id) => Err(self.error(request, NodeErrorKind::Lost)),
            Err(NodeErrorKind::Busy(_)) => Ok(None),
            // A gateway in front of the server, not the task.
            Err(NodeErrorKind::Failed { status: 502..=504, .. }) => Ok(None),
            // A task that lacks a right answers so, too. A caller that the server accepts elsewhere may
            // also poll, so the error is the task's.
            Err(kind @ NodeErrorKind::Forbidden(_)) if self.accepts(caller).await => {
                Err(self.error(request, kind))
            }
            // The poll was refused, and the task continues.
            Err(kind) if refuses_the_poll(&kind) => {
                let refused = self.error(poll, kind);
                Err(self.error(request, NodeErrorKind::Lost).caused_by(refused))
            }
            // A failed task answers its poll with the error (wire-facts 1.9).
            Err(kind) => Err(self.error(request, kind)),
        }
    }

    async fn accepts(&self, caller: Option<fn() -> NodeRequest>) -> bool {
        let Some(request) = caller else { return false };
        self.send_once(&request()).await.is_ok_and(|answer| answer.status == 200)
    }
}

fn is_future(value: &Value) -> bool {
    value.get("hasResult").is_some_and(Value::is_boolean)
        || value.get("jobId").is_some_and(Value::is_string)
}

/// Whether the server does not know the future of this id any more (wire-facts 1.7). That something else is not
/// found is the failure of the task itself.
pub(crate) fn is_forgotten(kind: &NodeErrorKind, id: &str) -> bool {
    let (NodeErrorKind::Refused { status: 400, message } | NodeErrorKind::NotFound(message)) = kind
    else {
        return false;
    };
    message.contains(id) || message.to_lowercase().contains("future")
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
