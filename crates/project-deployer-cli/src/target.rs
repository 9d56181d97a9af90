//! The Deployer that a verb works on: one on this machine, by its state, or another one over its public API.

mod accounts;
mod hooks;
mod keys;
mod maintenance;
mod rights;
mod schedule;
mod settings;
mod stages;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use project_deployer::client::{ProjectDeployer, RemoteDeployer};
use project_deployer::core::Login;
use project_deployer::core::rights::Caller;
use project_deployer::state_admin::StatePlace;
use project_deployer::store::{ArchiveLocation, ArchiveLocationError, KeyringError, SecretsAtRest};
use project_deployer::{Deployer, DeployerBuilder, DeployerSession, HttpConnector};
use sha2::{Digest as _, Sha256};

pub(crate) use self::accounts::Accounts;
pub(crate) use self::hooks::{HookArguments, HookTrials};
pub(crate) use self::keys::{KeyKind, KeyRights, Keychain, NewKey};
pub(crate) use self::maintenance::Upkeep;
pub(crate) use self::rights::{Question, RightsQuestions};
pub(crate) use self::schedule::Schedule;
pub(crate) use self::settings::VersionedSettings;
pub(crate) use self::stages::{StageChange, Stages};
use crate::deployer_access::DeployerAccess;
use crate::environment;
use crate::failure::Failure;
use crate::subcommands::state::Keys;

/// How long the updates of this process may go on when the command ends early.
const GRACE: Duration = Duration::from_secs(30);

/// Names a Deployer.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct TargetArguments {
    /// Data directory of a Deployer on this machine, as `deployer serve --data` makes it; its service may run meanwhile.
    /// Without it, the command calls a Deployer over HTTP.
    #[arg(long, value_name = "DIRECTORY", help_heading = "Deployer on this machine")]
    data: Option<PathBuf>,

    /// State of that Deployer, if `deployer serve` has this option: `sqlite:` and the path of a file, or `postgres://`.
    #[arg(long, value_name = "URL", help_heading = "Deployer on this machine")]
    database: Option<String>,

    /// Bundle archives of that Deployer, if `deployer serve` has this option.
    #[arg(long, value_name = "URL", help_heading = "Deployer on this machine")]
    archives: Option<String>,

    /// Where the keys of its state come from, if `deployer serve` has this option: `file:PATH`, `env:NAME`,
    /// `command:PROGRAM ARGUMENT…`, or `none`.
    #[arg(long, value_name = Keys::VALUE, help_heading = "Deployer on this machine")]
    key: Option<Keys>,

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

/// Everything that verbs do with a Deployer.
pub(crate) trait Face:
    ProjectDeployer
    + Accounts
    + HookTrials
    + Keychain
    + VersionedSettings
    + Stages
    + Schedule
    + RightsQuestions
    + Upkeep
{
}

impl<T> Face for T where
    T: ProjectDeployer
        + Accounts
        + HookTrials
        + Keychain
        + VersionedSettings
        + Stages
        + Schedule
        + RightsQuestions
        + Upkeep
{
}

/// A Deployer under the rights of one caller.
pub(crate) struct Target {
    face: Box<dyn Face>,
    local: Option<Deployer>,
}

/// A document, and what says whether it is still the same one.
#[derive(Debug, Clone)]
pub(crate) struct Seen<T> {
    pub(crate) value: T,
    /// A revision of the store, or a digest of the document where the API has no revisions.
    pub(crate) revision: String,
}

impl TargetArguments {
    /// Opens the state, or prepares the calls, of which none is sent.
    ///
    /// # Errors
    ///
    /// No Deployer is named, two are, or the one that is named cannot be used.
    pub(crate) async fn open(&self, work: Work) -> Result<Target, Failure> {
        match self.local_url()? {
            Some(url) => self.open_local(&url, work).await,
            None => self.open_remote(),
        }
    }

    /// The URL of a state on this machine, if one is named.
    fn local_url(&self) -> Result<Option<String>, Failure> {
        let named = match (&self.database, &self.data) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(data)) => Some(sqlite_in(data)?),
            (None, None) => None,
        };
        match &named {
            Some(_) if self.access.is_named() => Err(Failure::usage(
                "an option names a Deployer on this machine, and another one a Deployer to call; remove one of the two",
            )),
            None if self.archives.is_some() || self.key.is_some() => Err(Failure::usage(
                "--archives and --key are for a Deployer on this machine; name it with --data or --database",
            )),
            _ => Ok(named),
        }
    }

    async fn open_local(&self, url: &str, work: Work) -> Result<Target, Failure> {
        let (archives, key) = (self.archives.as_deref(), self.key.as_ref());
        let state = LocalState { url, archives, key, hooks: Some(&self.hooks) };
        let deployer = state.open(work).await?;
        let login = match &self.acting_as {
            Some(login) => login.clone(),
            None => Login::parse("admin").map_err(Failure::usage)?,
        };
        let session = session_of(&deployer, login).await?;
        Ok(Target { face: Box::new(session), local: Some(deployer) })
    }

    fn open_remote(&self) -> Result<Target, Failure> {
        let environment = environment::of_process().map_err(Failure::usage)?;
        let settings = self.access.settings(&environment).map_err(Failure::usage)?;
        let connector = HttpConnector::builder().build().map_err(Failure::usage)?;
        let remote = RemoteDeployer::new(Arc::new(connector), settings)?;
        let remote = match &self.acting_as {
            Some(login) => remote.acting_as(login.clone())?,
            None => remote,
        };
        Ok(Target { face: Box::new(remote), local: None })
    }
}

