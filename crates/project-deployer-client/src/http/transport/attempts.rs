use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::Transport;
use crate::error::{NodeError, NodeErrorKind, SideEffect};
use crate::http::exchange::{ArchiveFailure, failure};
use crate::http::times::later;
use crate::request::{Method, NodeRequest};
use crate::response::NodeResponse;
use crate::retry::{FailedAttempt, Verdict};
use crate::upload::UploadSource;

/// An answer, read as far as its reader wants.
pub(super) trait Received: Sized + Send {
    /// Reads on after the head.
    fn receive(
        transport: &Transport,
        request: &NodeRequest,
        answer: reqwest::Response,
    ) -> impl Future<Output = Result<Self, NodeError>> + Send;

    /// What its status says that went wrong.
    fn problem(&self) -> Option<NodeErrorKind>;
}

impl Received for NodeResponse {
    async fn receive(
        transport: &Transport,
        request: &NodeRequest,
        answer: reqwest::Response,
    ) -> Result<Self, NodeError> {
        transport.read(request, answer).await
    }

    fn problem(&self) -> Option<NodeErrorKind> {
        if self.is_success() { None } else { self.clone().into_nothing().err() }
    }
}

/// When a call ends, whatever happens.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    fn after(limit: Duration) -> Self {
        Self { at: later(limit), limit }
    }

    fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

impl Transport {
    /// Sends a request until it succeeds or the policy gives up, within one deadline for all attempts.
    pub(super) async fn attempts<T: Received>(
        &self,
        request: &NodeRequest,
        archive: Option<&UploadSource>,
    ) -> Result<T, NodeError> {
        let deadline = Deadline::after(self.time_limit(request, archive));
        let (mut number, mut doubt) = (1, None);
        self.retries.note_call();
        loop {
            let outcome = self.attempt_until::<T>(deadline, request, archive).await;
            let Some(kind) = problem(&outcome) else {
                return outcome;
            };
            let failed = FailedAttempt {
                kind: &kind,
                harmless: request.may_be_sent_again(),
                can_be_sent: archive.is_none_or(UploadSource::can_be_opened),
                number,
                left: deadline.left(),
            };
            match self.retries.decide(&failed) {
                Verdict::RepeatAfter(pause) => {
                    if request.method != Method::Get && kind.side_effect() == SideEffect::Unknown {
                        doubt = Some(self.error_of(request, outcome, kind));
                    }
                    sleep(pause).await;
                    number += 1;
                }
                Verdict::GiveUp(_) => match doubt {
                    // That the last attempt did nothing says nothing about the one before.
                    Some(doubt) if kind.side_effect() == SideEffect::None => {
                        return Err(doubt.caused_by(self.error_of(request, outcome, kind)));
                    }
                    Some(_) | None => return outcome,
                },
            }
        }
    }

    /// Sends a request once, within its own time: for callers that ask again anyway.
    pub(crate) async fn send_once(&self, request: &NodeRequest) -> Result<NodeResponse, NodeError> {
        let deadline = Deadline::after(self.time_limit(request, None));
        self.attempt_until(deadline, request, None).await
    }

    async fn attempt_until<T: Received>(
        &self,
        deadline: Deadline,
        request: &NodeRequest,
        archive: Option<&UploadSource>,
    ) -> Result<T, NodeError> {
        let timed_out = NodeErrorKind::TimedOut(deadline.limit);
        match timeout_at(deadline.at, self.attempt(request, archive)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.error(request, timed_out)),
        }
    }

    async fn attempt<T: Received>(
        &self,
        request: &NodeRequest,
        archive: Option<&UploadSource>,
    ) -> Result<T, NodeError> {
        let unreadable = |error: std::io::Error| {
            self.error(request, NodeErrorKind::Archive(error.to_string())).caused_by(error)
        };
        let archive = match archive {
            Some(source) => Some(source.open().await.map_err(unreadable)?),
            None => None,
        };
        let archive_failure = ArchiveFailure::default();
        let answer = match self.builder(request, archive, &archive_failure).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let kind = archive_failure.take().unwrap_or_else(|| failure(&error));
                return Err(self.error(request, kind).caused_by(error.without_url()));
            }
        };
        T::receive(self, request, answer).await
    }

    fn error_of<T: Received>(
        &self,
        request: &NodeRequest,
        outcome: Result<T, NodeError>,
        kind: NodeErrorKind,
    ) -> NodeError {
        outcome.err().unwrap_or_else(|| self.error(request, kind))
    }
}

fn problem<T: Received>(outcome: &Result<T, NodeError>) -> Option<NodeErrorKind> {
    match outcome {
        Ok(answer) => answer.problem(),
        Err(error) => Some(error.kind.clone()),
    }
}
