//! Opens a Deployer whose state is on disk.

use std::path::{Path, PathBuf};

use project_deployer_core::error_codes;
use project_deployer_store::{
    ArchiveError, Keyring, KeyringError, ObjectArchive, OpenError, SecretsAtRest, SqliteStore,
};

use crate::builder::DeployerBuilder;
use crate::deployer::Deployer;

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
    /// The store exists and its key does not. A new key would not open it, so none was created.
    #[error("{path} exists, and its key file {key} is missing; restore the key from its backup")]
    KeyMissing {
        /// The file of the store.
        path: String,
        /// The file of the key.
        key: String,
    },
    /// The directory of bundle archives cannot be used.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

error_codes!(DeployerOpenError {
    Url => "deployer-url-malformed",
    Store => "deployer-store-unusable",
    Key => "deployer-key-unusable",
    KeyMissing => "deployer-key-missing",
    Archive => "deployer-archive-unusable",
});

impl DeployerBuilder {
    /// A Deployer with its state at a URL: `sqlite:` and the path of a file, which is created with its
    /// directory, or `memory:`.
    ///
    /// Beside the file `NAME`, `NAME.key` has the key that seals the admin keys of nodes. It is created with mode
    /// 0600, and refused if others may read it. `NAME.bundles` has the bundle archives. Earlier versions wrote
    /// both without the extension of `NAME`; they are used where only they exist. Updates that a dead process
    /// left are resumed in the background.
    ///
    /// # Errors
    ///
    /// The URL is malformed, or one of the three cannot be used.
    pub async fn open(self, url: &str) -> Result<Deployer, DeployerOpenError> {
        match Place::parse(url)? {
            Place::Memory => Ok(self.in_memory()),
            Place::Sqlite(path) => {
                create_directory_of(&path)?;
                let exists = path.exists();
                let key = key_of(&path, exists)?;
                let archive = ObjectArchive::in_directory(&beside(&path, "bundles", exists))?;
                let store = SqliteStore::open(path, SecretsAtRest::Sealed(key)).await?;
                let deployer = self.on(store, archive);
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

/// The file beside a store with this addition to its name. Earlier versions replaced the extension instead, so
/// that `a.db` and `a.sqlite` shared a file: that name is used for an old store without the new one.
fn beside(path: &Path, addition: &str, exists: bool) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(addition);
    let new = PathBuf::from(name);
    let old = path.with_extension(addition);
    if exists && !new.exists() && old.exists() { old } else { new }
}

/// The key of a store. A store that exists has one already.
fn key_of(path: &Path, exists: bool) -> Result<Keyring, DeployerOpenError> {
    let key = beside(path, "key", exists);
    if !exists {
        return Ok(Keyring::from_file_or_new(&key)?);
    }
    if !key.exists() {
        let (path, key) = (path.display().to_string(), key.display().to_string());
        return Err(DeployerOpenError::KeyMissing { path, key });
    }
    Ok(Keyring::from_file(&key)?)
}

fn create_directory_of(path: &Path) -> Result<(), OpenError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let created = directory.map_or(Ok(()), std::fs::create_dir_all);
    created.map_err(|source| OpenError::Unavailable {
        path: path.display().to_string(),
        source: source.into(),
    })
}
