use std::fmt;

use project_deployer_core::Problems;
use project_deployer_core::rights::Refusal;
use project_deployer_core::stage::StageError;

use crate::error::NodeError;

/// Why a Deployer did not do what it was asked, by meaning.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployerError {
    /// There is no such object, or the caller may not see it: the two are told apart for nobody (R-P2).
    #[error(
        "there is no {0}; check its id, or ask somebody who administers it for the right to see it"
    )]
    NotFound(ResourceRef),
    /// The caller sees the object and lacks the right.
    #[error("{0}")]
    Forbidden(Refusal),
    /// Another Deployer says, in its own words, that the caller lacks the right.
    #[error("the Deployer does not allow it: {0}; ask somebody who administers it for the right")]
    Denied(String),
    /// Another Deployer refuses the request as it is, and this is what it says.
    #[error("the Deployer refuses it ({status}): {message}; follow what it says")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its own words.
        message: String,
    },
    /// The id is taken.
    #[error("{0} exists already; choose another id")]
    AlreadyExists(ResourceRef),
    /// Something refers to the object.
    #[error("{object} is used by {users}; delete or change them first")]
    InUse {
        /// The object.
        object: ResourceRef,
        /// What refers to it, comma separated.
        users: String,
    },
    /// A document has problems: all of them.
    #[error("{object} is not accepted: {problems}")]
    Invalid {
        /// What the document describes.
        object: ResourceRef,
        /// What is wrong with it.
        problems: Problems,
    },
    /// Another Deployer created an infrastructure and did not save the settings that belong to it. The
    /// infrastructure stays: it is not deleted behind the caller's back.
    #[error(
        "{object} was created, and its settings were not saved; save its settings, or delete it and create \
         it again"
    )]
    SettingsNotSaved {
        /// The infrastructure.
        object: ResourceRef,
        /// Why its settings were not saved.
        #[source]
        source: Box<Self>,
    },
    /// A change of the stages was refused.
    #[error("{0}")]
    Stage(StageError),
    /// The bundle cannot be taken.
    #[error("the bundle is not accepted: {reason}")]
    Bundle {
        /// Why, and what to do.
        reason: String,
        /// The deeper cause.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Somebody changed the object at the same time.
    #[error(
        "{0} was changed by somebody else at the same time; read it again and repeat the change"
    )]
    ChangedMeanwhile(ResourceRef),
    /// An update of the deployment runs.
    #[error("an update of {deployment} runs already, held by {holder}; wait for its end")]
    UpdateRunning {
        /// The deployment.
        deployment: ResourceRef,
        /// Who runs it.
        holder: String,
    },
    /// The state does not allow it.
    #[error("{what}; {hint}")]
    NotPossible {
        /// What stands in the way.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A node did not do what it was asked.
    #[error("a node did not do what it was asked")]
    Node(#[source] NodeError),
    /// State cannot be read or written.
    #[error(
        "the state of {what} cannot be read or written; try again, and look at the store if it goes on"
    )]
    State {
        /// Of what.
        what: String,
        /// The deeper cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A kind of object and its id, as errors name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRef {
    kind: &'static str,
    id: String,
}

impl ResourceRef {
    /// Names an object.
    #[must_use]
    pub fn new(kind: &'static str, id: impl fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }

    /// The kind, such as `infrastructure`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for ResourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.id)
    }
}

impl DeployerError {
    /// An object that is not there for the caller.
    #[must_use]
    pub fn not_found(kind: &'static str, id: impl fmt::Display) -> Self {
        Self::NotFound(ResourceRef::new(kind, id))
    }

    /// A state that does not allow it, and what to do.
    #[must_use]
    pub fn not_possible(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::NotPossible { what: what.into(), hint: hint.into() }
    }

    /// State that cannot be read or written.
    #[must_use]
    pub fn state(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::State { what: what.into(), source: source.into() }
    }
}

impl From<StageError> for DeployerError {
    fn from(error: StageError) -> Self {
        Self::Stage(error)
    }
}
