//! Opens a Deployer whose state is on disk.

use std::path::{Path, PathBuf};

use project_deployer_core::error_codes;
use project_deployer_store::{
    ArchiveError, Keyring, KeyringError, ObjectArchive, OpenError, SecretsAtRest, SqliteStore,
    StoreError,
};

use crate::builder::DeployerBuilder;
use crate::deployer::Deployer;
use crate::state_admin::{StateError, refuse_unusable};

/// Where the state of a Deployer is.
enum Place {
    Memory,
    Sqlite(PathBuf),
}

/// Why a Deployer cannot be opened. A state that was there is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployerOpenError {
    /// The URL names no place that this version knows.
    #[error("`{url}` names no store; write `sqlite:` and the path of a file, or `memory:`")]
    Url {
        /// The URL.
        url: String,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The key that seals secrets cannot be read or created.
    #[error(transparent)]
    Key(#[from] KeyringError),
    /// The directory of bundle archives cannot be used.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Somebody works on the whole state, or too many Deployers run on it.
    #[error("the state cannot be used now; wait until `deployer state` has ended, then try again")]
    Busy(#[source] StoreError),
    /// The state is half a copy, or it was moved.
    #[error(transparent)]
    State(#[from] StateError),
}

error_codes!(DeployerOpenError {
    Url => "deployer-url-malformed",
    Store => "deployer-store-unusable",
    Key => "deployer-key-unusable",
    Archive => "deployer-archive-unusable",
    Busy => "deployer-state-in-use",
    State => "deployer-state-unusable",
});

impl DeployerBuilder {
    /// A Deployer with its state at a URL: `sqlite:` and the path of a file, which is created with its
    /// directory, or `memory:`.
    ///
    /// Beside the file `NAME.db`, `NAME.key` has the key that seals the admin keys of nodes. It is created
    /// with mode 0600, and refused if others may read it. `NAME.bundles` has the bundle archives. Updates that a dead
    /// process left are resumed in the background.
    ///
    /// # Errors
    ///
    /// The URL is malformed, or one of the three cannot be used.
    pub async fn open(self, url: &str) -> Result<Deployer, DeployerOpenError> {
        match Place::parse(url)? {
            Place::Memory => Ok(self.in_memory()),
            Place::Sqlite(path) => {
                create_directory_of(&path)?;
                let secrets = match self.secrets.clone() {
                    Some(secrets) => secrets,
                    None => SecretsAtRest::Sealed(key_beside(&path)?),
                };
                let archive = ObjectArchive::in_directory(&path.with_extension("bundles"))?;
                let store = SqliteStore::open(path, secrets).await?;
                // Before, so that a refused Deployer never counts as running; and after, when nobody can
                // begin a copy any more.
                refuse_unusable(&store, url).await?;
                let deployer = self.on(store.clone(), archive);
                deployer.be_present().await.map_err(DeployerOpenError::Busy)?;
                refuse_unusable(&store, url).await?;
                deployer.resume_always();
                Ok(deployer)
            }
        }
    }
}

impl Place {
    fn parse(url: &str) -> Result<Self, DeployerOpenError> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(DeployerOpenError::Url { url: url.to_owned() }),
        }
    }
}

/// The key in the file beside a database.
fn key_beside(path: &Path) -> Result<Keyring, KeyringError> {
    let key = path.with_extension("key");
    // A new key would not open a state that is there.
    if path.exists() { Keyring::from_file(&key) } else { Keyring::from_file_or_new(&key) }
}

pub(crate) fn create_directory_of(path: &Path) -> Result<(), OpenError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let created = directory.map_or(Ok(()), std::fs::create_dir_all);
    created.map_err(|source| OpenError::Unavailable {
        path: path.display().to_string(),
        source: source.into(),
    })
}
