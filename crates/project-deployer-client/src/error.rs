//! What can go wrong in a call to a node, by meaning.

use std::fmt;
use std::time::Duration;

use project_deployer_core::AddressRange;
use project_deployer_core::messages::InfoMessages;

use super::tls_problem::TlsProblem;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failed call to a node: the node, the operation and what went wrong.
#[derive(Debug, thiserror::Error)]
#[error("{operation} on node {node}: {kind}")]
#[non_exhaustive]
pub struct NodeError {
    /// The node, as errors name it.
    pub node: String,
    /// The operation that was requested.
    pub operation: String,
    /// What went wrong.
    pub kind: NodeErrorKind,
    #[source]
    source: Option<Source>,
}

/// What went wrong. Texts from a node are shortened, and keys are removed from them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeErrorKind {
    /// No connection: refused, unknown host, no route. Repeated.
    Unreachable,
    /// The certificate was not accepted, or the TLS handshake failed; the fix depends on the problem. Not repeated.
    Tls(TlsProblem),
    /// The address, or one that its name resolves to, is in a range that is not allowed (R17). Not repeated.
    AddressRefused(AddressRange),
    /// No complete response within this time. Repeated where repeating is safe.
    TimedOut(Duration),
    /// The connection closed before the response was complete. Repeated where repeating is safe.
    Interrupted,
    /// The node does not know the key (401). Not repeated.
    Unauthorized(String),
    /// The key or the login may not do this (403). Not repeated.
    Forbidden(String),
    /// The node has no such object (404, or an error type that says so). Not repeated.
    NotFound(String),
    /// The node rejects the request (400, 405, 409, 422…). Not repeated.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The node's message.
        message: String,
    },
    /// The node asks the client to retry later (429). Repeated after that time.
    Busy(Option<Duration>),
    /// The node failed (5xx). Repeated where repeating is safe.
    Failed {
        /// The HTTP status.
        status: u16,
        /// The node's message.
        message: String,
    },
    /// The node redirects to another address. Redirects are not followed, since they would send the key there (R17). Not repeated.
    Redirected(String),
    /// The response is not from the product, but a page of a proxy or a login page. Not repeated.
    UnexpectedServer(String),
    /// The response is truncated or has an unexpected format. Not repeated.
    Malformed(String),
    /// The response is empty where the API promises a body. Not repeated.
    Empty,
    /// The response is larger than the limit. Not repeated.
    TooLarge(u64),
    /// The status is a success and the body is an error. Not repeated.
    ErrorInSuccessResponse(String),
    /// The node ran the operation and reports its failure in messages. Not repeated.
    Reported(InfoMessages),
    /// A user stopped the task on the node. Not repeated.
    Aborted,
    /// The task ended and its result is gone; only the node's state shows its effect. Not repeated.
    Lost,
    /// The local archive cannot be read. Not repeated.
    Archive(String),
    /// The address, the login or the key cannot be put into a request. Not repeated.
    InvalidRequest(String),
}

/// Whether a failed call may be repeated, provided that its operation is safe to repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not at all: the same call would fail in the same way.
    Never,
    /// After a pause that grows with each attempt.
    Backoff,
    /// Not before this time.
    After(Duration),
}

/// One rule for all retries: those of a call by its connector, and those of a step by an update (R7).
impl Retry {
    /// The maximum number of attempts, the first one included.
    pub const MOST_ATTEMPTS: u32 = 3;
    /// The longest pause before an attempt.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(20);

    /// The pause before the next attempt, where a node names no time; `None` when there is no next attempt.
    #[must_use]
    pub fn pause(self, backoff: Duration) -> Option<Duration> {
        let pause = match self {
            Self::Never => return None,
            Self::Backoff => backoff,
            Self::After(asked) => asked,
        };
        Some(pause.min(Self::LONGEST_PAUSE))
    }
}

/// Whether a failed call may have had its effect nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideEffect {
    /// The call changed nothing.
    None,
    /// Unknown until the state of the node is read ("ambiguous").
    Unknown,
}

impl NodeErrorKind {
    /// Whether the same call may be repeated.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable | Self::TimedOut(_) | Self::Interrupted | Self::Failed { .. } => {
                Retry::Backoff
            }
            Self::Busy(None) => Retry::Backoff,
            Self::Busy(Some(pause)) => Retry::After(*pause),
            Self::Tls(_)
            | Self::AddressRefused(_)
            | Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Refused { .. }
            | Self::Redirected(_)
            | Self::UnexpectedServer(_)
            | Self::Malformed(_)
            | Self::Empty
            | Self::TooLarge(_)
            | Self::ErrorInSuccessResponse(_)
            | Self::Reported(_)
            | Self::Aborted
            | Self::Lost
            | Self::Archive(_)
            | Self::InvalidRequest(_) => Retry::Never,
        }
    }

    /// Whether the call may have had its effect.
    #[must_use]
    pub fn side_effect(&self) -> SideEffect {
        match self {
            Self::TimedOut(_)
            | Self::Interrupted
            | Self::Failed { .. }
            | Self::UnexpectedServer(_)
            | Self::Malformed(_)
            | Self::Empty
            | Self::TooLarge(_)
            | Self::ErrorInSuccessResponse(_)
            | Self::Aborted
            | Self::Lost => SideEffect::Unknown,
            Self::Unreachable
            | Self::Tls(_)
            | Self::AddressRefused(_)
            | Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Refused { .. }
            | Self::Busy(_)
            | Self::Redirected(_)
            | Self::Reported(_)
            | Self::Archive(_)
            | Self::InvalidRequest(_) => SideEffect::None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreachable => "check that the node runs and that its address and port are right",
            Self::Tls(problem) => problem.hint(),
            Self::AddressRefused(_) => {
                "use the address of the node itself, or allow this one in the address policy"
            }
            Self::TimedOut(_) | Self::Interrupted | Self::Lost => {
                "look at the node's load and log, then try again"
            }
            Self::Unauthorized(_) => {
                "create an admin global API key on the node, and write its secret into the infrastructure"
            }
            Self::Forbidden(_) => {
                "give the login the right on the node, or write an admin global API key of the node into the infrastructure"
            }
            Self::NotFound(_) => "create it on the node, or correct the name that was asked for",
            Self::Refused { .. } | Self::Reported(_) => "follow the node's message",
            Self::Busy(_) => "try again later",
            Self::Failed { .. } | Self::ErrorInSuccessResponse(_) => "look at the node's log",
            Self::Redirected(_) => "use the address at which the node itself responds",
            Self::UnexpectedServer(_) => {
                "check that the address leads to the node and not to a proxy or login page"
            }
            Self::Malformed(_) | Self::Empty | Self::TooLarge(_) => {
                "check the proxies between the Deployer and the node"
            }
            Self::Aborted => "agree with the user who stopped it, then run the update again",
            Self::Archive(_) => "publish the bundle again",
            Self::InvalidRequest(_) => "correct the address, login or key",
        }
    }
}

