use std::path::{Path, PathBuf};
use std::sync::Arc;

use project_deployer_store::{
    ArchiveLocation, BundleArchive, KeySource, Keyring, MemoryArchive, OpenError, SecretsAtRest,
    SqliteStore,
};

use super::marks::mark;
use super::{State, StateError};
use crate::open::{beside, create_directory_of};
use crate::state::StateMark;

/// Where a state is, and where its keys come from.
#[derive(Debug, Clone)]
#[must_use = "a place does nothing until it is opened"]
pub struct StatePlace {
    url: String,
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

impl StatePlace {
    /// The state at a URL, `sqlite:` and the path of a file. Its key is in `NAME.key`, and its archives are in
    /// `NAME.bundles`, beside the file `NAME`.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), archives: None, keys: Keys::Beside }
    }

    /// With archives at another URL: `file:` and the path of a directory.
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
        let keys = match (&self.keys, &self.path().ok(), &other.path().ok()) {
            (Keys::Beside, Some(path), Some(theirs)) if is_missing(path) => match &other.keys {
                Keys::Beside => Keys::From(KeySource::File(key_of(theirs))),
                named => named.clone(),
            },
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

    /// The URL.
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
        let path = self.path()?;
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
        let path = self.path()?;
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
        if self.path()?.exists() {
            return Err(StateError::NotEmpty { url: self.url.clone() });
        }
        self.create().await
    }

    fn path(&self) -> Result<PathBuf, StateError> {
        match self.url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(PathBuf::from(path)),
            _ => Err(StateError::Url { url: self.url.clone() }),
        }
    }

    async fn state(
        &self,
        (path, exists): (&Path, bool),
        store: SqliteStore,
        (archives, keys): (Option<String>, Option<KeySource>),
        creates: bool,
    ) -> Result<State, StateError> {
        let beside = beside(path, "bundles", exists);
        let (archive, archives) = archives_at(archives.as_deref(), beside, creates).await?;
        Ok(State { store: Arc::new(store), archive, name: self.url.clone(), archives, keys })
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

/// The archives at a URL, or beside the file of the store.
async fn archives_at(
    url: Option<&str>,
    beside: PathBuf,
    creates: bool,
) -> Result<(Arc<dyn BundleArchive>, String), StateError> {
    let location = match url {
        None => ArchiveLocation::Directory(beside),
        Some(url) => url.parse().map_err(|_| StateError::ArchiveUrl { url: url.to_owned() })?,
    };
    let location = match location {
        ArchiveLocation::Directory(directory) => {
            // The name is kept in backups, which are read from elsewhere.
            ArchiveLocation::Directory(std::path::absolute(&directory).unwrap_or(directory))
        }
        ArchiveLocation::Memory => {
            return Err(StateError::ArchiveUrl { url: url.unwrap_or_default().to_owned() });
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
