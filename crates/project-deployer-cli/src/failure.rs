//! Why a subcommand failed.

use std::error::Error;
use std::fmt;
use std::io;

use project_deployer::DeployerOpenError;
use project_deployer::client::{DeployerError, NodeError, Retry};
use project_deployer::estate::EstateError;
use project_deployer::state_admin::StateError;
#[cfg(feature = "postgres")]
use project_deployer::store::PostgresOpenError;
use project_deployer::store::{KeyringError, OpenError};

#[cfg(feature = "demo")]
use crate::demo::DemoError;
use crate::exit::Exit;
#[cfg(feature = "mock-node")]
use crate::mock_node::MockNodeError;
#[cfg(feature = "serve")]
use crate::serve::ServeError;

/// Why a subcommand failed, with the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    reason: Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// The command line or an input file is wrong.
    pub(crate) fn usage(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { exit: Exit::Usage, reason: reason.into() }
    }

    /// This machine or another one failed.
    pub(crate) fn failed(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { exit: Exit::Failed, reason: reason.into() }
    }

    /// It worked, and what it found needs attention.
    pub(crate) fn findings(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { exit: Exit::Findings, reason: reason.into() }
    }

    /// A call below `/api/v1` failed.
    pub(crate) fn of_service(error: NodeError) -> Self {
        Self { exit: exit_of_call(&error), reason: Box::new(ServiceError(error)) }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The error.
    pub(crate) fn reason(&self) -> &(dyn Error + 'static) {
        &*self.reason
    }
}

#[cfg(feature = "serve")]
impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Exposed { .. } | ServeError::Places(_) | ServeError::Tls { .. } => {
                Self::usage(error)
            }
            error => Self::failed(error),
        }
    }
}

#[cfg(feature = "demo")]
impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        Self::failed(error)
    }
}

#[cfg(feature = "mock-node")]
impl From<MockNodeError> for Failure {
    fn from(error: MockNodeError) -> Self {
        match error {
            MockNodeError::Seed(_) | MockNodeError::LabelTwice(_) => Self::usage(error),
            error => Self::failed(error),
        }
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        Self { exit: exit_of_call(&error), reason: Box::new(error) }
    }
}

/// A call below `/api/v1` that failed. It went to a Deployer, and not to a node.
#[derive(Debug)]
struct ServiceError(NodeError);

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NodeError { node, operation, kind, .. } = &self.0;
        write!(f, "{operation} on {node}: {}", kind.about("the Deployer"))
    }
}

impl Error for ServiceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl From<DeployerError> for Failure {
    fn from(error: DeployerError) -> Self {
        let exit = exit_of(&error);
        match error {
            // What it says is all there is to say.
            DeployerError::Node(error) => Self { exit, reason: Box::new(error) },
            error => Self { exit, reason: Box::new(error) },
        }
    }
}

fn exit_of_call(error: &NodeError) -> Exit {
    if error.kind.retry() != Retry::Never { Exit::Transient } else { Exit::Failed }
}

/// Whether it is worth trying again.
fn exit_of(error: &DeployerError) -> Exit {
    match error {
        DeployerError::Node(error) => exit_of_call(error),
        DeployerError::UpdateRunning { .. }
        | DeployerError::ProjectBusy { .. }
        | DeployerError::ShuttingDown => Exit::Transient,
        _ => Exit::Failed,
    }
}

impl From<EstateError> for Failure {
    fn from(error: EstateError) -> Self {
        match error {
            EstateError::Deployer(error) => error.into(),
            error @ (EstateError::Document(_) | EstateError::Sealed(_)) => Self::usage(error),
            error => {
                let exit = match &error {
                    EstateError::Stopped { source, .. } => exit_of(source),
                    _ => Exit::Failed,
                };
                Self { exit, reason: Box::new(error) }
            }
        }
    }
}

impl From<DeployerOpenError> for Failure {
    fn from(error: DeployerOpenError) -> Self {
        match error {
            DeployerOpenError::State(error) => error.into(),
            error @ (DeployerOpenError::Url { .. }
            | DeployerOpenError::Store(OpenError::Absent { .. })
            | DeployerOpenError::Key(KeyringError::Source { .. })) => Self::usage(error),
            error @ DeployerOpenError::Busy(_) => {
                Self { exit: Exit::Transient, reason: Box::new(error) }
            }
            #[cfg(feature = "postgres")]
            DeployerOpenError::Postgres(error) => StateError::Postgres(error).into(),
            error => Self::failed(error),
        }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        match &error {
            StateError::Url { .. }
            | StateError::ArchiveUrl { .. }
            | StateError::Open(OpenError::Absent { .. })
            | StateError::Key(KeyringError::Source { .. }) => Self::usage(error),
            #[cfg(feature = "postgres")]
            StateError::Incomplete { .. }
            | StateError::Postgres(
                PostgresOpenError::Url { .. }
                | PostgresOpenError::Schema { .. }
                | PostgresOpenError::Absent { .. },
            ) => Self::usage(error),
            #[cfg(feature = "postgres")]
            StateError::Postgres(
                PostgresOpenError::Unreachable { .. }
                | PostgresOpenError::TooManyConnections { .. },
            ) => Self { exit: Exit::Transient, reason: Box::new(error) },
            StateError::Store(store) if store.is_transient() => {
                Self { exit: Exit::Transient, reason: Box::new(error) }
            }
            _ => Self::failed(error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(error)
    }
}

/// A result that cannot be written as JSON. What users wrote in JSON is read elsewhere.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(error)
    }
}
