//! The Deployer that a verb works on: one on this machine, by its state, or another one over its public API.

mod accounts;
mod estate_schedule;
mod estate_service;
mod fleets;
mod hooks;
mod keys;
mod local;
mod maintenance;
mod plans;
mod rights;
mod schedule;
mod service;
mod service_task;
mod settings;
mod stages;
mod watching;
mod webhooks;
mod windows;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use project_deployer::client::{ProjectDeployer, RemoteDeployer};
use project_deployer::core::Login;
use project_deployer::core::infra::NodeSettings;
use project_deployer::core::rights::Caller;
use project_deployer::{Deployer, DeployerSession, HttpConnector};
use sha2::{Digest as _, Sha256};

pub(crate) use self::estate_schedule::{ScheduledFile, schedule_at};
pub(crate) use self::estate_service::EstateService;
pub(crate) use self::fleets::{FleetFacts, FleetFile, FleetWork, LineFacts};
pub(crate) use self::hooks::HookArguments;
pub(crate) use self::keys::{KeyChange, KeyKind, KeyRights, NewKey};
pub(crate) use self::local::{LocalArguments, in_directory};
#[cfg(feature = "serve")]
pub(crate) use self::local::{PlaceError, with_places};
pub(crate) use self::plans::PlannedUpdate;
pub(crate) use self::rights::Question;
pub(crate) use self::stages::StageChange;
pub(crate) use self::webhooks::MadeWebhook;
use crate::deployer_access::DeployerAccess;
use crate::failure::Failure;

/// How long the updates of this process may go on when the command ends early.
const GRACE: Duration = Duration::from_secs(30);

/// Names a Deployer.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct TargetArguments {
    #[command(flatten)]
    local: LocalArguments,

    #[command(flatten, next_help_heading = "Deployer on this machine")]
    hooks: HookArguments,

    #[command(flatten)]
    access: DeployerAccess,

    /// Act as this user. On this machine the default is `admin`. Over HTTP it is the owner of the key, and only an
    /// administrator acts as somebody else.
    // Its name is that of no argument of a subcommand: it is an option of all of them.
    #[arg(long = "as", value_name = "LOGIN")]
    acting_as: Option<Login>,
}

/// What a verb does beside single calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Nothing.
    Calls,
    /// It runs updates: on this machine, in this process.
    Updates,
}

/// Everything that verbs do with a Deployer: the calls of [`ProjectDeployer`], and those that the files of this module add.
#[derive(Debug)]
pub(crate) enum Face {
    /// The engine, on this machine.
    Engine(Box<DeployerSession>),
    /// A Deployer of this project or of the product, over HTTP.
    Remote(Box<RemoteDeployer>),
}

impl Deref for Face {
    type Target = dyn ProjectDeployer;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Engine(session) => &**session,
            Self::Remote(remote) => &**remote,
        }
    }
}

/// A Deployer under the rights of one caller.
#[derive(Debug)]
pub(crate) struct Target {
    face: Face,
    local: Option<Deployer>,
}

/// A document, and what says whether it is still the same one.
#[derive(Debug, Clone)]
pub(crate) struct Seen<T> {
    pub(crate) value: T,
    /// A revision of the store, or a digest of the document where the API has no revisions.
    pub(crate) revision: String,
}

/// What there is of one kind.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    /// What cannot be read, in words.
    pub(crate) unreadable: Vec<String>,
}

impl TargetArguments {
    /// Opens the state, or prepares the calls, of which none is sent.
    ///
    /// # Errors
    ///
    /// No Deployer is named, two are, or the one that is named cannot be used.
    pub(crate) async fn open(&self, work: Work) -> Result<Target, Failure> {
        let login = self.acting_as.as_ref();
        match state_url(&self.local, &self.access)? {
            Some(url) => {
                let state = self.local.state(&url).with_hooks(&self.hooks);
                Target::of(state.open(work).await?, login).await
            }
            None => Target::at(self.access.settings_of_target()?, login),
        }
    }
}

