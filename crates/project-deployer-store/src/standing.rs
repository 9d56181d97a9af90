use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::commit::Commit;
use crate::document::Revision;
use crate::error::StoreError;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

/// A store that stands still at a chosen commit, in a process that a test kills there. Everything else works meanwhile, leases
/// included, so that only the death of the process ends what it held (R1, R2).
#[derive(Clone)]
pub struct StandingStore<S> {
    inner: S,
    at: StandsAt,
    commits: Arc<AtomicUsize>,
    reached: Arc<dyn Fn() + Send + Sync>,
}

/// Where a store stands still, counted in commits from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StandsAt {
    /// This commit is not written.
    Before(usize),
    /// This commit is written, and has no answer.
    After(usize),
}

impl<S> StandingStore<S> {
    /// A store on `inner`. `reached` is called when it stands still.
    #[must_use]
    pub fn new(inner: S, at: StandsAt, reached: impl Fn() + Send + Sync + 'static) -> Self {
        Self { inner, at, commits: Arc::default(), reached: Arc::new(reached) }
    }
}

impl<S> fmt::Debug for StandingStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandingStore").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<S: Store> StandingStore<S> {
    async fn pass(&self, _action: &str) -> Result<&S, StoreError> {
        Ok(&self.inner)
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        if self.at == StandsAt::Before(number) {
            return self.stand().await;
        }
        let written = self.inner.commit(commit).await;
        if self.at == StandsAt::After(number) {
            return self.stand().await;
        }
        written
    }

    async fn stand<T>(&self) -> T {
        (self.reached)();
        pending().await
    }
}

wrapper_of_a_store!(StandingStore);

#[cfg(test)]
mod conformance {
    use super::{StandingStore, StandsAt};
    use crate::MemoryStore;

    crate::store_conformance!(StandingStore::new(
        MemoryStore::new(),
        StandsAt::Before(usize::MAX),
        || {}
    ));
}
