use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::commit::{Commit, CommitId};
use crate::document::{Document, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::lease::Lease;
use crate::page::{Changes, ListedDocument, Listing, StoreStatus};
use crate::store::Store;

/// A store that counts its calls and the documents that it returns. Clones share the counts.
#[derive(Debug)]
pub struct CountingStore<S> {
    inner: Arc<S>,
    counts: Arc<Mutex<Counts>>,
}

/// What a store was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Calls by the name of the method. Methods that were not called are left out.
    pub calls: BTreeMap<&'static str, usize>,
    /// Documents that were read, listed, or returned as changes.
    pub documents: usize,
    /// Entries of journals that were read.
    pub entries: usize,
    /// Documents and entries that were sent in commits.
    pub written: usize,
}

impl Counts {
    /// The number of all calls.
    #[must_use]
    pub fn all_calls(&self) -> usize {
        self.calls.values().sum()
    }
}

impl<S> CountingStore<S> {
    /// Counts the calls to a store.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self { inner: Arc::new(inner), counts: Arc::default() }
    }

    /// What was counted since the last call of this method.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, method: &'static str, documents: usize) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.calls.entry(method).or_default() += 1;
        counts.documents += documents;
    }
}

impl<S> Clone for CountingStore<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), counts: Arc::clone(&self.counts) }
    }
}

#[async_trait]
impl<S: Store> Store for CountingStore<S> {
    fn lasts(&self) -> bool {
        self.inner.lasts()
    }

    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        let found = self.inner.read(key).await?;
        self.count("read", usize::from(found.is_some()));
        Ok(found)
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError> {
        let page = self.inner.list(listing).await?;
        self.count("list", page.len());
        Ok(page)
    }

    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        self.count("commit", 0);
        let written = commit.writes.len() + commit.entries.len();
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).written += written;
        self.inner.commit(commit).await
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        self.count("committed", 0);
        self.inner.committed(id).await
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        let page = self.inner.changes(after, limit).await?;
        self.count("changes", page.changes.len());
        Ok(page)
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let page = self.inner.journal(stream, after, limit).await?;
        self.count("journal", 0);
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).entries += page.len();
        Ok(page)
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        self.count("take_lease", 0);
        self.inner.take_lease(name, holder, time).await
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        self.count("renew_lease", 0);
        self.inner.renew_lease(lease, time).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.count("release_lease", 0);
        self.inner.release_lease(lease).await
    }

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        self.count("compact", 0);
        self.inner.compact(until).await
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        self.count("status", 0);
        self.inner.status().await
    }
}

#[cfg(test)]
mod conformance {
    use super::CountingStore;
    use crate::MemoryStore;

    crate::store_conformance!(CountingStore::new(MemoryStore::new()));
}