/// The state of a Deployer on this machine, and what it needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalState<'a> {
    pub(crate) url: &'a str,
    pub(crate) archives: Option<&'a str>,
    pub(crate) key: Option<&'a Keys>,
    /// What process hooks may run.
    pub(crate) hooks: Option<&'a HookArguments>,
}

impl LocalState<'_> {
    /// Opens a state that is there. A command creates none: an empty one would hide a wrong path.
    ///
    /// # Errors
    ///
    /// There is no such state, or it cannot be used.
    pub(crate) async fn open(self, work: Work) -> Result<Deployer, Failure> {
        self.place().open().await?;
        let connector = HttpConnector::builder().build().map_err(Failure::usage)?;
        let builder = with_places(Deployer::builder(connector), self.archives, self.key);
        let builder = builder.map_err(Failure::usage)?;
        let builder = match self.hooks {
            Some(hooks) => hooks.set_up(builder),
            None => builder,
        };
        let builder = match work {
            Work::Calls => builder.without_background_work(),
            Work::Updates => builder,
        };
        Ok(builder.open(self.url).await?)
    }

    /// Its place, whose URL shows no password.
    pub(crate) fn place(self) -> StatePlace {
        let place = StatePlace::at(self.url);
        let place = match self.archives {
            Some(url) => place.archives_at(url),
            None => place,
        };
        match self.key {
            Some(Keys::From(source)) => place.keys_from(source.clone()),
            Some(Keys::Unencrypted) => place.unencrypted(),
            None => place,
        }
    }
}

/// A session of a user of a Deployer on this machine. One without any users is new, or its host has them: whoever can open
/// its state administers it.
pub(crate) async fn session_of(
    deployer: &Deployer,
    login: Login,
) -> Result<DeployerSession, Failure> {
    let without_users = deployer.first_administrator(login.clone()).await?.is_some();
    Ok(if without_users {
        deployer.acting_as(Caller::administrator(login))
    } else {
        deployer.acting_as_user(login)
    })
}

/// The state in a data directory. A verb creates none: an empty one would hide a wrong path.
fn sqlite_in(data: &std::path::Path) -> Result<String, Failure> {
    let path = data.join("deployer.db");
    if path.exists() {
        return Ok(format!("sqlite:{}", path.display()));
    }
    Err(Failure::usage(format!(
        "there is no Deployer in `{}`; name its data directory, or create one with `deployer serve --data`",
        data.display()
    )))
}

/// Archives or keys that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error(transparent)]
    Archives(#[from] ArchiveLocationError),
    #[error(transparent)]
    Keys(#[from] KeyringError),
}

/// A Deployer with its archives and its keys at these places.
///
/// # Errors
///
/// A place cannot be used.
pub(crate) fn with_places(
    builder: DeployerBuilder,
    archives: Option<&str>,
    keys: Option<&Keys>,
) -> Result<DeployerBuilder, PlaceError> {
    let builder = match archives {
        Some(url) => builder.archives(url.parse::<ArchiveLocation>()?),
        None => builder,
    };
    Ok(match keys {
        Some(Keys::From(source)) => builder.secrets(SecretsAtRest::Sealed(source.read()?)),
        Some(Keys::Unencrypted) => builder.secrets(SecretsAtRest::Plain),
        None => builder,
    })
}

impl Target {
    /// The Deployer.
    pub(crate) fn face(&self) -> &dyn Face {
        &*self.face
    }

    /// Whether updates run in this process.
    pub(crate) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Lets updates end that this process runs, and frees the state.
    pub(crate) async fn close(self) {
        if let Some(deployer) = self.local {
            leave(deployer).await;
        }
    }
}

/// Lets updates end that this process runs, and frees the state.
pub(crate) async fn leave(deployer: Deployer) {
    for update in deployer.shutdown(GRACE).await.handed_over {
        let text = format!(
            "the update of deployment `{}` has not ended; a service on this state goes on with it",
            update.deployment
        );
        crate::report("note", &text);
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("face", &self.face).finish_non_exhaustive()
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

/// Something that a Deployer has no call for over HTTP.
fn no_call(what: &str, instead: &str) -> Failure {
    Failure::usage(format!("the public API of a Deployer has no call to {what}; {instead}"))
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
