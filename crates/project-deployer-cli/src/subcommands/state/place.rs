use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use project_deployer::state_admin::StatePlace;
use project_deployer::store::{KeySource, KeyringError};

use crate::target::in_directory;

/// Where a state is.
#[derive(Debug, clap::Args)]
#[group(id = "place", required = true, multiple = false, args = ["url", "data", "database"])]
pub(in crate::subcommands) struct PlaceArguments {
    /// The state: `sqlite:` and the path of a file, or `postgres://` with user, host and database.
    #[arg(value_name = "URL")]
    url: Option<StateUrl>,

    /// Data directory of the Deployer, as for other verbs: its state is `deployer.db` in it.
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<String>,

    /// The state, as for other verbs.
    #[arg(long, value_name = "URL", alias = "state")]
    database: Option<StateUrl>,

    #[command(flatten)]
    needs: PlaceNeeds,
}

/// Where a state is, for actions with another argument after it.
#[derive(Debug, clap::Args)]
pub(in crate::subcommands) struct UrlArguments {
    /// The state: `sqlite:` and the path of a file, or `postgres://` with user, host and database.
    #[arg(value_name = "URL")]
    url: StateUrl,

    #[command(flatten)]
    needs: PlaceNeeds,
}

/// What a state needs beside its database.
#[derive(Debug, clap::Args)]
struct PlaceNeeds {
    /// Where keys come from, instead of the key file beside a SQLite file; `none` for a store without encryption.
    ///
    /// `file:PATH` is a file that only you may read, `env:NAME` an environment variable, `command:PROGRAM
    /// ARGUMENT…` a command that prints the keys. Each has one key in a line, 32 bytes in Base64, the newest first.
    #[arg(long, value_name = Keys::VALUE)]
    key: Option<Keys>,

    /// Where bundle archives are, instead of the directory beside a SQLite file: `file:` and the path of a directory,
    /// or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "URL")]
    archives_at: Option<String>,
}

/// The URL of a state. `Debug` does not show it, since it may hold a password.
#[derive(Clone)]
pub(crate) struct StateUrl(String);

impl StateUrl {
    /// The URL as it was written, perhaps with a password.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for StateUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for StateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StateUrl").field(&StatePlace::at(&*self.0).url()).finish()
    }
}

/// Where keys come from, as an option. It names a source and is no key.
#[derive(Debug, Clone)]
pub(crate) enum Keys {
    From(KeySource),
    Unencrypted,
}

impl Keys {
    pub(crate) const VALUE: &str = "SOURCE";
}

impl FromStr for Keys {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        match text {
            "none" => Ok(Self::Unencrypted),
            source => source.parse().map(Self::From),
        }
    }
}

impl PlaceArguments {
    pub(in crate::subcommands) fn place(&self) -> StatePlace {
        let named = self.url.as_ref().or(self.database.as_ref());
        let in_data = || StateUrl(in_directory(self.data.as_deref().unwrap_or_default()));
        self.needs.place(&named.cloned().unwrap_or_else(in_data))
    }
}

impl UrlArguments {
    pub(in crate::subcommands) fn place(&self) -> StatePlace {
        self.needs.place(&self.url)
    }
}

impl PlaceNeeds {
    fn place(&self, url: &StateUrl) -> StatePlace {
        place(url, self.archives_at.as_deref(), self.key.as_ref())
    }
}

/// A place. The password of a database comes from `PGPASSWORD`, if its URL has none.
pub(super) fn place(url: &StateUrl, archives: Option<&str>, keys: Option<&Keys>) -> StatePlace {
    let place = StatePlace::at(&*url.0);
    // One that is no text is no password: the server refuses the login then.
    #[cfg(feature = "postgres")]
    let place = match crate::environment::variable("PGPASSWORD") {
        Ok(Some(password)) => place.password(secrecy::SecretString::from(password)),
        Ok(None) | Err(_) => place,
    };
    with_needs(place, archives, keys)
}

/// A place with its archives and its keys.
pub(crate) fn with_needs(
    place: StatePlace,
    archives: Option<&str>,
    keys: Option<&Keys>,
) -> StatePlace {
    let place = match archives {
        Some(archives) => place.archives_at(archives),
        None => place,
    };
    match keys {
        Some(Keys::From(source)) => place.keys_from(source.clone()),
        Some(Keys::Unencrypted) => place.unencrypted(),
        None => place,
    }
}
