//! Requests to a fleet's service as values: what is asked, apart from how it is sent.

pub mod fleet_manager;
pub mod launchpad;

use std::fmt;

use serde_json::Value;
use url::Url;

use crate::request::Method;

/// One request to a fleet's service: path segments that are not encoded yet, query, JSON body.
///
/// ```
/// use project_deployer_client::fleet::request::fleet_manager;
/// let request = fleet_manager::instances("main");
/// assert_eq!(request.to_string(), "GET /api/public/tenants/main/instances");
/// ```
#[derive(Clone, PartialEq)]
pub struct FleetRequest {
    /// What is asked, for people: `start instance i-31`.
    pub operation: String,
    /// The method.
    pub method: Method,
    /// The path after the address of the service, segment by segment.
    pub segments: Vec<String>,
    /// The query in order.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body. `Debug` leaves it out.
    pub body: Option<Value>,
    /// Whether a second call does no harm. Some calls of a Fleet Manager change things by GET.
    pub safe_to_repeat: bool,
}

impl FleetRequest {
    fn new(operation: impl Into<String>, method: Method, segments: &[&str]) -> Self {
        Self {
            operation: operation.into(),
            method,
            segments: segments.iter().map(|segment| (*segment).to_owned()).collect(),
            query: Vec::new(),
            body: None,
            safe_to_repeat: false,
        }
    }

    fn repeatable(self) -> Self {
        Self { safe_to_repeat: true, ..self }
    }

    fn with_body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn with_query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// The URL of this request below the address of the service. Every segment is encoded, so that an
    /// id cannot leave its place in the path.
    #[must_use]
    pub fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&self.segments);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl fmt::Display for FleetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        write!(f, "{method} /{}", self.segments.join("/"))?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for FleetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FleetRequest({self})")
    }
}

#[cfg(test)]
mod tests;
