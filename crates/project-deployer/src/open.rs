//! Opens a Deployer whose state is at a URL.

#[cfg(feature = "postgres")]
mod postgres;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::error_codes;
#[cfg(feature = "postgres")]
use project_deployer_store::PostgresOpenError;
use project_deployer_store::{
    ArchiveError, ArchiveLocation, BundleArchive, Keyring, KeyringError, MemoryStore, OpenError,
    SecretsAtRest, SqliteStore, Store, StoreError,
};

use crate::builder::DeployerBuilder;
use crate::deployer::Deployer;
use crate::spool::SpoolDirectory;
use crate::state_admin::{StateError, refuse_unusable};

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
    /// The store exists and its key does not. A new key would not open it, so none was created.
    #[error("{path} exists, and its key file {key} is missing; restore the key from its backup")]
    KeyMissing {
        /// The file of the store.
        path: String,
        /// The file of the key.
        key: String,
    },
    /// The bundle archives cannot be used.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The bundle archives belong to another Deployer, or it is unknown whether they do.
    #[error(transparent)]
    Owner(DeployerError),
    /// The directory in which uploads are received cannot be used.
    #[error("uploads cannot be received in {directory}; name a directory that can be written")]
    Spool {
        /// The directory.
        directory: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Somebody works on the whole state, or too many Deployers run on it.
    #[error("the state cannot be used now; wait until `deployer state` has ended, then try again")]
    Busy(#[source] StoreError),
    /// The state is half a copy, or it was moved.
    #[error(transparent)]
    State(#[from] StateError),
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
    KeyMissing => "deployer-key-missing",
    Archive => "deployer-archive-unusable",
    Owner => "deployer-archive-owner",
    Spool => "deployer-spool-unusable",
    Busy => "deployer-state-in-use",
    State => "deployer-state-unusable",
    #[cfg(feature = "postgres")]
    Postgres => "deployer-database-unusable",
    #[cfg(feature = "postgres")]
    Incomplete => "deployer-incomplete",
});

impl DeployerBuilder {
    /// A Deployer with its state at a URL: `sqlite:` and the path of a file, which is created with its
    /// directory, `postgres://` as `PostgresOptions` reads it (feature `postgres`), or `memory:`.
    ///
    /// Beside the file `NAME`, `NAME.key` has the key that seals the admin keys of nodes. It is created with mode
    /// 0600, and refused if others may read it. `NAME.bundles` has the bundle archives, unless
    /// [`archives`](Self::archives) says otherwise. Earlier versions wrote both without the extension of `NAME`;
    /// they are used where only they exist. Updates that a dead process left are resumed in the background, and
    /// archives that no bundle refers to are removed.
    ///
    /// A Deployer in PostgreSQL needs [`secrets`](Self::secrets) and [`archives`](Self::archives): every process
    /// needs the same key and the same bundle archives.
    ///
    /// # Errors
    ///
    /// The URL is malformed, or something of it cannot be used.
    pub async fn open(self, url: &str) -> Result<Deployer, DeployerOpenError> {
        match Place::parse(url)? {
            Place::Memory => {
                let (this, archives) = self.with_archives(ArchiveLocation::Memory, None).await?;
                // Nothing is collected: the archives may be those of a Deployer that lasts.
                Ok(this.on(MemoryStore::new(), archives))
            }
            Place::Sqlite(path) => {
                create_directory_of(&path)?;
                let exists = path.exists();
                let secrets = match self.secrets.clone() {
                    Some(secrets) => secrets,
                    None => SecretsAtRest::Sealed(key_of(&path, exists)?),
                };
                let usual = ArchiveLocation::Directory(beside(&path, "bundles", exists));
                let spool = beside(&path, "spool", exists);
                let (this, archives) = self.with_archives(usual, Some(spool)).await?;
                let store = SqliteStore::open(path, secrets).await?;
                this.on_lasting((store, url), archives).await
            }
            #[cfg(feature = "postgres")]
            Place::Postgres => postgres::open(self, url).await,
        }
    }

    /// On a store that lasts, unless somebody works on its whole state, or it is half a copy.
    async fn on_lasting(
        self,
        (store, name): (impl Store + Clone, &str),
        archives: Arc<dyn BundleArchive>,
    ) -> Result<Deployer, DeployerOpenError> {
        // Before, so that a refused Deployer never counts as running; and after, when nobody can begin a copy
        // any more.
        refuse_unusable(&store, name).await?;
        let background = self.background;
        let deployer = self.on(store.clone(), archives);
        deployer.be_present().await.map_err(not_present)?;
        refuse_unusable(&store, name).await?;
        deployer.claim_archives().await.map_err(DeployerOpenError::Owner)?;
        Ok(if background { deployer.in_background() } else { deployer })
    }

    /// Opens the archives and the directory of uploads. Both have a usual place.
    async fn with_archives(
        self,
        usual: ArchiveLocation,
        usual_spool: Option<PathBuf>,
    ) -> Result<(Self, Arc<dyn BundleArchive>), DeployerOpenError> {
        let location = self.archives.clone().unwrap_or(usual);
        let archives = location.open().await?;
        // A directory of archives has space for them, and takes files of its file system without a copy.
        let spool = self.spool.clone().or_else(|| archives.file_directory()).or(usual_spool);
        if let Some(path) = &spool {
            SpoolDirectory::new(Some(path.clone())).prepare().map_err(|source| {
                DeployerOpenError::Spool { directory: path.display().to_string(), source }
            })?;
        }
        let mut this = self;
        this.spool = spool;
        Ok((this, archives))
    }
}

impl Deployer {
    /// With everything that runs beside calls.
    fn in_background(self) -> Self {
        self.resume_always();
        self.collect_archives_always();
        self.trim_history_always();
        self.keep_audit_always();
        self.start_scheduled_always();
        self.apply_scheduled_always();
        self.send_webhooks_always();
        self.sync_fleets_always();
        self
    }
}

fn not_present(error: StoreError) -> DeployerOpenError {
    match error {
        held @ StoreError::Held { .. } => DeployerOpenError::Busy(held),
        other => StateError::from(other).into(),
    }
}

/// A URL as messages show it: without what may be a password.
pub(crate) fn shown(url: &str) -> String {
    match url.split_once(':') {
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => {
            let options = project_deployer_store::PostgresOptions::parse(url);
            options.map_or_else(|_| "postgres:…".to_owned(), |options| options.shown_url())
        }
        Some((scheme, rest)) if scheme != "sqlite" && rest.contains("//") => {
            format!("{scheme}:…")
        }
        _ => url.to_owned(),
    }
}

impl Place {
    fn parse(url: &str) -> Result<Self, DeployerOpenError> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres),
            _ => Err(DeployerOpenError::Url { url: shown(url) }),
        }
    }
}

/// The file beside a store with this addition to its name. Earlier versions replaced the extension instead, so
/// that `a.db` and `a.sqlite` shared a file: that name is used for an old store without the new one.
pub(crate) fn beside(path: &Path, addition: &str, exists: bool) -> PathBuf {
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

pub(crate) fn create_directory_of(path: &Path) -> Result<(), OpenError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let created = directory.map_or(Ok(()), std::fs::create_dir_all);
    created.map_err(|source| OpenError::Unavailable {
        path: path.display().to_string(),
        source: source.into(),
    })
}
