#[cfg(feature = "postgres")]
mod postgres;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use project_deployer_store::{
    ArchiveLocation, BundleArchive, KeySource, Keyring, Maintenance, MemoryArchive, OpenError,
    SecretsAtRest, SqliteStore,
};
#[cfg(feature = "postgres")]
use secrecy::SecretString;

use super::marks::mark;
use super::{State, StateError};
use crate::open::{beside, create_directory_of, shown};
use crate::state::StateMark;

/// Where a state is, and where its keys come from. `Debug` shows no password.
#[derive(Clone)]
#[must_use = "a place does nothing until it is opened"]
pub struct StatePlace {
    /// With a password, if the host has written one.
    whole_url: String,
    /// Without one.
    url: String,
    #[cfg(feature = "postgres")]
    password: Option<SecretString>,
    archives: Option<String>,
    keys: Keys,
}

/// Where keys come from.
#[derive(Debug, Clone)]
enum Keys {
    /// The key file beside the SQLite file.
    Beside,
    From(KeySource),
    Unencrypted,
    /// Keys that are known already; where they come from stays the same.
    Known(Keyring, KeySource),
}

/// What a URL names.
enum Target {
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<project_deployer_store::PostgresOptions>),
}

impl StatePlace {
    /// The state at a URL, `sqlite:` and the path of a file. Its key is in `NAME.key`, and its archives are in
    /// `NAME.bundles`, beside the file `NAME`.
    ///
    /// Or the state at `postgres://` with a host and a database (feature `postgres`). It needs
    /// [`archives_at`](Self::archives_at), and [`keys_from`](Self::keys_from) or [`unencrypted`](Self::unencrypted).
    pub fn at(url: impl Into<String>) -> Self {
        let url = url.into();
        Self {
            url: shown(&url),
            whole_url: url,
            #[cfg(feature = "postgres")]
            password: None,
            archives: None,
            keys: Keys::Beside,
        }
    }

    /// With the password of a database whose URL has none.
    #[cfg(feature = "postgres")]
    pub fn password(self, password: SecretString) -> Self {
        Self { password: Some(password), ..self }
    }

    /// With archives at another URL: `file:` and the path of a directory, or `s3://BUCKET/PREFIX` (feature `s3`).
    pub fn archives_at(self, url: impl Into<String>) -> Self {
        Self { archives: Some(url.into()), ..self }
    }

    /// With keys from another source.
    pub fn keys_from(self, source: KeySource) -> Self {
        Self { keys: Keys::From(source), ..self }
    }

    /// Without encryption: whoever reads the store has the admin keys of all nodes.
    pub fn unencrypted(self) -> Self {
        Self { keys: Keys::Unencrypted, ..self }
    }

    /// The keys of another place, if no others were named and there is no key file beside the store: a backup
    /// has none.
    pub fn or_keys_of(self, other: &Self) -> Self {
        let key_of = |path: &Path| beside(path, "key", path.exists());
        let is_missing = |path: &Path| !key_of(path).exists();
        let keys = match (&self.keys, self.path(), &other.keys, other.path()) {
            (Keys::Beside, Some(path), Keys::Beside, Some(theirs)) if is_missing(&path) => {
                Keys::From(KeySource::File(key_of(&theirs)))
            }
            (Keys::Beside, Some(path), named, _) if is_missing(&path) => named.clone(),
            (named, ..) => named.clone(),
        };
        Self { keys, ..self }
    }

    /// With secrets that are kept as in another state, if no keys were named.
    pub(super) fn sealed_like(self, other: &State, is_sealed: bool) -> Result<Self, StateError> {
        let keys = match (&self.keys, &other.keys) {
            (Keys::Beside, _) if !is_sealed => Keys::Unencrypted,
            (Keys::Beside, Some(source)) => Keys::Known(source.read()?, source.clone()),
            (named, _) => named.clone(),
        };
        Ok(Self { keys, ..self })
    }

    /// The archives of another state, if none were named and there is no place for some.
    pub(super) fn or_archives_of(self, other: &State) -> Self {
        let elsewhere = self.path().is_none().then(|| other.archives.clone());
        Self { archives: self.archives.or(elsewhere), ..self }
    }

    /// The URL, without a password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens a state that is there. Nothing is created, and secrets stay sealed as they are.
    ///
    /// # Errors
    ///
    /// The URL is malformed, there is no state, or it cannot be used.
    pub async fn open(&self) -> Result<State, StateError> {
        match self.target()? {
            Target::Sqlite(path) => self.open_sqlite(path).await,
            #[cfg(feature = "postgres")]
            Target::Postgres(options) => self.open_postgres(&options).await,
        }
    }

    async fn open_sqlite(&self, path: PathBuf) -> Result<State, StateError> {
        if !path.exists() {
            return Err(OpenError::Absent { path: path.display().to_string() }.into());
        }
        let (secrets, keys) = self.secrets(&path, false)?;
        let store = SqliteStore::open_existing(&path, secrets).await?;
        // A backup may name archives elsewhere.
        let elsewhere = mark(&store, StateMark::ARCHIVES).await?;
        let archives = self.archives.clone().or(elsewhere);
        self.state((&path, true), store, (archives, keys), false).await
    }

