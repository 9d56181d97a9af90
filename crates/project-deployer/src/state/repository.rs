use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_store::{
    Collection, Commit, Document, DocumentKey, Expected, Revision, Secrets, Store, StoreError,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::sleep;

use super::records::noun_of;

/// The version of the documents that this program writes. It reads this one and every older one.
const FORMAT: u64 = 1;

/// How often a commit whose answer was lost is sent again, and the pause before.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// A value that the engine stores as a document.
pub(crate) trait Record: Sized {
    /// The kind.
    const KIND: Collection;

    /// What errors call it.
    const NOUN: &'static str;

    /// The id within the kind.
    fn id(&self) -> String;

    /// The document and its secrets.
    fn write(&self) -> Result<(Value, Secrets), Box<dyn Error + Send + Sync>>;

    /// Reads what [`Self::write`] wrote.
    fn read(stored: Stored) -> Result<Self, Box<dyn Error + Send + Sync>>;
}

/// What a record wrote. `Debug` leaves out the body, which may hold secret values.
pub(crate) struct Stored {
    pub(crate) body: Value,
    /// Empty in a list.
    pub(crate) secrets: Secrets,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("secrets", &self.secrets).finish_non_exhaustive()
    }
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
        Self::expecting(value, Expected::Absent)
    }

    /// A record that was read in this revision.
    pub(crate) fn read(value: T, revision: Revision) -> Self {
        Self::expecting(value, Expected::Revision(revision))
    }

    /// The record in a document.
    pub(crate) fn of(key: &DocumentKey, document: Document) -> Result<Self, DeployerError>
    where
        T: Record,
    {
        let stored = Stored { body: document.body, secrets: document.secrets };
        Ok(Self::read(decode(key, stored)?, document.revision))
    }

    /// A record in the state that a change expects.
    pub(crate) fn expecting(value: T, expected: Expected) -> Self {
        Self { value, expected }
    }
}

/// A record as it was read: which document, and in which state a change expects it.
pub(crate) trait AsRead {
    fn key(&self) -> DocumentKey;
    fn expected(&self) -> Expected;
}

/// A record that was read with everything in it, so that it can be replaced.
pub(crate) trait Replaceable: AsRead {
    type Record: Record;
}

impl<T: Record> AsRead for VersionedRecord<T> {
    fn key(&self) -> DocumentKey {
        T::KIND.key(self.value.id())
    }

    fn expected(&self) -> Expected {
        self.expected
    }
}

impl<T: Record> Replaceable for VersionedRecord<T> {
    type Record = T;
}

/// A record that was looked for.
#[derive(Debug)]
pub(crate) enum Found<T> {
    Absent,
    Readable(VersionedRecord<T>),
    /// It is there, and this program cannot read it.
    Unreadable {
        /// Why.
        error: DeployerError,
        /// What a commit that replaces it expects: anything, if the store cannot say what is there.
        expected: Expected,
        /// Whether a newer version of this program wrote it.
        is_newer: bool,
    },
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
        let Some(document) = document else { return Ok(None) };
        VersionedRecord::of(&key, document).map(Some)
    }

    /// The same, where it is an error that a record does not exist.
    pub(crate) async fn existing<T: Record>(
        &self,
        id: impl fmt::Display,
    ) -> Result<VersionedRecord<T>, DeployerError> {
        let found = self.find(&id).await?;
        found.ok_or_else(|| DeployerError::not_found(T::NOUN, id))
    }

    /// The same as [`find`](Self::find), where a record that cannot be read is no failure.
    pub(crate) async fn find_readable<T: Record>(
        &self,
        id: impl fmt::Display,
    ) -> Result<Found<T>, DeployerError> {
        let key = T::KIND.key(id);
        let document = match self.store.read(&key).await {
            Ok(None) => return Ok(Found::Absent),
            Ok(Some(document)) => document,
            Err(error @ StoreError::Damaged { .. }) => {
                let (error, expected) = (unavailable(error), Expected::Any);
                return Ok(Found::Unreadable { error, expected, is_newer: false });
            }
            Err(error) => return Err(unavailable(error)),
        };
        let expected = Expected::Revision(document.revision);
        let is_newer = format_of(&document.body).is_some_and(|format| format > FORMAT);
        Ok(match VersionedRecord::of(&key, document) {
            Ok(record) => Found::Readable(record),
            Err(error) => Found::Unreadable { error, expected, is_newer },
        })
    }

    /// Commits work of the engine itself, which has no audit record. A session commits with
    /// [`Deployer::commit_change`](crate::Deployer). A commit whose answer was lost is sent again: a store writes it
    /// once.
    pub(crate) async fn commit_unaudited(&self, commit: Commit) -> Result<(), DeployerError> {
        self.commit_unaudited_at(commit).await.map(|_| ())
    }

    /// The same. Returns the revision.
    pub(crate) async fn commit_unaudited_at(
        &self,
        commit: Commit,
    ) -> Result<Revision, DeployerError> {
        self.written(commit).await.map_err(unavailable)
    }

    async fn written(&self, commit: Commit) -> Result<Revision, StoreError> {
        let mut unknown = None;
        for _ in 0..ATTEMPTS {
            match (self.store.commit(commit.clone()).await, &unknown) {
                (Err(error @ StoreError::Unknown { .. }), _) => unknown = Some(error),
                // The first one may have been written all the same.
                (Err(error), Some(_)) if !error.is_decided() => {}
                (answer, _) => return answer,
            }
            sleep(PAUSE).await;
        }
        match unknown {
            Some(unknown) => Err(unknown),
            None => self.store.commit(commit).await,
        }
    }
}

