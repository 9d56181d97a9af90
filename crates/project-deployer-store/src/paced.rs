use std::time::Duration;

use crate::commit::Commit;
use crate::document::Revision;
use crate::error::StoreError;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

/// A store with a delay at each operation, like a store behind a network. A store in memory never
/// yields to other tasks, so it would show no races.
#[derive(Debug, Clone)]
pub struct PacedStore<S> {
    inner: S,
    pace: Pace,
}

#[derive(Debug, Clone, Copy)]
enum Pace {
    /// Others run before the operation.
    Yielding,
    /// Others run after the operation, before its answer arrives.
    Late,
    /// The clock of the runtime advances before the operation.
    Slow(Duration),
}

impl<S> PacedStore<S> {
    /// Lets other tasks run before each operation.
    #[must_use]
    pub fn yielding(inner: S) -> Self {
        Self { inner, pace: Pace::Yielding }
    }

    /// Lets other tasks run after each operation, before its answer arrives: an answer may be old.
    #[must_use]
    pub fn late(inner: S) -> Self {
        Self { inner, pace: Pace::Late }
    }

    /// Waits this long before each operation, on the clock of the runtime.
    #[must_use]
    pub fn slow(inner: S, pace: Duration) -> Self {
        Self { inner, pace: Pace::Slow(pace) }
    }
}

impl<S: Store> PacedStore<S> {
    async fn pass(&self, _action: &str) -> Result<&S, StoreError> {
        match self.pace {
            Pace::Yielding => tokio::task::yield_now().await,
            Pace::Late => {}
            Pace::Slow(pace) => tokio::time::sleep(pace).await,
        }
        Ok(&self.inner)
    }

    async fn answered(&self, _action: &str) {
        if matches!(self.pace, Pace::Late) {
            tokio::task::yield_now().await;
        }
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let written = self.pass("commit").await?.commit(commit).await;
        self.answered("commit").await;
        written
    }
}

wrapper_of_a_store!(PacedStore, answered);

#[cfg(test)]
mod conformance {
    use super::PacedStore;
    use crate::MemoryStore;

    crate::store_conformance!(PacedStore::yielding(MemoryStore::new()));
}

#[cfg(test)]
mod conformance_of_late_answers {
    use super::PacedStore;
    use crate::MemoryStore;

    crate::store_conformance!(PacedStore::late(MemoryStore::new()));
}
