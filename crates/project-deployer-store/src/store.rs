use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::commit::{Commit, CommitId};
use crate::document::{Document, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::lease::Lease;
use crate::page::{Changes, HeldDocument, ListedDocument, Listing, StoreStatus};

/// The persistent state of a Deployer. Programs may implement it for a storage of their own.
///
/// Implementations pass the suite of [`crate::conformance::store`] (feature `test-support`). Every
/// process of one Deployer shares one store. A read sees every commit that has returned before it, of
/// whichever process.
///
/// # Errors
///
/// Every method fails with [`StoreError::Unavailable`] when the store does not answer, and with
/// [`StoreError::Damaged`] when it cannot read what it holds. Every method that writes fails with
/// [`StoreError::Full`] or [`StoreError::ReadOnly`] when the store takes no writes. Other errors are documented
/// at the methods.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Whether what is written outlives this process, so that others may work on it. A Deployer reports in such a store
    /// that it runs.
    fn lasts(&self) -> bool {
        true
    }

    /// A document with its secrets; none if it does not exist.
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError>;

    /// One page of the documents of a kind, by id, byte by byte. A page with fewer documents than the
    /// limit is the last one. A damaged document is on its page, with the reason.
    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError>;

    /// The same page with bodies as the store holds them.
    async fn list_held(&self, listing: &Listing) -> Result<Vec<HeldDocument>, StoreError> {
        let page = self.list(listing).await?;
        Ok(page.into_iter().map(HeldDocument::from).collect())
    }

    /// Writes all or nothing, and returns the revision of the commit: [`StoreError::Malformed`] if
    /// [`Commit::well_formed`] refuses it, [`StoreError::Conflict`] if a document is not in the expected
    /// state, [`StoreError::LeaseLost`] if the lease of the fence is lost, [`StoreError::Unknown`] if
    /// the answer was lost.
    ///
    /// A commit that was written already is not written again: the second call returns the revision of
    /// the first. Another commit under the same id is malformed ([`Commit::same_as`]). A call that is dropped before it returns may have been written.
    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError>;

    /// The revision of a commit; none if it was not written and never will be by a call that has ended.
    /// Ids of commits are kept until [`Self::compact`].
    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError>;

    /// What was written and deleted after a revision, at least one commit and about `limit` documents;
    /// [`StoreError::Compacted`] if this is no longer known. The list of all documents is
    /// [`Self::list`], read at or after the revision of [`Self::status`].
    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError>;

    /// One page of the entries of a journal after a sequence number, in order; 0 begins with the first. A
    /// page with fewer entries than the limit is the last one.
    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError>;

    /// Takes a lease that is free or expired; [`StoreError::Held`] otherwise, even if the holder has the
    /// same name: each call is a holder of its own. The clock is the store's.
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

    /// Forgets deletions and ids of commits up to a revision. Documents and journals stay.
    async fn compact(&self, until: Revision) -> Result<(), StoreError>;

    /// What the store holds. It fails when the store cannot be read or written, so it is also its health probe.
    async fn status(&self) -> Result<StoreStatus, StoreError>;
}
