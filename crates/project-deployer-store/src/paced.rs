use std::time::Duration;

use crate::commit::Commit;
use crate::document::Revision;
use crate::error::StoreError;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

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
}

impl<S: Store> PacedStore<S> {
    async fn pass(&self, _action: &str) -> Result<&S, StoreError> {
        if self.pace.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(self.pace).await;
        }
        Ok(&self.inner)
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        self.pass("commit").await?.commit(commit).await
    }
}

wrapper_of_a_store!(PacedStore);

#[cfg(test)]
mod conformance {
    use super::PacedStore;
    use crate::MemoryStore;

    crate::store_conformance!(PacedStore::yielding(MemoryStore::new()));
}
