use std::str::FromStr;

use project_deployer::state_admin::StatePlace;
use project_deployer::store::{KeySource, KeyringError};

/// Where a state is.
#[derive(Debug, clap::Args)]
pub(super) struct PlaceArguments {
    /// The state: `sqlite:` and the path of a file.
    #[arg(value_name = "URL")]
    url: String,

    /// Where keys come from, instead of the key file beside the store; `none` for a store without encryption.
    ///
    /// `file:PATH` is a file that only you may read, `env:NAME` an environment variable, `command:PROGRAM
    /// ARGUMENT…` a command that prints the keys. Each has one key in a line, 32 bytes in Base64, the newest first.
    #[arg(long, value_name = Keys::VALUE)]
    key: Option<Keys>,

    /// Where bundle archives are, instead of the directory beside the store: `file:` and the path of a directory.
    #[arg(long, value_name = "URL")]
    archives_at: Option<String>,
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
    pub(super) fn place(&self) -> StatePlace {
        place(&self.url, self.archives_at.as_ref(), self.key.as_ref())
    }
}

pub(super) fn place(url: &str, archives: Option<&String>, keys: Option<&Keys>) -> StatePlace {
    let place = StatePlace::at(url);
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
