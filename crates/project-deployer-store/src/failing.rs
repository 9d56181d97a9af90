use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::commit::Commit;
use crate::document::{Collection, Document, DocumentKey};
use crate::error::StoreError;
use crate::lease::Lease;
use crate::store::{JournalEntry, JournalStream, Store};

/// A store whose commits fail from a chosen one on: what a deployer sees that dies there (R1, R2).
#[derive(Debug, Clone)]
pub struct FailingStore<S> {
    inner: S,
    mode: FailureMode,
    commits: Arc<AtomicUsize>,
}

/// Which commits fail, and whether they had happened all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureMode {
    /// From this commit on, counted from 0, nothing is written.
    Before(usize),
    /// This commit is written and its answer is lost; later ones are not written.
    After(usize),
}

impl<S> FailingStore<S> {
    /// Lets `inner` fail.
    #[must_use]
    pub fn new(inner: S, mode: FailureMode) -> Self {
        Self { inner, mode, commits: Arc::default() }
    }

    /// How many commits were asked for so far.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl<S: Store> Store for FailingStore<S> {
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.inner.read(key).await
    }

    async fn list(&self, collection: Collection) -> Result<Vec<(String, Document)>, StoreError> {
        self.inner.list(collection).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        let (written, answered) = match self.mode {
            FailureMode::Before(first) => (number < first, number < first),
            FailureMode::After(last) => (number <= last, number < last),
        };
        if written {
            self.inner.commit(commit).await?;
        }
        if answered {
            return Ok(());
        }
        let source = "the test says so".into();
        Err(StoreError::Unavailable { action: format!("make commit {number}"), source })
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.journal(stream, after).await
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        self.inner.take_lease(name, holder, time).await
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        self.inner.renew_lease(lease, time).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.inner.release_lease(lease).await
    }
}
