//! The options that name the state of a Deployer on this machine, the same ones for every verb.

use std::path::Path;

use project_deployer::state_admin::StatePlace;
use project_deployer::store::{ArchiveLocation, ArchiveLocationError, KeyringError, SecretsAtRest};
use project_deployer::{Deployer, DeployerBuilder, HttpConnector};

use super::{HookArguments, Work};
use crate::failure::Failure;
use crate::subcommands::state::{Keys, StateUrl, with_needs};

/// Names the state of a Deployer on this machine.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct LocalArguments {
    /// Data directory of a Deployer on this machine, as `deployer serve --data` makes it; its service may run meanwhile.
    /// Without it, the command calls a Deployer over HTTP.
    #[arg(long, value_name = "DIRECTORY", help_heading = "Deployer on this machine")]
    data: Option<String>,

    /// State of that Deployer, if `deployer serve` has this option: `sqlite:` and the path of a file, or `postgres://`.
    #[arg(long, value_name = "URL", help_heading = "Deployer on this machine", alias = "state")]
    database: Option<StateUrl>,

    /// Bundle archives of that Deployer, if `deployer serve` has this option.
    #[arg(
        long,
        value_name = "URL",
        help_heading = "Deployer on this machine",
        alias = "archives-at"
    )]
    archives: Option<String>,

    /// Where the keys of its state come from, if `deployer serve` has this option: `file:PATH`, `env:NAME`,
    /// `command:PROGRAM ARGUMENT…`, or `none`.
    #[arg(long, value_name = Keys::VALUE, help_heading = "Deployer on this machine")]
    key: Option<Keys>,
}

impl LocalArguments {
    /// The URL of a state, if one is named.
    ///
    /// # Errors
    ///
    /// There is no Deployer in the directory, or options say more about a state that none names.
    pub(crate) fn url(&self) -> Result<Option<String>, Failure> {
        match (&self.database, &self.data) {
            (Some(url), _) => Ok(Some(url.text().to_owned())),
            (None, Some(data)) => sqlite_in(data).map(Some),
            (None, None) if self.archives.is_some() || self.key.is_some() => Err(Failure::usage(
                "--archives and --key are for a Deployer on this machine; name it with --data or --database",
            )),
            (None, None) => Ok(None),
        }
    }

    /// The state at a URL, with the archives and keys of these options.
    pub(crate) fn state<'a>(&'a self, url: &'a str) -> LocalState<'a> {
        LocalState { url, archives: self.archives.as_deref(), key: self.key.as_ref(), hooks: None }
    }
}

/// The state in a data directory. A verb creates none: an empty one would hide a wrong path.
fn sqlite_in(data: &str) -> Result<String, Failure> {
    let path = Path::new(data).join("deployer.db");
    if path.exists() {
        return Ok(in_directory(data));
    }
    Err(Failure::usage(format!(
        "there is no Deployer in `{data}`; name its data directory, or create one with `deployer serve --data`",
    )))
}

/// The URL of the state in a data directory, whether there is one or not.
pub(crate) fn in_directory(data: impl AsRef<Path>) -> String {
    format!("sqlite:{}", data.as_ref().join("deployer.db").display())
}

/// The state of a Deployer on this machine, and what it needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalState<'a> {
    url: &'a str,
    archives: Option<&'a str>,
    key: Option<&'a Keys>,
    /// What process hooks may run.
    hooks: Option<&'a HookArguments>,
}

impl<'a> LocalState<'a> {
    /// The same, whose process hooks may run these programs.
    pub(crate) fn with_hooks(self, hooks: &'a HookArguments) -> Self {
        Self { hooks: Some(hooks), ..self }
    }

    /// Opens a state that is there. A command creates none: an empty one would hide a wrong path.
    ///
    /// # Errors
    ///
    /// There is no such state, or it cannot be used.
    pub(crate) async fn open(self, work: Work) -> Result<Deployer, Failure> {
        // Its errors show no password of the URL.
        with_needs(StatePlace::at(self.url), self.archives, self.key).open().await?;
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
