use std::fmt;

use project_deployer_core::rights::Refusal;
use project_deployer_core::stage::StageError;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{FleetId, InfraId, Login, Problems, Timestamp};

use crate::error::NodeError;
use crate::fleet::FleetError;

/// Why a Deployer did not carry out a request, by meaning.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployerError {
    /// There is no such object, or the caller may not see it. No caller can distinguish the two (R-P2).
    #[error(
        "there is no {0}; check its id, or ask one of its administrators for the right to see it"
    )]
    NotFound(ResourceRef),
    /// The caller may see the object and lacks the right for this.
    #[error("{0}")]
    Forbidden(Refusal),
    /// No API key of the Deployer has this text.
    #[error(
        "the API key is unknown or was deleted; use another one, or ask an administrator for one"
    )]
    KeyUnknown,
    /// The login or the password is wrong.
    #[error(
        "the login or the password is wrong; try again, or ask an administrator for a new password"
    )]
    PasswordWrong,
    /// The session of a browser has ended.
    #[error("the session has ended; sign in again")]
    SessionEnded,
    /// The login is no user of the Deployer.
    #[error("login `{0}` is not a user of this Deployer; create the user first")]
    LoginUnknown(Login),
    /// The user is disabled.
    #[error("user `{0}` is disabled on this Deployer; enable the user first")]
    LoginDisabled(Login),
    /// Another Deployer reports that the caller lacks the right. The text is its own.
    #[error("the Deployer does not allow it: {0}; ask one of its administrators for the right")]
    Denied(String),
    /// Another Deployer rejects the request.
    #[error("the Deployer rejects it ({status}): {message}; follow its message")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The message of that Deployer.
        message: String,
    },
    /// The id is in use.
    #[error("{0} exists already; choose another id")]
    AlreadyExists(ResourceRef),
    /// Other objects refer to the object.
    #[error("{object} is used by {users}; delete or change these first")]
    InUse {
        /// The object.
        object: ResourceRef,
        /// What refers to it, comma separated.
        users: String,
    },
    /// A document is invalid. All its problems are listed.
    #[error("{object} is not accepted: {problems}")]
    Invalid {
        /// What the document describes.
        object: ResourceRef,
        /// What is wrong with it.
        problems: Problems,
    },
    /// Another Deployer created an infrastructure and did not save its settings. The infrastructure
    /// stays: it is not deleted without a request of the caller.
    #[error(
        "{object} was created, but its settings were not saved; save its settings, or delete it and create \
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
    /// The bundle is not accepted.
    #[error("the bundle is not accepted: {reason}")]
    Bundle {
        /// Why, and what to do.
        reason: String,
        /// The deeper cause.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The stored archive of a bundle is not the one that was published.
    #[error("the archive of {bundle} is damaged; publish the same bundle again")]
    ArchiveDamaged {
        /// The bundle.
        bundle: ResourceRef,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another caller changed the object at the same time.
    #[error(
        "{0} was changed by another caller at the same time; read it again and repeat the change"
    )]
    ChangedMeanwhile(ResourceRef),
    /// An update of the deployment is running.
    #[error("an update of {deployment} is already running, started by {holder}; wait for its end")]
    UpdateRunning {
        /// The deployment.
        deployment: ResourceRef,
        /// Who runs it.
        holder: String,
    },
    /// Another deployment of the same project on the infrastructure is being updated. It is not named: the caller may not see
    /// it (R-P8).
    #[error(
        "another deployment of {project} is being updated by {holder}; wait for the end of that update, then try again"
    )]
    ProjectBusy {
        /// The project and its infrastructure, in words.
        project: String,
        /// Who runs the update.
        holder: String,
    },
    /// The update has ended, so that it cannot be cancelled any more.
    #[error("the update of {deployment} has ended: {status}; to undo it, update to another bundle")]
    UpdateEnded {
        /// The deployment.
        deployment: ResourceRef,
        /// How it ended.
        status: UpdateStatus,
    },
    /// A maintenance refuses changes of nodes.
    #[error(
        "{what} is in maintenance: {reason} (started by {owner}, {end}); wait for its end, or ask who started it to end it"
    )]
    InMaintenance {
        /// The infrastructure, the stage, or everything.
        what: String,
        /// Why.
        reason: String,
        /// Who started it.
        owner: String,
        /// Until when, in words.
        end: String,
    },
    /// Windows say that updates may not start now, or at a later time that was asked for.
    #[error("{why}; {}", after_closing(*.opens, *.at))]
    OutsideWindow {
        /// Which window, of what, and why.
        why: String,
        /// The later time that was asked for; none if it is now.
        at: Option<Timestamp>,
        /// When they may start again; none if no such time was found within a year.
        opens: Option<Timestamp>,
    },
    /// A fleet manages what the request would change.
    #[error(
        "{what} is managed by fleet `{fleet}`; change it in the fleet, or release the infrastructure from it first"
    )]
    ManagedByFleet {
        /// The infrastructure, or a field of it.
        what: String,
        /// The fleet.
        fleet: FleetId,
    },
    /// The fleet of an infrastructure no longer reports its node.
    #[error(
        "infrastructure `{infra}` is in quarantine since {since}: {reason}; bring the node back in fleet `{fleet}`, or \
         release the infrastructure from it"
    )]
    Quarantined {
        /// The infrastructure.
        infra: InfraId,
        /// The fleet.
        fleet: FleetId,
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: String,
    },
    /// The service of a fleet failed.
    #[error("the nodes of fleet `{fleet}` cannot be read; nothing was changed")]
    Fleet {
        /// The fleet.
        fleet: FleetId,
        /// What its service answered.
        #[source]
        source: Box<FleetError>,
    },
    /// This process begins nothing new: it is about to end.
    #[error("this Deployer is shutting down; try again with another process, or after its restart")]
    ShuttingDown,
    /// The state of the object does not allow it.
    #[error("{what}; {hint}")]
    NotPossible {
        /// What prevents it.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A call to a node failed.
    #[error("a call to a node failed")]
    Node(#[source] NodeError),
    /// Stored state cannot be read or written.
    #[error(
        "the state of {what} cannot be read or written; try again, and check the store if it persists"
    )]
    State {
        /// The object whose state it is.
        what: String,
        /// The deeper cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What to do until windows allow updates again.
fn after_closing(opens: Option<Timestamp>, at: Option<Timestamp>) -> String {
    if at.is_some() {
        return match opens {
            Some(opens) => format!("name {opens} or a later time within the windows, or the next window"),
            None => "no later time at which they may start was found within a year; name an earlier one, or change the \
                     windows"
                .to_owned(),
        };
    }
    let or = "let an administrator of the infrastructure break the glass, with a reason";
    match opens {
        Some(opens) => {
            format!("wait until {opens}, schedule the update for the next window, or {or}")
        }
        None => format!(
            "no time at which they may start was found within a year; change the windows, or {or}"
        ),
    }
}

/// The kind and the id of an object, as errors name it.
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
    /// An object that does not exist for the caller.
    #[must_use]
    pub fn not_found(kind: &'static str, id: impl fmt::Display) -> Self {
        Self::NotFound(ResourceRef::new(kind, id))
    }

    /// A state that does not allow the request, and what to do.
    #[must_use]
    pub fn not_possible(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::NotPossible { what: what.into(), hint: hint.into() }
    }

    /// Stored state that cannot be read or written.
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
