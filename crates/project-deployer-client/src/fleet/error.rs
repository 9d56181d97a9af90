use std::fmt;

use crate::error::{NodeError, NodeErrorKind};
use crate::tls_problem::TlsProblem;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failed call to a fleet's service: the service, the operation and what went wrong.
#[derive(Debug)]
#[non_exhaustive]
pub struct FleetError {
    /// The service, as errors name it.
    pub service: String,
    /// The operation that was requested.
    pub operation: String,
    /// What went wrong. The [`hint`](NodeErrorKind::hint) of the kind is about nodes; use [`Self::hint`].
    pub kind: NodeErrorKind,
    source: Option<Source>,
}

impl FleetError {
    /// An error without a deeper cause.
    #[must_use]
    pub fn new(
        service: impl Into<String>,
        operation: impl Into<String>,
        kind: NodeErrorKind,
    ) -> Self {
        Self { service: service.into(), operation: operation.into(), kind, source: None }
    }

    /// The error with its cause.
    #[must_use]
    pub fn caused_by(self, source: impl Into<Source>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match &self.kind {
            NodeErrorKind::Unreachable => {
                "check that the fleet's service runs and that its address is right"
            }
            NodeErrorKind::Tls(TlsProblem::UnknownAuthority | TlsProblem::Certificate) => {
                "install the CA of the certificate of the fleet's service"
            }
            NodeErrorKind::Unauthorized(_) => {
                "use the id and the secret of a valid key of the fleet's service"
            }
            NodeErrorKind::Forbidden(_) => "give the key the right in the fleet's service",
            NodeErrorKind::NotFound(_) => "check tenant, space and instance",
            NodeErrorKind::TimedOut(_) | NodeErrorKind::Interrupted | NodeErrorKind::Lost => {
                "look at the instance in the fleet's service, then try again"
            }
            NodeErrorKind::Redirected(_) => "use the address at which the service itself responds",
            NodeErrorKind::UnexpectedServer(_)
            | NodeErrorKind::Malformed(_)
            | NodeErrorKind::Empty
            | NodeErrorKind::TooLarge(_) => {
                "check that the address leads to the fleet's service and not to a proxy"
            }
            NodeErrorKind::Failed { .. } | NodeErrorKind::ErrorInSuccessResponse(_) => {
                "look at the log of the fleet's service"
            }
            other => other.hint(),
        }
    }
}

impl From<NodeError> for FleetError {
    fn from(error: NodeError) -> Self {
        let (service, operation, kind, source) = error.into_parts();
        Self { service, operation, kind, source }
    }
}

/// What went wrong, without the hint: that of a node does not fit a fleet's service.
pub(crate) fn what_happened(kind: &NodeErrorKind) -> String {
    let whole = kind.to_string();
    let hint = format!("; {}", kind.hint());
    whole.strip_suffix(&hint).unwrap_or(&whole).to_owned()
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, operation, kind, .. } = self;
        write!(f, "{operation} at {service}: {}; {}", what_happened(kind), self.hint())
    }
}

impl std::error::Error for FleetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
