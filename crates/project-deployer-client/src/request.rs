//! Requests as values: what a request says, separate from how it is sent.

pub mod accounts;
pub mod administration;
mod answer_size;
pub mod bundles;
mod call;
pub mod code_envs;
pub mod connections;
pub mod deployer;
#[cfg(any(test, feature = "administration"))]
pub mod exported;
#[cfg(feature = "fleet")]
pub(crate) mod fleet_documents;
#[cfg(feature = "fleet")]
pub mod fleet_manager;
#[cfg(any(test, feature = "administration"))]
pub mod folders;
pub mod frontend;
pub mod futures;
#[cfg(any(test, feature = "administration"))]
pub mod groups;
pub mod instance;
pub mod keys;
#[cfg(feature = "fleet")]
pub mod launchpad;
#[cfg(any(test, feature = "administration"))]
pub mod plugins;
pub mod projects;
pub mod scenarios;
pub mod suppliers;
mod user_documents;
pub mod users;
pub mod webapps;

use std::fmt;

pub use answer_size::AnswerSize;
pub(crate) use call::Answer;
pub use call::Call;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use crate::documents::written;

/// The HTTP method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Reads.
    Get,
    /// Starts or creates.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

/// How long a response may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeoutClass {
    /// An ordinary call.
    Request,
    /// The node works on it before it answers: imports, preloads, activates.
    LongRunning,
}

/// The prefix of the public API of nodes (wire-facts 1.2).
const NODE_API: &[&str] = &["dip", "publicapi"];

/// One request to a node: path segments that are not encoded yet, query, JSON body.
///
/// ```
/// use project_deployer_client::request::{NodeRequest, projects};
/// use project_deployer_core::ProjectKey;
/// let request = projects::get(&ProjectKey::parse("CHURN")?);
/// assert_eq!(request.to_string(), "GET /projects/CHURN");
/// # Ok::<(), project_deployer_core::IdentifierError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct NodeRequest {
    /// The prefix of the path: the API prefix of nodes.
    pub(crate) root: &'static [&'static str],
    /// The operation, for people: `activate bundle v2 of CHURN`.
    pub operation: String,
    /// The method.
    pub method: Method,
    /// The path after the API prefix, segment by segment.
    pub segments: Vec<String>,
    /// The query in order.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body. It may hold secrets: `Debug` leaves it out.
    pub body: Option<Value>,
    /// Whether the request carries an archive as the multipart part `file`.
    pub carries_archive: bool,
    /// Whether a second call does no harm once the first one has ended. True for reads, for
    /// replacements of whole documents, and for actions that lead to the same state again. False for
    /// what creates, imports or runs something.
    pub safe_to_repeat: bool,
    /// How long a response may take.
    pub timeout_class: TimeoutClass,
    /// How large the response may be.
    pub answer: AnswerSize,
    /// Whether it replaces whatever is there, and says so: services with revisions want to hear that.
    pub overwrites: bool,
}

impl NodeRequest {
    fn new(operation: impl Into<String>, method: Method, segments: &[&str]) -> Self {
        Self {
            root: NODE_API,
            operation: operation.into(),
            method,
            segments: segments.iter().map(|segment| (*segment).to_owned()).collect(),
            query: Vec::new(),
            body: None,
            carries_archive: false,
            safe_to_repeat: method == Method::Get,
            timeout_class: TimeoutClass::Request,
            answer: AnswerSize::Document,
            overwrites: false,
        }
    }

    /// A request to a service whose API has no prefix. It is not safe to repeat, whatever its method:
    /// some services change state by GET.
    #[cfg(feature = "fleet")]
    pub(crate) fn at_root(operation: impl Into<String>, method: Method, segments: &[&str]) -> Self {
        Self { root: &[], safe_to_repeat: false, ..Self::new(operation, method, segments) }
    }

    pub(crate) fn get(operation: impl Into<String>, segments: &[&str]) -> Self {
        Self::new(operation, Method::Get, segments)
    }

    pub(crate) fn post(operation: impl Into<String>, segments: &[&str]) -> Self {
        Self::new(operation, Method::Post, segments)
    }

    /// A replacement of a whole document, which is safe to repeat.
    pub(crate) fn put(
        operation: impl Into<String>,
        segments: &[&str],
        body: impl Serialize,
    ) -> Self {
        let request = Self::new(operation, Method::Put, segments);
        Self { safe_to_repeat: true, ..request.with_body(body) }
    }

    /// A PUT that says all in its path and query.
    pub(crate) fn put_nothing(operation: impl Into<String>, segments: &[&str]) -> Self {
        Self::new(operation, Method::Put, segments)
    }

    pub(crate) fn delete(operation: impl Into<String>, segments: &[&str]) -> Self {
        Self::new(operation, Method::Delete, segments)
    }

    pub(crate) fn with_query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn with_optional_query(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with_query(name, value),
            None => self,
        }
    }

    pub(crate) fn with_body(self, body: impl Serialize) -> Self {
        Self { body: Some(written(&body)), ..self }
    }

    pub(crate) fn with_archive(mut self) -> Self {
        self.carries_archive = true;
        self.timeout_class = TimeoutClass::LongRunning;
        self
    }

    pub(crate) fn task(mut self) -> Self {
        self.timeout_class = TimeoutClass::LongRunning;
        self
    }

    /// The response is a list that grows with what users create.
    pub(crate) fn list(self) -> Self {
        self.answered_by(AnswerSize::List)
    }

    /// The response is about all users, or a log.
    pub(crate) fn bulk(self) -> Self {
        self.answered_by(AnswerSize::Bulk)
    }

    pub(crate) fn overwriting(mut self) -> Self {
        self.overwrites = true;
        self
    }

    pub(crate) fn answered_by(self, answer: AnswerSize) -> Self {
        Self { answer, ..self }
    }

    pub(crate) fn repeatable(mut self) -> Self {
        self.safe_to_repeat = true;
        self
    }

    /// Whether the request may be sent again while its effect is unknown. A change that takes the node
    /// long (an activation) is left to the caller even where it is safe to repeat: the first one may
    /// still run, and two at the same time are not the same as one after the other.
    #[must_use]
    pub fn may_be_sent_again(&self) -> bool {
        self.safe_to_repeat
            && (self.method == Method::Get || self.timeout_class == TimeoutClass::Request)
    }

    /// The URL of this request below a base URL and its API prefix. Every segment is encoded, so that
    /// an id cannot change the path.
    #[must_use]
    pub fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(self.root);
            path.extend(self.segments.iter().map(|segment| without_dots(segment)));
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

/// A segment that cannot change the path. URLs resolve `.` and `..`, encoded or not. Their doubly
/// encoded forms are sent instead, which are the id of no object.
fn without_dots(segment: &str) -> &str {
    match segment {
        "." => "%2E",
        ".." => "%2E%2E",
        other => other,
    }
}

impl fmt::Display for NodeRequest {
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

impl fmt::Debug for NodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeRequest({self})")
    }
}

#[cfg(test)]
mod tests;
