use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::document::{Collection, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::store::Store;

/// What an administrator does with a store as a whole: count, check, copy, and change its key.
///
/// Implementations pass the suite of [`crate::conformance::maintenance`] (feature `test-support`). Other
/// processes may use the store meanwhile.
///
/// # Errors
///
/// As for [`Store`].
#[async_trait]
pub trait Maintenance: Store {
    /// What the store holds, counted.
    async fn inventory(&self) -> Result<Inventory, StoreError>;

    /// One page of the keys of all documents after a key, by kind and id, byte by byte. A page with fewer
    /// keys than the limit is the last one. Documents that cannot be read are among them.
    async fn keys(
        &self,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<DocumentKey>, StoreError>;

    /// One page of the journals that have entries after a name, byte by byte. A page with fewer journals than
    /// the limit is the last one.
    async fn journals(
        &self,
        after: Option<&JournalStream>,
        limit: usize,
    ) -> Result<Vec<JournalStream>, StoreError>;

    /// What the store finds damaged in its own files, such as a checksum that does not fit.
    async fn damage(&self) -> Result<Vec<StoreDamage>, StoreError>;

    /// The present state as a store that can only be read: later commits do not change it. None if the store
    /// cannot do this. Drop it soon: some stores cannot give space back meanwhile.
    async fn snapshot(&self) -> Result<Option<Arc<dyn Maintenance>>, StoreError>;

    /// Raises counters that are lower, so that no revision and no fencing token of another store is used
    /// again in this one. Changes up to that revision can no longer be read one by one.
    async fn advance(&self, counters: Counters) -> Result<(), StoreError>;

    /// Makes the newest key of the key ring the one that seals from now on, in every process, and seals at
    /// most `limit` secrets with it that are sealed with another one, or those of one document. Each call is one
    /// step: what was sealed before the process died stays sealed. Without encryption there is nothing to seal.
    async fn seal_again(&self, limit: usize) -> Result<Resealed, StoreError>;

    /// Gives space that is not used any more back to the file system, where this is not done anyway. Commits
    /// may wait meanwhile.
    async fn shrink(&self) -> Result<(), StoreError>;
}

/// What a store holds, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inventory {
    /// The version of its tables; none if it has no tables.
    pub schema: Option<u64>,
    /// The number of documents of each kind.
    pub documents: BTreeMap<Collection, u64>,
    /// The number of journals that have entries.
    pub journals: u64,
    /// The counters.
    pub counters: Counters,
    /// How secrets are kept.
    pub sealing: Sealing,
}

/// Numbers that a store never uses twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// The last commit.
    pub revision: Revision,
    /// The last fencing token.
    pub token: u64,
}

/// How the secrets of a store are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Sealing {
    /// The id of the key that seals; none if secrets are not sealed.
    pub current: Option<String>,
    /// The number of secrets that each key sealed, by the id of the key.
    pub by_key: BTreeMap<String, u64>,
    /// The number of secrets that no key sealed: all of them, or damaged ones.
    pub unsealed: u64,
}

/// What [`Maintenance::seal_again`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resealed {
    /// How many secrets were sealed with the newest key.
    pub sealed: u64,
    /// How many are left that are sealed with another key.
    pub left: u64,
}

/// Something damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreDamage {
    /// What is damaged.
    pub object: Damaged,
    /// What is wrong with it.
    pub what: String,
}

/// What is damaged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Damaged {
    /// A document.
    Document(DocumentKey),
    /// An entry of a journal.
    Entry(JournalStream, u64),
    /// A part of the store that is neither.
    Storage,
}

impl Inventory {
    /// Nothing yet, with these counters.
    #[must_use]
    pub fn new(counters: Counters) -> Self {
        Self {
            schema: None,
            documents: BTreeMap::new(),
            journals: 0,
            counters,
            sealing: Sealing::default(),
        }
    }
}

impl Counters {
    /// The last commit and the last fencing token.
    #[must_use]
    pub fn new(revision: Revision, token: u64) -> Self {
        Self { revision, token }
    }
}

impl Resealed {
    /// How many were sealed, and how many are left.
    #[must_use]
    pub fn new(sealed: u64, left: u64) -> Self {
        Self { sealed, left }
    }
}

impl StoreDamage {
    /// Damage as a store reports it.
    #[must_use]
    pub fn new(object: Damaged, what: impl Into<String>) -> Self {
        Self { object, what: what.into() }
    }
}

impl Sealing {
    /// The number of secrets.
    #[must_use]
    pub fn secrets(&self) -> u64 {
        self.by_key.values().sum::<u64>() + self.unsealed
    }

    /// The number of secrets that need a key to be opened.
    #[must_use]
    pub fn sealed_with(&self, key: &str) -> u64 {
        self.by_key.get(key).copied().unwrap_or_default()
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(key) => key.fmt(f),
            Self::Entry(stream, sequence) => write!(f, "entry {sequence} of journal {stream}"),
            Self::Storage => f.write_str("the storage"),
        }
    }
}
