use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::commit::{Commit, Write};
use crate::document::Revision;
use crate::error::StoreError;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

/// A store in which something else happens at a chosen moment, and the call waits for it: before a commit, so after whoever
/// commits has read and decided; or between the reading of changes and the arrival of their answer. So a test writes in
/// between, or holds the call back (R2, R-P2).
#[derive(Clone)]
pub struct MeanwhileStore<S> {
    inner: S,
    waiting: Arc<Mutex<Option<Waiting>>>,
}

/// What the wrapper calls the reading of changes.
const CHANGES: &str = "read changes";

/// What happens, and when.
struct Waiting {
    moment: Moment,
    /// How many such moments pass before.
    passing: usize,
    action: BoxFuture<'static, ()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Of any commit, or of one that writes or removes a document of a collection.
    BeforeCommit(Option<&'static str>),
    AfterChanges,
}

impl<S> MeanwhileStore<S> {
    /// A store on `inner` in which nothing else happens yet.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self { inner, waiting: Arc::default() }
    }

    /// Has this happen once, before the next commit is written.
    pub fn before_the_next_commit(&self, action: impl Future<Output = ()> + Send + 'static) {
        self.set(Moment::BeforeCommit(None), 0, action.boxed());
    }

    /// Has this happen once, before the next commit that writes or removes a document of a collection.
    pub fn before_a_commit_of(
        &self,
        collection: &'static str,
        action: impl Future<Output = ()> + Send + 'static,
    ) {
        self.set(Moment::BeforeCommit(Some(collection)), 0, action.boxed());
    }

    /// Whether all that was to happen has begun.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Has this happen once, after so many answers about changes that pass, and before the next one arrives: it was read
    /// before.
    pub fn after_changes(&self, passing: usize, action: impl Future<Output = ()> + Send + 'static) {
        self.set(Moment::AfterChanges, passing, action.boxed());
    }

    fn set(&self, moment: Moment, passing: usize, action: BoxFuture<'static, ()>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = Some(Waiting { moment, passing, action });
    }

    /// What happens at this moment, if it is the chosen one.
    fn due(&self, is_now: impl Fn(Moment) -> bool) -> Option<BoxFuture<'static, ()>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let chosen = waiting.as_mut().filter(|chosen| is_now(chosen.moment))?;
        if let Some(left) = chosen.passing.checked_sub(1) {
            chosen.passing = left;
            return None;
        }
        waiting.take().map(|chosen| chosen.action)
    }
}

impl<S> fmt::Debug for MeanwhileStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeanwhileStore").finish_non_exhaustive()
    }
}

impl<S: Store> MeanwhileStore<S> {
    async fn pass(&self, _action: &str) -> Result<&S, StoreError> {
        Ok(&self.inner)
    }

    async fn answered(&self, action: &str) {
        if action != CHANGES {
            return;
        }
        if let Some(action) = self.due(|moment| moment == Moment::AfterChanges) {
            action.await;
        }
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let is_now = |moment| match moment {
            Moment::BeforeCommit(collection) => collection.is_none_or(|name| writes(&commit, name)),
            Moment::AfterChanges => false,
        };
        if let Some(action) = self.due(is_now) {
            action.await;
        }
        self.inner.commit(commit).await
    }
}

wrapper_of_a_store!(MeanwhileStore, answered);

/// Whether a commit writes or removes a document of a collection.
fn writes(commit: &Commit, collection: &str) -> bool {
    commit.writes.iter().any(|write| match write {
        Write::Put { key, .. } | Write::Delete { key, .. } => key.collection.name() == collection,
        Write::Check { .. } => false,
    })
}

#[cfg(test)]
mod conformance {
    use super::MeanwhileStore;
    use crate::MemoryStore;

    crate::store_conformance!(MeanwhileStore::new(MemoryStore::new()));
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::MeanwhileStore;
    use crate::{Collection, Commit, Expected, MemoryStore, Revision, Store as _};

    #[tokio::test]
    async fn each_action_happens_once_and_at_its_moment() {
        // R2
        let store = MeanwhileStore::new(MemoryStore::new());
        let count = std::sync::Arc::new(AtomicUsize::new(0));
        let adds = || {
            let count = std::sync::Arc::clone(&count);
            async move {
                count.fetch_add(1, Ordering::SeqCst);
            }
        };
        let counted = || count.load(Ordering::SeqCst);
        store.before_the_next_commit(adds());
        store.changes(Revision(0), 1).await.unwrap();
        assert_eq!(counted(), 0);
        for _ in 0..2 {
            store.commit(Commit::new()).await.unwrap();
            assert_eq!(counted(), 1);
        }
        store.after_changes(1, adds());
        store.commit(Commit::new()).await.unwrap();
        for expected in [1, 2, 2] {
            store.changes(Revision(0), 1).await.unwrap();
            assert_eq!(counted(), expected);
        }
        let key = |collection| Collection::new(collection).key("one");
        let put = |collection| Commit::new().put(key(collection), Expected::Any, json!({}));
        store.before_a_commit_of("infra", adds());
        store.commit(put("project")).await.unwrap();
        assert!(!store.is_done() && counted() == 2);
        store.commit(put("infra")).await.unwrap();
        assert!(store.is_done() && counted() == 3);
    }
}
