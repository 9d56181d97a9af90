use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::commit::Commit;
use crate::document::{Collection, Document, DocumentKey};
use crate::error::StoreError;
use crate::lease::Lease;

/// The persistent state of a Deployer.
///
/// Implementations pass the suite of [`crate::conformance::store`] (feature `test-support`). Every
/// process of one Deployer shares one store.
///
/// # Errors
///
/// Every method fails with [`StoreError::Unavailable`] when the store does not answer. Other
/// errors are documented at the methods.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// A document; none if it does not exist.
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError>;

    /// All documents of a kind with their ids, by id.
    async fn list(&self, collection: Collection) -> Result<Vec<(String, Document)>, StoreError>;

    /// Writes all or nothing: [`StoreError::Conflict`] if a document is not in the expected state,
    /// [`StoreError::LeaseLost`] if the lease of the fence is lost.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// The entries of a journal after a sequence number, in order; 0 means all.
    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
    ) -> Result<Vec<JournalEntry>, StoreError>;

    /// Takes a lease that is free or expired; [`StoreError::Held`] otherwise, even if the holder has the
    /// same name: each call is a holder of its own.
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError>;

    /// Extends a lease to this long from now, also an expired lease without a new holder;
    /// [`StoreError::LeaseLost`] if it has a new holder or was released.
    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError>;

    /// Releases a lease. A lost lease stays unchanged.
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
    /// The body.
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
