//! What can go wrong between us and a node, by meaning.

use std::fmt;
use std::time::Duration;

use project_deployer_core::AddressRange;
use project_deployer_core::messages::InfoMessages;

use super::tls_problem::TlsProblem;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A call to a node that did not succeed: what was asked of whom, and what became of it.
#[derive(Debug, thiserror::Error)]
#[error("{operation} on node {node}: {kind}")]
#[non_exhaustive]
pub struct NodeError {
    /// How the node is called.
    pub node: String,
    /// What was asked.
    pub operation: String,
    /// What went wrong.
    pub kind: NodeErrorKind,
    #[source]
    source: Option<Source>,
}

/// What went wrong. Texts that a node wrote are shortened, and keys are cut out of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeErrorKind {
    /// No connection: refused, unknown host, no route. Repeated.
    Unreachable,
    /// The certificate was not accepted, or no secure connection came about; what to do depends on why. Not repeated.
    Tls(TlsProblem),
    /// The address, or what its name leads to, is in a range that is not spoken to (R17). Not repeated.
    AddressRefused(AddressRange),
    /// No whole answer within this time. Repeated where repeating is safe.
    TimedOut(Duration),
    /// The connection ended before the whole answer was there. Repeated where repeating is safe.
    Interrupted,
    /// The node does not know the key (401). Not repeated.
    Unauthorized(String),
    /// The key or the login may not do this (403). Not repeated.
    Forbidden(String),
    /// There is no such thing on the node (404, or an error type that says so). Not repeated.
    NotFound(String),
    /// The node refuses the request as it is (400, 405, 409, 422…). Not repeated.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the node says.
        message: String,
    },
    /// The node asks to come back later (429). Repeated after that time.
    Busy(Option<Duration>),
    /// The node failed (5xx). Repeated where repeating is safe.
    Failed {
        /// The HTTP status.
        status: u16,
        /// What the node says.
        message: String,
    },
    /// The node sends us elsewhere; redirects are not followed, since the key would travel along (R17). Not repeated.
    Redirected(String),
    /// Something answers that is not the product: a proxy's or a login page. Not repeated.
    UnexpectedServer(String),
    /// The answer is cut off or has another shape. Not repeated.
    Malformed(String),
    /// The answer is empty where something was promised. Not repeated.
    Empty,
    /// The answer is larger than we take. Not repeated.
    TooLarge(u64),
    /// The status was a success and the body is an error. Not repeated.
    ErrorInSuccessResponse(String),
    /// The node worked on it and says in its messages that it did not succeed. Not repeated.
    Reported(InfoMessages),
    /// Somebody stopped the task on the node. Not repeated.
    Aborted,
    /// The task ended and its result is gone; its effect has to be read back. Not repeated.
    Lost,
    /// The archive on our side could not be read. Not repeated.
    Archive(String),
    /// The address, the login or the key cannot be put into a request. Not repeated.
    InvalidRequest(String),
}

/// Whether a failed call may be made again, if its operation is safe to repeat at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call fails in the same way.
    Never,
    /// After a pause that grows.
    Backoff,
    /// Not before this time.
    After(Duration),
}

/// Whether a call that failed may have had its effect all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideEffect {
    /// It did nothing.
    None,
    /// Nobody knows until the node is asked ("ambiguous").
    Unknown,
}

impl NodeErrorKind {
    /// Whether the same call may be made again.
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
                "write the address of the node itself, or allow this one in the address policy"
            }
            Self::TimedOut(_) | Self::Interrupted | Self::Lost => {
                "look at the node's load and log, then try again"
            }
            Self::Unauthorized(_) => {
                "use a key that the node knows; an infrastructure needs an admin global API key"
            }
            Self::Forbidden(_) => {
                "give the login the right on the node, or use an admin global API key"
            }
            Self::NotFound(_) => "check the name on the node",
            Self::Refused { .. } | Self::Reported(_) => "follow what the node says",
            Self::Busy(_) => "try again later",
            Self::Failed { .. } | Self::ErrorInSuccessResponse(_) => "look at the node's log",
            Self::Redirected(_) => "write the address that the node itself answers at",
            Self::UnexpectedServer(_) => {
                "check that the address leads to the node and not to a proxy or login page"
            }
            Self::Malformed(_) | Self::Empty | Self::TooLarge(_) => {
                "check what stands between us and the node"
            }
            Self::Aborted => "update again when whoever stopped it agrees",
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

impl fmt::Display for NodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("no connection")?,
            Self::Tls(problem) => problem.fmt(f)?,
            Self::AddressRefused(range) => {
                write!(f, "its address is not spoken to: it is {range}")?
            }
            Self::TimedOut(after) => write!(f, "no whole answer within {} s", after.as_secs_f32())?,
            Self::Interrupted => f.write_str("the connection ended before the whole answer")?,
            Self::Unauthorized(text) => write!(f, "the key was not accepted: {text}")?,
            Self::Forbidden(text) => write!(f, "not allowed: {text}")?,
            Self::NotFound(text) => write!(f, "not found: {text}")?,
            Self::Refused { status, message } => write!(f, "refused ({status}): {message}")?,
            Self::Busy(None) => f.write_str("busy")?,
            Self::Busy(Some(pause)) => write!(f, "busy for {} s", pause.as_secs())?,
            Self::Failed { status, message } => write!(f, "failed there ({status}): {message}")?,
            Self::Redirected(to) => write!(f, "it sends us to {to}")?,
            Self::UnexpectedServer(excerpt) => write!(f, "something else answers: {excerpt}")?,
            Self::Malformed(reason) => write!(f, "the answer cannot be read: {reason}")?,
            Self::Empty => f.write_str("the answer is empty")?,
            Self::TooLarge(limit) => write!(f, "the answer is larger than {limit} bytes")?,
            Self::ErrorInSuccessResponse(text) => write!(f, "an error inside a success: {text}")?,
            Self::Reported(messages) => {
                let worst = messages.0.iter().max_by_key(|m| (m.is_fatal, m.severity));
                match worst {
                    Some(message) => message.fmt(f)?,
                    None => f.write_str("reported without a message")?,
                }
            }
            Self::Aborted => f.write_str("the task was stopped")?,
            Self::Lost => f.write_str("the task ended without a result")?,
            Self::Archive(reason) => write!(f, "the archive could not be read: {reason}")?,
            Self::InvalidRequest(reason) => write!(f, "it cannot be asked: {reason}")?,
        }
        write!(f, "; {}", self.hint())
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

    #[cfg(feature = "fleet")]
    pub(crate) fn into_parts(self) -> (String, String, NodeErrorKind, Option<Source>) {
        (self.node, self.operation, self.kind, self.source)
    }

    /// Whether there is no such thing on the node.
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
