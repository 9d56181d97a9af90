use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::document::{DocumentKey, Revision, Secrets};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::lease::Lease;

/// The length of an id, a name of a journal, of a secret or of a lease, in bytes.
const LONGEST_NAME: usize = 2560;

/// The length of the name of a kind of documents, in bytes.
const LONGEST_KIND: usize = 64;

/// How many lists and objects of a body may be inside each other. `serde_json` reads no more.
const DEEPEST: usize = 127;

/// Writes that happen together or not at all.
///
/// A store refuses writes that are fenced by a lease once another holder has had the lease: a deployer
/// that was suspended cannot overwrite its successor (R5).
#[derive(Clone)]
#[non_exhaustive]
#[must_use = "a commit does nothing until a store commits it"]
pub struct Commit {
    /// Its id, by which a caller finds out about it when the answer is lost.
    pub id: CommitId,
    /// The writes, in order.
    pub writes: Vec<Write>,
    /// New entries of journals, in order.
    pub entries: Vec<(JournalStream, Value)>,
    /// Journals that are removed with all entries.
    pub removed_journals: Vec<JournalStream>,
    /// The lease that this process must still hold.
    pub fence: Option<Lease>,
}

/// The id of a commit: random numbers of the system, so that no two commits of any processes have the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(u128);

/// One write.
#[derive(Clone)]
pub enum Write {
    /// Writes a document as a whole.
    Put {
        /// The document's key.
        key: DocumentKey,
        /// The expected present state.
        expected: Expected,
        /// The document.
        body: Value,
        /// Its secrets.
        secrets: Secrets,
    },
    /// Deletes a document.
    Delete {
        /// The document's key.
        key: DocumentKey,
        /// The expected present state.
        expected: Expected,
    },
    /// Writes nothing; only checks the expected state.
    Check {
        /// The document's key.
        key: DocumentKey,
        /// The expected present state.
        expected: Expected,
    },
}

/// The state of a document that a commit requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// No document.
    Absent,
    /// The document as this commit wrote it.
    Revision(Revision),
    /// Any state.
    Any,
}

impl Commit {
    /// An empty commit.
    pub fn new() -> Self {
        Self {
            id: CommitId::random(),
            writes: Vec::new(),
            entries: Vec::new(),
            removed_journals: Vec::new(),
            fence: None,
        }
    }

    /// Refuses what no store can write: two writes of one document, entries for a journal that is removed,
    /// names that are empty, longer than 2,560 bytes (64 for a kind) or hold a NUL, and bodies with more
    /// than 127 levels. Texts in a body may hold a NUL.
    ///
    /// # Errors
    ///
    /// [`StoreError::Malformed`] with the reason.
    pub fn well_formed(&self) -> Result<(), StoreError> {
        let mut keys = HashSet::new();
        for write in &self.writes {
            let (key, _) = write.expectation();
            check_length(key.collection.name(), LONGEST_KIND)?;
            check_name(&key.id)?;
            if !keys.insert(key) {
                return Err(StoreError::Malformed(format!("{key} occurs twice")));
            }
            if let Write::Put { body, secrets, .. } = write {
                secrets.keys().try_for_each(|field| check_name(field))?;
                check_levels(key, body)?;
            }
        }
        let removed: HashSet<_> = self.removed_journals.iter().collect();
        for stream in self.entries.iter().map(|(stream, _)| stream).chain(&self.removed_journals) {
            check_name(&stream.0)?;
        }
        self.entries.iter().try_for_each(|(stream, entry)| check_levels(stream, entry))?;
        match self.entries.iter().find(|(stream, _)| removed.contains(stream)) {
            Some((stream, _)) => {
                let why = format!("journal {stream} is written and removed");
                Err(StoreError::Malformed(why))
            }
            None => Ok(()),
        }
    }

    /// Adds a document without secrets.
    pub fn put(self, key: DocumentKey, expected: Expected, body: Value) -> Self {
        self.put_sealed(key, expected, body, Secrets::new())
    }