/// The URL of a state on this machine, if one is named.
///
/// # Errors
///
/// A Deployer to call is named as well, or there is no such state.
pub(crate) fn state_url(
    local: &LocalArguments,
    access: &DeployerAccess,
) -> Result<Option<String>, Failure> {
    let named = local.url()?;
    match &named {
        Some(_) if access.is_named() => Err(Failure::usage(
            "an option names a Deployer on this machine, and another one a Deployer to call; remove one of the two",
        )),
        _ => Ok(named),
    }
}

/// A session of a user of a Deployer on this machine. One without any users is new, or its host has them: whoever can open
/// its state administers it.
async fn session_of(deployer: &Deployer, login: Login) -> Result<DeployerSession, Failure> {
    let without_users = deployer.first_administrator(login.clone()).await?.is_some();
    Ok(if without_users {
        deployer.acting_as(Caller::administrator(login))
    } else {
        deployer.acting_as_user(login)
    })
}

impl Target {
    /// A Deployer on this machine, as this user or else as `admin`.
    ///
    /// # Errors
    ///
    /// Its state cannot be read.
    pub(crate) async fn of(deployer: Deployer, login: Option<&Login>) -> Result<Self, Failure> {
        let login = match login {
            Some(login) => login.clone(),
            None => Login::parse("admin").map_err(Failure::usage)?,
        };
        let session = session_of(&deployer, login).await?;
        Ok(Self { face: Face::Engine(Box::new(session)), local: Some(deployer) })
    }

    /// A Deployer over HTTP, as this user or else as the owner of the key.
    ///
    /// # Errors
    ///
    /// The HTTP client cannot be set up.
    pub(crate) fn at(settings: NodeSettings, login: Option<&Login>) -> Result<Self, Failure> {
        let connector = HttpConnector::builder().build().map_err(Failure::usage)?;
        let mut remote = RemoteDeployer::new(Arc::new(connector), settings)?;
        if let Some(login) = login {
            remote = remote.acting_as(login.clone())?;
        }
        Ok(Self { face: Face::Remote(Box::new(remote)), local: None })
    }

    /// The Deployer.
    pub(crate) fn face(&self) -> &Face {
        &self.face
    }

    /// Whether updates run in this process.
    pub(crate) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Lets updates end that this process runs, and frees the state.
    pub(crate) async fn close(self) {
        let Some(deployer) = self.local else { return };
        for update in deployer.shutdown(GRACE).await.handed_over {
            let text = format!(
                "the update of deployment `{}` has not ended; a service on this state goes on with it",
                update.deployment
            );
            crate::report("note", &text);
        }
    }
}

impl<T> Seen<T> {
    /// A document of an API without revisions.
    fn digested(value: T, document: &serde_json::Value) -> Self {
        let digest = Sha256::digest(document.to_string().as_bytes());
        let revision = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { value, revision }
    }
}

/// Refuses to write over what somebody else has changed since it was read.
fn unchanged<T>(
    kind: &str,
    id: impl fmt::Display,
    now: &Seen<T>,
    seen: &str,
) -> Result<(), Failure> {
    if now.revision == seen {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{kind} `{id}` was changed since it was read: its revision is {}, not {seen}; read it again and repeat the change",
        now.revision
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Seen, unchanged};

    #[test]
    fn a_digest_changes_with_the_document() {
        let first = Seen::digested((), &json!({"id": "a", "tags": []}));
        let same = Seen::digested((), &json!({"id": "a", "tags": []}));
        let other = Seen::digested((), &json!({"id": "a", "tags": ["b"]}));
        assert_eq!((first.revision.len(), &first.revision), (16, &same.revision));
        assert!(unchanged("user", "a", &same, &first.revision).is_ok());
        let refused = unchanged("user", "a", &other, &first.revision).unwrap_err();
        assert!(refused.reason().to_string().contains("was changed"), "{refused:?}");
    }
}