project_deployer_core::error_codes!(NodeErrorKind {
    Unreachable => "node-unreachable",
    Tls => "node-tls",
    AddressRefused => "node-address-refused",
    TimedOut => "node-timed-out",
    Interrupted => "node-interrupted",
    Unauthorized => "node-unauthorized",
    Forbidden => "node-forbidden",
    NotFound => "node-not-found",
    Refused => "node-refused",
    Busy => "node-busy",
    Failed => "node-failed",
    Redirected => "node-redirected",
    UnexpectedServer => "node-unexpected-server",
    Malformed => "node-malformed",
    Empty => "node-empty",
    TooLarge => "node-too-large",
    ErrorInSuccessResponse => "node-error-in-success-response",
    Reported => "node-reported",
    Aborted => "node-aborted",
    Lost => "node-lost",
    Archive => "node-archive",
    InvalidRequest => "node-invalid-request",
});

/// What went wrong, without what to do.
pub(crate) struct What<'a>(pub(crate) &'a NodeErrorKind);

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use NodeErrorKind as Kind;
        match self.0 {
            Kind::Unreachable => f.write_str("no connection"),
            Kind::Tls(problem) => problem.fmt(f),
            Kind::AddressRefused(range) => write!(f, "its address is not allowed: it is {range}"),
            Kind::TimedOut(after) => {
                write!(f, "no complete response within {} s", after.as_secs_f32())
            }
            Kind::Interrupted => {
                f.write_str("the connection closed before the response was complete")
            }
            Kind::Unauthorized(text) => write!(f, "the key was not accepted: {text}"),
            Kind::Forbidden(text) => write!(f, "not allowed: {text}"),
            Kind::NotFound(text) => write!(f, "not found: {text}"),
            Kind::Refused { status, message } => write!(f, "rejected ({status}): {message}"),
            Kind::Busy(None) => f.write_str("busy"),
            Kind::Busy(Some(pause)) => write!(f, "busy for {} s", pause.as_secs()),
            Kind::Failed { status, message } => {
                write!(f, "the server failed ({status}): {message}")
            }
            Kind::Redirected(to) => write!(f, "it redirects to {to}"),
            Kind::UnexpectedServer(excerpt) => {
                write!(f, "the response is not from the product: {excerpt}")
            }
            Kind::Malformed(reason) => write!(f, "the response cannot be read: {reason}"),
            Kind::Empty => f.write_str("the response is empty"),
            Kind::TooLarge(limit) => write!(f, "the response is larger than {limit} bytes"),
            Kind::ErrorInSuccessResponse(text) => {
                write!(f, "success status with an error in the body: {text}")
            }
            Kind::Reported(messages) => {
                let worst = messages.0.iter().max_by_key(|m| (m.is_fatal, m.severity));
                match worst {
                    Some(message) => message.fmt(f),
                    None => f.write_str("the node reports a failure without a message"),
                }
            }
            Kind::Aborted => f.write_str("the task was stopped"),
            Kind::Lost => f.write_str("the task ended without a result"),
            Kind::Archive(reason) => write!(f, "the archive cannot be read: {reason}"),
            Kind::InvalidRequest(reason) => write!(f, "the request cannot be built: {reason}"),
        }
    }
}

impl fmt::Display for NodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", What(self), self.hint())
    }
}

impl NodeError {
    /// An error without a deeper cause.
    #[must_use]
    pub fn new(node: impl Into<String>, operation: impl Into<String>, kind: NodeErrorKind) -> Self {
        Self { node: node.into(), operation: operation.into(), kind, source: None }
    }

    /// The error with its cause.
    #[must_use]
    pub fn caused_by(self, source: impl Into<Source>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    pub(crate) fn into_parts(self) -> (String, String, NodeErrorKind, Option<Source>) {
        (self.node, self.operation, self.kind, self.source)
    }

    /// Whether the node has no such object.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, NodeErrorKind::NotFound(_))
    }

    /// Whether the caller may not do this.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self.kind, NodeErrorKind::Forbidden(_))
    }
}
