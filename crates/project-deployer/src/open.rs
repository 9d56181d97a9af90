//! Opens a Deployer whose state is at a URL.

#[cfg(feature = "postgres")]
mod postgres;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use project_deployer_core::error_codes;
#[cfg(feature = "postgres")]
use project_deployer_store::PostgresOpenError;
use project_deployer_store::{
    ArchiveError, BundleArchive, Keyring, KeyringError, ObjectArchive, OpenError, SecretsAtRest,
    SqliteStore,
};

use crate::builder::DeployerBuilder;
use crate::deployer::Deployer;

/// Where the state of a Deployer is.
enum Place {
    Memory,
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres,
}

/// Why a Deployer cannot be opened. A state that was there is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployerOpenError {
    /// The URL names no place that this version knows.
    #[error(
        "`{url}` names no store; write `sqlite:` and the path of a file, `postgres://` with a host and a database \
         (feature `postgres`), or `memory:`"
    )]
    Url {
        /// The URL, without what follows its scheme.
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
    /// The database cannot be opened.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Postgres(#[from] PostgresOpenError),
    /// A Deployer in PostgreSQL lacks something that its processes share.
    #[cfg(feature = "postgres")]
    #[error("PostgreSQL keeps no {what}; call `{call}` of the builder, the same in every process")]
    Incomplete {
        /// What is not in the database.
        what: &'static str,
        /// What says where it is.
        call: &'static str,
    },
}

error_codes!(DeployerOpenError {
    Url => "deployer-url-malformed",
    Store => "deployer-store-unusable",
    Key => "deployer-key-unusable",
    Archive => "deployer-archive-unusable",
    #[cfg(feature = "postgres")]
    Postgres => "deployer-database-unusable",
    #[cfg(feature = "postgres")]
    Incomplete => "deployer-incomplete",
});

impl DeployerBuilder {
    /// A Deployer with its state at a URL: `sqlite:` and the path of a file, which is created with its
    /// directory, `postgres://` as `PostgresOptions` reads it (feature `postgres`), or `memory:`.
    ///
    /// Beside the file `NAME.db`, `NAME.key` has the key that seals the admin keys of nodes. It is created
    /// with mode 0600, and refused if others may read it. `NAME.bundles` has the bundle archives. Updates that a dead
    /// process left are resumed in the background.
    ///
    /// A Deployer in PostgreSQL needs [`secrets`](Self::secrets) and [`archive`](Self::archive): every process
    /// needs the same key and the same bundle archives.
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
                let archive: Arc<dyn BundleArchive> = match self.archive.clone() {
                    Some(archive) => archive,
                    None => Arc::new(ObjectArchive::in_directory(&path.with_extension("bundles"))?),
                };
                let store = SqliteStore::open(path, secrets).await?;
                let deployer = self.on_shared(Arc::new(store), archive);
                deployer.resume_always();
                Ok(deployer)
            }
            #[cfg(feature = "postgres")]
            Place::Postgres => postgres::open(self, url).await,
        }
    }
}

impl Place {
    fn parse(url: &str) -> Result<Self, DeployerOpenError> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres),
            // What follows may hold a password.
            Some((scheme, rest)) if rest.contains("//") => {
                Err(DeployerOpenError::Url { url: format!("{scheme}:…") })
            }
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

fn create_directory_of(path: &Path) -> Result<(), OpenError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let created = directory.map_or(Ok(()), std::fs::create_dir_all);
    created.map_err(|source| OpenError::Unavailable {
        path: path.display().to_string(),
        source: source.into(),
    })
}
