//! Requests to a fleet's service as values: what is asked, apart from how it is sent.

pub mod fleet_manager;
pub mod launchpad;

use std::fmt;

use serde_json::Value;
use url::Url;

use crate::request::{Method, NodeRequest};

/// One request to a fleet's service: as one to a node, without the API prefix of nodes.
///
/// ```
/// use project_deployer_client::fleet::request::fleet_manager;
/// let request = fleet_manager::instances("main");
/// assert_eq!(request.to_string(), "GET /api/public/tenants/main/instances");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct FleetRequest(NodeRequest);

impl FleetRequest {
    fn new(operation: impl Into<String>, method: Method, segments: &[&str]) -> Self {
        Self(NodeRequest::at_root(operation, method, segments))
    }

    fn repeatable(self) -> Self {
        Self(self.0.repeatable())
    }

    fn list(self) -> Self {
        Self(self.0.list())
    }

    fn with_body(self, body: Value) -> Self {
        Self(self.0.with_body(body))
    }

    fn with_query(self, name: &'static str, value: &str) -> Self {
        Self(self.0.with_query(name, value))
    }

    /// What is asked, for people: `start instance i-31`.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// The JSON body. `Debug` leaves it out.
    #[must_use]
    pub fn body(&self) -> Option<&Value> {
        self.0.body.as_ref()
    }

    /// Whether a second call does no harm. Some calls of a Fleet Manager change things by GET.
    #[must_use]
    pub fn safe_to_repeat(&self) -> bool {
        self.0.safe_to_repeat
    }

    /// The URL of this request below the address of the service. Every segment is encoded, so that an
    /// id cannot leave its place in the path.
    #[must_use]
    pub fn url(&self, base: &Url) -> Url {
        self.0.url(base)
    }

    pub(super) fn as_sent(&self) -> &NodeRequest {
        &self.0
    }
}

impl fmt::Display for FleetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for FleetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FleetRequest({self})")
    }
}

#[cfg(test)]
mod tests;