    /// Creates a state, or opens one that is there.
    ///
    /// # Errors
    ///
    /// The URL is malformed, or the state cannot be created or used.
    pub async fn create(&self) -> Result<State, StateError> {
        match self.target()? {
            Target::Sqlite(path) => self.create_sqlite(path).await,
            #[cfg(feature = "postgres")]
            Target::Postgres(options) => self.create_postgres(&options).await,
        }
    }

    async fn create_sqlite(&self, path: PathBuf) -> Result<State, StateError> {
        create_directory_of(&path)?;
        // A new state never uses what is beside an older one.
        let exists = path.exists();
        let (secrets, keys) = self.secrets(&path, true)?;
        let store = SqliteStore::open(&path, secrets).await?;
        self.state((&path, exists), store, (self.archives.clone(), keys), true).await
    }

    /// Creates a state where none is.
    ///
    /// # Errors
    ///
    /// The same, and [`StateError::NotEmpty`] if there is one.
    pub async fn init(&self) -> Result<State, StateError> {
        let exists = match self.target()? {
            Target::Sqlite(path) => path.exists(),
            #[cfg(feature = "postgres")]
            Target::Postgres(options) => self.is_in_postgres(&options).await?,
        };
        if exists {
            return Err(StateError::NotEmpty { url: self.url.clone() });
        }
        self.create().await
    }

    fn target(&self) -> Result<Target, StateError> {
        if let Some(path) = self.path() {
            return Ok(Target::Sqlite(path));
        }
        #[cfg(feature = "postgres")]
        if self.whole_url.starts_with("postgres:") || self.whole_url.starts_with("postgresql:") {
            let options = postgres::options(&self.whole_url, self.password.as_ref())?;
            return Ok(Target::Postgres(Box::new(options)));
        }
        Err(StateError::Url { url: self.url.clone() })
    }

    /// The file of a state in SQLite.
    fn path(&self) -> Option<PathBuf> {
        match self.whole_url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Some(PathBuf::from(path)),
            _ => None,
        }
    }

    async fn state(
        &self,
        (path, exists): (&Path, bool),
        store: SqliteStore,
        (archives, keys): (Option<String>, Option<KeySource>),
        creates: bool,
    ) -> Result<State, StateError> {
        let location = match archives.as_deref() {
            None => ArchiveLocation::Directory(beside(path, "bundles", exists)),
            Some(url) => location_at(url)?,
        };
        self.with_archives(Arc::new(store), keys, location, creates).await
    }

    async fn with_archives(
        &self,
        store: Arc<dyn Maintenance>,
        keys: Option<KeySource>,
        location: ArchiveLocation,
        creates: bool,
    ) -> Result<State, StateError> {
        let (archive, archives) = archives_at(location, creates).await?;
        Ok(State { store, archive, name: self.url.clone(), archives, keys, actor: None })
    }

    /// A new key would not open a state that is there.
    fn secrets(
        &self,
        path: &Path,
        creates: bool,
    ) -> Result<(SecretsAtRest, Option<KeySource>), StateError> {
        let sealed = |ring, source| (SecretsAtRest::Sealed(ring), source);
        Ok(match &self.keys {
            Keys::Unencrypted => (SecretsAtRest::Plain, None),
            Keys::Known(ring, source) => sealed(ring.clone(), Some(source.clone())),
            Keys::From(source) => sealed(source.read()?, Some(source.clone())),
            Keys::Beside => {
                let file = beside(path, "key", path.exists());
                let ring = match creates && !path.exists() {
                    true => Keyring::from_file_or_new(&file)?,
                    false => Keyring::from_file(&file)?,
                };
                sealed(ring, Some(KeySource::File(file)))
            }
        })
    }
}

impl fmt::Debug for StatePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatePlace")
            .field("url", &self.url)
            .field("archives", &self.archives)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// The place of archives that a URL names. Those in memory would not stay.
fn location_at(url: &str) -> Result<ArchiveLocation, StateError> {
    match url.parse() {
        Ok(ArchiveLocation::Memory) | Err(_) => Err(StateError::ArchiveUrl { url: url.to_owned() }),
        Ok(location) => Ok(location),
    }
}

/// The archives at a place, and what messages call it.
async fn archives_at(
    location: ArchiveLocation,
    creates: bool,
) -> Result<(Arc<dyn BundleArchive>, String), StateError> {
    let location = match location {
        ArchiveLocation::Directory(directory) => {
            // The name is kept in backups, which are read from elsewhere.
            ArchiveLocation::Directory(std::path::absolute(&directory).unwrap_or(directory))
        }
        elsewhere => elsewhere,
    };
    let name = location.to_string();
    if let ArchiveLocation::Directory(directory) = &location
        && !creates
        && !directory.exists()
    {
        // To look for archives creates nothing.
        return Ok((Arc::new(MemoryArchive::new()), name));
    }
    Ok((location.open().await?, name))
}
