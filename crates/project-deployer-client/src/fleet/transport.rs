use serde_json::Value;

use super::error::FleetError;
use super::request::FleetRequest;
use crate::error::NodeErrorKind;
use crate::http::{self, HttpTimeouts};
use crate::response::NodeResponse;

/// Sends requests to one service of a fleet, as those to nodes are sent: one deadline, repetitions as
/// the policy says, no redirect, no secret in what a server says.
#[derive(Debug)]
pub(super) struct Transport(http::Transport);

impl Transport {
    pub(super) fn new(transport: http::Transport) -> Self {
        Self(transport)
    }

    pub(super) fn service(&self) -> &str {
        self.0.label()
    }

    pub(super) fn timeouts(&self) -> &HttpTimeouts {
        self.0.timeouts()
    }

    pub(super) fn error(&self, request: &FleetRequest, kind: NodeErrorKind) -> FleetError {
        FleetError::from(self.0.error(request.as_sent(), kind))
    }

    /// Sends a request and reads its JSON.
    pub(super) async fn json(&self, request: &FleetRequest) -> Result<Value, FleetError> {
        let answer = self.send(request).await?;
        answer.into_json().map_err(|kind| self.error(request, kind))
    }

    /// Sends a request. An answer that is no success has no secret in it any more.
    pub(super) async fn send(&self, request: &FleetRequest) -> Result<NodeResponse, FleetError> {
        self.0.send(request.as_sent()).await.map_err(FleetError::from)
    }

    /// Sends a request once: for callers that ask again anyway.
    pub(super) async fn send_once(
        &self,
        request: &FleetRequest,
    ) -> Result<NodeResponse, FleetError> {
        self.0.send_once(request.as_sent()).await.map_err(FleetError::from)
    }
}
