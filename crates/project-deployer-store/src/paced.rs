use std::time::Duration;

use async_trait::async_trait;

use crate::commit::Commit;
use crate::document::{Collection, Document, DocumentKey};
use crate::error::StoreError;
use crate::lease::Lease;
use crate::store::{JournalEntry, JournalStream, Store};

/// A store with a delay before each operation, like a store behind a network. A store in memory never
/// yields to other tasks, so it would show no races.
#[derive(Debug, Clone)]
pub struct PacedStore<S> {
    inner: S,
    pace: Duration,
}

impl<S> PacedStore<S> {
    /// Lets other tasks run before each operation.
    #[must_use]
    pub fn yielding(inner: S) -> Self {
        Self { inner, pace: Duration::ZERO }
    }

    /// Waits this long before each operation, on the clock of the runtime.
    #[must_use]
    pub fn slow(inner: S, pace: Duration) -> Self {
        Self { inner, pace }
    }

    async fn pace(&self) {
        if self.pace.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(self.pace).await;
        }
    }
}

#[async_trait]
impl<S: Store> Store for PacedStore<S> {
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.pace().await;
        self.inner.read(key).await
    }

    async fn list(&self, collection: Collection) -> Result<Vec<(String, Document)>, StoreError> {
        self.pace().await;
        self.inner.list(collection).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.pace().await;
        self.inner.commit(commit).await
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.pace().await;
        self.inner.journal(stream, after).await
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        self.pace().await;
        self.inner.take_lease(name, holder, time).await
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        self.pace().await;
        self.inner.renew_lease(lease, time).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.pace().await;
        self.inner.release_lease(lease).await
    }
}

#[cfg(test)]
mod conformance {
    use super::PacedStore;
    use crate::MemoryStore;

    crate::store_conformance!(PacedStore::yielding(MemoryStore::new()));
}
