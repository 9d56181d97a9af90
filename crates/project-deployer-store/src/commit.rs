use std::fmt;

use serde_json::Value;

use crate::document::{DocumentKey, Secrets, Version};
use crate::lease::Lease;
use crate::store::JournalStream;

/// Writes that happen together or not at all.
///
/// Fenced by a lease, they do not happen once somebody else has held the lease: a deployer that was
/// asleep cannot write over its successor (R5).
#[derive(Default)]
#[must_use = "a commit does nothing until it is handed to a store"]
pub struct Commit {
    /// What is written, in order.
    pub writes: Vec<Write>,
    /// What is added to the journal, in order.
    pub entries: Vec<(JournalStream, Value)>,
    /// The lease that must still be ours.
    pub fence: Option<Lease>,
}

/// One write.
#[derive(Clone)]
pub enum Write {
    /// Writes a document as a whole.
    Put {
        /// Where.
        key: DocumentKey,
        /// What must stand there now.
        expected: Expected,
        /// The document.
        body: Value,
        /// Its secrets.
        secrets: Secrets,
    },
    /// Deletes a document.
    Delete {
        /// Where.
        key: DocumentKey,
        /// What must stand there now.
        expected: Expected,
    },
    /// Writes nothing, but what it expects must hold.
    Check {
        /// Where.
        key: DocumentKey,
        /// What must stand there now.
        expected: Expected,
    },
}

/// What must stand at a place for a commit to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// The document in this version.
    Version(Version),
    /// Anything or nothing.
    Any,
}

impl Commit {
    /// A commit of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a document without secrets.
    pub fn put(self, key: DocumentKey, expected: Expected, body: Value) -> Self {
        self.put_sealed(key, expected, body, Secrets::new())
    }

    /// With a document and its secrets.
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

    /// Without a document.
    pub fn delete(mut self, key: DocumentKey, expected: Expected) -> Self {
        self.writes.push(Write::Delete { key, expected });
        self
    }

    /// Only if this holds.
    pub fn check(mut self, key: DocumentKey, expected: Expected) -> Self {
        self.writes.push(Write::Check { key, expected });
        self
    }

    /// With an entry at the end of a journal.
    pub fn append(mut self, stream: JournalStream, entry: Value) -> Self {
        self.entries.push((stream, entry));
        self
    }

    /// Only while the lease is ours.
    pub fn fenced_by(mut self, lease: &Lease) -> Self {
        self.fence = Some(lease.clone());
        self
    }
}

impl Write {
    /// Where, and what must stand there now.
    #[must_use]
    pub fn expectation(&self) -> (&DocumentKey, Expected) {
        match self {
            Self::Put { key, expected, .. }
            | Self::Delete { key, expected }
            | Self::Check { key, expected } => (key, *expected),
        }
    }
}

/// What is written, but not its contents: journals hold values that people consider secret.
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