    /// Adds a document with secrets.
    pub fn put_sealed(
        mut self,
        key: DocumentKey,
        expected: Expected,
        body: Value,
        secrets: Secrets,
    ) -> Self {
        self.writes.push(Write::Put { key, expected, body, secrets });
        self
    }

    /// Deletes a document.
    pub fn delete(mut self, key: DocumentKey, expected: Expected) -> Self {
        self.writes.push(Write::Delete { key, expected });
        self
    }

    /// Requires this state.
    pub fn check(mut self, key: DocumentKey, expected: Expected) -> Self {
        self.writes.push(Write::Check { key, expected });
        self
    }

    /// Appends an entry to a journal.
    pub fn append(mut self, stream: JournalStream, entry: Value) -> Self {
        self.entries.push((stream, entry));
        self
    }

    /// Removes a journal with all its entries. A journal that does not exist is no error.
    pub fn remove_journal(mut self, stream: JournalStream) -> Self {
        self.removed_journals.push(stream);
        self
    }

    /// Requires that this process still holds the lease.
    pub fn fenced_by(mut self, lease: &Lease) -> Self {
        self.fence = Some(lease.clone());
        self
    }
}

/// Refuses a name that some store cannot hold.
pub(crate) fn check_name(name: &str) -> Result<(), StoreError> {
    check_length(name, LONGEST_NAME)
}

fn check_length(name: &str, longest: usize) -> Result<(), StoreError> {
    let why = match name {
        "" => "a name is empty".to_owned(),
        long if long.len() > longest => {
            format!("a name has {} bytes; at most {longest} are possible", long.len())
        }
        nul if nul.contains('\0') => format!("{nul:?} has a NUL character"),
        _ => return Ok(()),
    };
    Err(StoreError::Malformed(why))
}

/// Refuses a body that no store can read back.
fn check_levels(what: &impl fmt::Display, body: &Value) -> Result<(), StoreError> {
    if has_levels(body, DEEPEST) {
        return Ok(());
    }
    Err(StoreError::Malformed(format!("{what} has more than {DEEPEST} levels")))
}

fn has_levels(value: &Value, most: usize) -> bool {
    let within = |inner: &Value| has_levels(inner, most.saturating_sub(1));
    match value {
        Value::Array(items) => most > 0 && items.iter().all(within),
        Value::Object(fields) => most > 0 && fields.values().all(within),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// A number that the keys of the standard library make unpredictable.
fn hashed() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    RandomState::new().hash_one(NUMBER.fetch_add(1, Ordering::Relaxed))
}

impl Default for Commit {
    fn default() -> Self {
        Self::new()
    }
}

impl CommitId {
    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        match getrandom::fill(&mut bytes) {
            Ok(()) => Self::from_bytes(bytes),
            // The standard library has random keys too, which it drew when it could.
            Err(_) => Self(u128::from(hashed()) << 64 | u128::from(hashed())),
        }
    }

    /// An id that a store has read.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The id as a store writes it.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Write {
    /// The key and the expected present state.
    #[must_use]
    pub fn expectation(&self) -> (&DocumentKey, Expected) {
        match self {
            Self::Put { key, expected, .. }
            | Self::Delete { key, expected }
            | Self::Check { key, expected } => (key, *expected),
        }
    }
}

/// Shows what is written without contents: journals hold values that may be secret.
impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let streams: Vec<_> = self.entries.iter().map(|(stream, _)| stream).collect();
        f.debug_struct("Commit")
            .field("id", &self.id)
            .field("writes", &self.writes)
            .field("entries", &streams)
            .field("removed_journals", &self.removed_journals)
            .field("fence", &self.fence)
            .finish()
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Put { .. } => "put",
            Self::Delete { .. } => "delete",
            Self::Check { .. } => "check",
        };
        let (key, expected) = self.expectation();
        write!(f, "{kind} {key} ({expected:?})")
    }
}