pub(crate) fn decode<T: Record>(key: &DocumentKey, stored: Stored) -> Result<T, DeployerError> {
    decoded(key, stored).map_err(|error| DeployerError::state(key.to_string(), error))
}

/// The record in a document, or why this program cannot read it.
pub(crate) fn decoded<T: Record>(
    key: &DocumentKey,
    stored: Stored,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    let body = of_this_format(stored.body)?;
    let record = T::read(Stored { body, ..stored })?;
    match record.id() {
        id if id == key.id => Ok(record),
        other => Err(format!("it has the id `{other}` inside").into()),
    }
}

/// A document as it is stored: with the version of its format, so that it can change.
fn formatted(body: Value) -> Value {
    let fields = [("format", Value::from(FORMAT)), ("document", body)];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn format_of(stored: &Value) -> Option<u64> {
    stored.get("format").and_then(Value::as_u64)
}

/// The document, if this program knows its format.
fn of_this_format(mut stored: Value) -> Result<Value, Box<dyn Error + Send + Sync>> {
    match format_of(&stored) {
        Some(1..=FORMAT) => Ok(stored["document"].take()),
        Some(newer) => {
            let text = format!(
                "its format is {newer}, and this program knows formats up to {FORMAT}; \
                 use the program that wrote it, or a newer one"
            );
            Err(text.into())
        }
        None => Err("it has no format; it was not written by a Deployer".into()),
    }
}

/// A record that is read from the text of its document, if that has just the form in which this program writes it. Every
/// other document is read as a value.
pub(crate) fn as_written<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Formatted<T> {
        format: u64,
        document: T,
    }
    let read: Formatted<T> = serde_json::from_slice(text).ok()?;
    (1..=FORMAT).contains(&read.format).then_some(read.document)
}

/// Converts an error of the store into one of the Deployer.
pub(crate) fn unavailable(error: StoreError) -> DeployerError {
    match error {
        StoreError::Conflict(key) => {
            DeployerError::ChangedMeanwhile(ResourceRef::new(noun_of(&key.collection), key.id))
        }
        other => DeployerError::state("the Deployer", other),
    }
}

/// The kind of guards.
pub(crate) const GUARDS: Collection = Collection::new("reference-guard");

/// The guard of an object that others refer to by id. Adding a reference writes it. Removing the
/// object requires that it is unchanged since the search for references.
pub(crate) fn references_to(kind: &Collection, id: impl fmt::Display) -> DocumentKey {
    GUARDS.key(format!("{kind} {id}"))
}

/// Commits of records.
pub(crate) trait RecordCommit: Sized {
    /// Replaces a record that was read.
    fn replace<F: Replaceable>(self, found: &F, new: &F::Record) -> Result<Self, DeployerError>;

    /// Creates a record, if there is none yet.
    fn create<T: Record>(self, new: &T) -> Result<Self, DeployerError>;

    /// Writes a record, whatever is there. Only where a lease keeps others from writing it.
    fn overwrite<T: Record>(self, new: &T) -> Result<Self, DeployerError>;

    /// Writes a record in the place of one that cannot be read.
    fn replace_unreadable<T: Record>(
        self,
        expected: Expected,
        new: &T,
    ) -> Result<Self, DeployerError>;

    /// Removes a record, if it is unchanged since it was read.
    fn remove(self, found: &impl AsRead) -> Self;

    /// Commits only if a record is unchanged since it was read.
    fn unchanged(self, found: &impl AsRead) -> Self;

    /// Records that something refers to an object from now on.
    fn refer(self, guard: DocumentKey) -> Self;

    /// Commits only if there is no new reference to an object since the guard was read.
    fn unreferenced(self, guard: &VersionedRecord<DocumentKey>) -> Self;

    /// The same, and records one.
    fn refer_first(self, guard: &VersionedRecord<DocumentKey>) -> Self;

    /// Commits only if there is no new reference, and removes the guard, together with the only object that it guards.
    fn without_guard(self, guard: &VersionedRecord<DocumentKey>) -> Self;
}

fn put<T: Record>(commit: Commit, expected: Expected, new: &T) -> Result<Commit, DeployerError> {
    let key = T::KIND.key(new.id());
    let (body, secrets) =
        new.write().map_err(|error| DeployerError::state(key.to_string(), error))?;
    Ok(commit.put_sealed(key, expected, formatted(body), secrets))
}

impl RecordCommit for Commit {
    fn replace<F: Replaceable>(self, found: &F, new: &F::Record) -> Result<Self, DeployerError> {
        put(self, found.expected(), new)
    }

    fn create<T: Record>(self, new: &T) -> Result<Self, DeployerError> {
        put(self, Expected::Absent, new)
    }

    fn overwrite<T: Record>(self, new: &T) -> Result<Self, DeployerError> {
        put(self, Expected::Any, new)
    }

    fn replace_unreadable<T: Record>(
        self,
        expected: Expected,
        new: &T,
    ) -> Result<Self, DeployerError> {
        put(self, expected, new)
    }

    fn remove(self, found: &impl AsRead) -> Self {
        self.delete(found.key(), found.expected())
    }

    fn unchanged(self, found: &impl AsRead) -> Self {
        self.check(found.key(), found.expected())
    }

    fn refer(self, guard: DocumentKey) -> Self {
        self.put(guard, Expected::Any, Value::Null)
    }

    fn unreferenced(self, guard: &VersionedRecord<DocumentKey>) -> Self {
        self.check(guard.value.clone(), guard.expected)
    }

    fn refer_first(self, guard: &VersionedRecord<DocumentKey>) -> Self {
        self.put(guard.value.clone(), guard.expected, Value::Null)
    }

    fn without_guard(self, guard: &VersionedRecord<DocumentKey>) -> Self {
        self.delete(guard.value.clone(), guard.expected)
    }
}
