use std::error::Error;
use std::fmt;
use std::sync::Arc;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_store::{
    Collection, Commit, Document, DocumentKey, Expected, Secrets, Store, StoreError,
};
use serde_json::Value;

/// A value that the engine stores as a document.
pub(crate) trait Record: Sized {
    /// The kind, which errors also use as the noun.
    const KIND: Collection;

    /// The id within the kind.
    fn id(&self) -> String;

    /// The document and its secrets.
    fn write(&self) -> Result<(Value, Secrets), Box<dyn Error + Send + Sync>>;

    /// Reads what [`Self::write`] wrote.
    fn read(document: Document) -> Result<Self, Box<dyn Error + Send + Sync>>;
}

/// A record as it was read. A change refers to it, so that a concurrent change is detected.
#[derive(Debug, Clone)]
pub(crate) struct VersionedRecord<T> {
    pub(crate) value: T,
    expected: Expected,
}

impl<T> VersionedRecord<T> {
    /// A record that was never written.
    pub(crate) fn unwritten(value: T) -> Self {
        Self { value, expected: Expected::Absent }
    }
}

/// Reads and writes records.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) store: Arc<dyn Store>,
}

impl Repository {
    /// Reads a record; `None` when it does not exist.
    pub(crate) async fn find<T: Record>(
        &self,
        id: impl fmt::Display,
    ) -> Result<Option<VersionedRecord<T>>, DeployerError> {
        let key = T::KIND.key(id);
        let document = self.store.read(&key).await.map_err(unavailable)?;
        document.map(|document| decode(&key, document)).transpose()
    }

    /// All records of a kind, by id; an error when one of them cannot be read. For decisions.
    pub(crate) async fn all<T: Record>(&self) -> Result<Vec<VersionedRecord<T>>, DeployerError> {
        let documents = self.store.list(T::KIND).await.map_err(unavailable)?;
        documents.into_iter().map(|(id, document)| decode(&T::KIND.key(id), document)).collect()
    }

    /// The records of a kind that can be read, by id: for lists, which must not fail because of one
    /// record (R-I9). Records that cannot be read are logged.
    pub(crate) async fn readable<T: Record>(
        &self,
    ) -> Result<Vec<VersionedRecord<T>>, DeployerError> {
        let documents = self.store.list(T::KIND).await.map_err(unavailable)?;
        let read = |(id, document): (String, Document)| {
            let key = T::KIND.key(id);
            decode(&key, document)
                .inspect_err(|error| tracing::error!(%key, %error, "a record cannot be read"))
                .ok()
        };
        Ok(documents.into_iter().filter_map(read).collect())
    }

    /// The current state of a guard, for a later [`RecordCommit::unreferenced`].
    pub(crate) async fn guard(
        &self,
        key: DocumentKey,
    ) -> Result<VersionedRecord<DocumentKey>, DeployerError> {
        let document = self.store.read(&key).await.map_err(unavailable)?;
        let expected = document.map_or(Expected::Absent, |found| Expected::Version(found.version));
        Ok(VersionedRecord { value: key, expected })
    }

    /// Commits changes.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), DeployerError> {
        self.store.commit(commit).await.map_err(unavailable)
    }
}

fn decode<T: Record>(
    key: &DocumentKey,
    document: Document,
) -> Result<VersionedRecord<T>, DeployerError> {
    let expected = Expected::Version(document.version);
    let value = T::read(document).map_err(|error| DeployerError::state(key.to_string(), error))?;
    Ok(VersionedRecord { value, expected })
}

/// Converts an error of the store into one of the Deployer.
pub(crate) fn unavailable(error: StoreError) -> DeployerError {
    match error {
        StoreError::Conflict(key) => {
            DeployerError::ChangedMeanwhile(ResourceRef::new(key.collection.0, key.id))
        }
        other => DeployerError::state("the Deployer", other),
    }
}

/// The guard of an object that others refer to by id. Adding a reference writes it. Removing the
/// object requires that it is unchanged since the search for references.
pub(crate) fn references_to(kind: Collection, id: impl fmt::Display) -> DocumentKey {
    Collection("reference_guard").key(format!("{kind} {id}"))
}

/// Commits of records.
pub(crate) trait RecordCommit: Sized {
    /// Replaces a record that was read.
    fn replace<T: Record>(self, found: &VersionedRecord<T>, new: &T)
    -> Result<Self, DeployerError>;

    /// Creates a record, if there is none yet.
    fn create<T: Record>(self, new: &T) -> Result<Self, DeployerError>;

    /// Removes a record, if it is unchanged since it was read.
    fn remove<T: Record>(self, found: &VersionedRecord<T>) -> Self;

    /// Commits only if a record is unchanged since it was read.
    fn unchanged<T: Record>(self, found: &VersionedRecord<T>) -> Self;

    /// Records that something refers to an object from now on.
    fn refer(self, guard: DocumentKey) -> Self;

    /// Commits only if there is no new reference to an object since the guard was read.
    fn unreferenced(self, guard: &VersionedRecord<DocumentKey>) -> Self;
}

fn put<T: Record>(commit: Commit, expected: Expected, new: &T) -> Result<Commit, DeployerError> {
    let key = T::KIND.key(new.id());
    let (body, secrets) =
        new.write().map_err(|error| DeployerError::state(key.to_string(), error))?;
    Ok(commit.put_sealed(key, expected, body, secrets))
}

impl RecordCommit for Commit {
    fn replace<T: Record>(
        self,
        found: &VersionedRecord<T>,
        new: &T,
    ) -> Result<Self, DeployerError> {
        put(self, found.expected, new)
    }

    fn create<T: Record>(self, new: &T) -> Result<Self, DeployerError> {
        put(self, Expected::Absent, new)
    }

    fn remove<T: Record>(self, found: &VersionedRecord<T>) -> Self {
        self.delete(T::KIND.key(found.value.id()), found.expected)
    }

    fn unchanged<T: Record>(self, found: &VersionedRecord<T>) -> Self {
        self.check(T::KIND.key(found.value.id()), found.expected)
    }

    fn refer(self, guard: DocumentKey) -> Self {
        self.put(guard, Expected::Any, Value::Null)
    }

    fn unreferenced(self, guard: &VersionedRecord<DocumentKey>) -> Self {
        self.check(guard.value.clone(), guard.expected)
    }
}
