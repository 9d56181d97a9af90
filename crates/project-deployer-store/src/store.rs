use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::commit::Commit;
use crate::document::{Collection, Document, DocumentKey};
use crate::error::StoreError;
use crate::lease::Lease;

/// Where the state of a Deployer lives.
///
/// Implementations pass the suite of [`crate::conformance::store`] (feature `test-support`). Every
/// process of one Deployer shares one store.
///
/// # Errors
///
/// Every method fails with [`StoreError::Unavailable`] when the store cannot be asked. What is
/// particular to a method stands there.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// A document; none when there is none.
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError>;

    /// All documents of a kind with their ids, by id.
    async fn list(&self, collection: Collection) -> Result<Vec<(String, Document)>, StoreError>;

    /// Writes everything, or nothing: [`StoreError::Conflict`] when something else stands there than
    /// expected, [`StoreError::LeaseLost`] when the fence is not ours any more.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// The entries of a journal after a sequence number, in order; 0 means all.
    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
    ) -> Result<Vec<JournalEntry>, StoreError>;

    /// Takes a lease that nobody holds or whose time has run out; [`StoreError::Held`] otherwise,
    /// even when the holder has our name: each taking is one holder.
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError>;

    /// Holds a lease for this long from now on, also one that ran out and that nobody else took;
    /// [`StoreError::LeaseLost`] when it is not ours any more.
    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError>;

    /// Gives a lease back. One that is not ours any more is left alone.
    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError>;
}

/// The name of a journal, such as `updates/churn-prod/7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalStream(pub String);

/// One entry of a journal. `Debug` leaves out the body, as it does for documents.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its number within the journal, counted from 1 without gaps.
    pub sequence: u64,
    /// What was written.
    pub body: Value,
}

impl JournalEntry {
    /// An entry with its number.
    #[must_use]
    pub fn new(sequence: u64, body: Value) -> Self {
        Self { sequence, body }
    }
}

impl fmt::Display for JournalStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalEntry").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}
