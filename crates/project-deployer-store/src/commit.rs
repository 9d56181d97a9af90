use std::fmt;

use serde_json::Value;

use crate::document::{DocumentKey, Secrets, Version};
use crate::lease::Lease;
use crate::store::JournalStream;

/// Writes that happen together or not at all.
///
/// A store refuses writes that are fenced by a lease once another holder has had the lease: a deployer
/// that was suspended cannot overwrite its successor (R5).
#[derive(Default)]
#[non_exhaustive]
#[must_use = "a commit does nothing until a store commits it"]
pub struct Commit {
    /// The writes, in order.
    pub writes: Vec<Write>,
    /// New entries of journals, in order.
    pub entries: Vec<(JournalStream, Value)>,
    /// The lease that this process must still hold.
    pub fence: Option<Lease>,
}

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
    /// The document with this version.
    Version(Version),
    /// Any state.
    Any,
}

impl Commit {
    /// An empty commit.
    pub fn new() -> Self {
        Self::default()
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

    /// Requires that this process still holds the lease.
    pub fn fenced_by(mut self, lease: &Lease) -> Self {
        self.fence = Some(lease.clone());
        self
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
            .field("writes", &self.writes)
            .field("entries", &streams)
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
