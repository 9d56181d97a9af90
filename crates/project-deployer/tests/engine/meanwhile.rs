//! A store in which something else is done just before a commit.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use project_deployer_store::{
    Changes, Commit, CommitId, Document, DocumentKey, JournalEntry, JournalStream, Lease,
    ListedDocument, Listing, MemoryStore, Revision, Store, StoreError, StoreStatus, Write,
};

/// A store in which something else is done as a whole just before a commit: after whoever commits has read and decided.
#[derive(Clone)]
pub(crate) struct Meanwhile {
    inner: MemoryStore,
    action: Arc<Mutex<Option<Action>>>,
}

struct Action {
    /// The kind of a document that the commit writes.
    of: &'static str,
    work: BoxFuture<'static, ()>,
}

impl Meanwhile {
    pub(crate) fn on(inner: MemoryStore) -> Self {
        Self { inner, action: Arc::default() }
    }

    /// Does something before the next commit that writes or removes a document of a kind.
    pub(crate) fn before_a_commit_of(
        &self,
        of: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        *self.action.lock().unwrap() = Some(Action { of, work: work.boxed() });
    }

    /// Whether it was done.
    pub(crate) fn is_done(&self) -> bool {
        self.action.lock().unwrap().is_none()
    }
}

/// Whether a commit writes or removes a document of a kind.
fn writes(commit: &Commit, kind: &str) -> bool {
    commit.writes.iter().any(|write| match write {
        Write::Put { key, .. } | Write::Delete { key, .. } => key.collection.name() == kind,
        Write::Check { .. } => false,
    })
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meanwhile").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for Meanwhile {
    fn lasts(&self) -> bool {
        self.inner.lasts()
    }

    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.inner.read(key).await
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError> {
        self.inner.list(listing).await
    }

    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let action = {
            let mut action = self.action.lock().unwrap();
            action.take_if(|action| writes(&commit, action.of))
        };
        if let Some(action) = action {
            action.work.await;
        }
        self.inner.commit(commit).await
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        self.inner.committed(id).await
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        self.inner.changes(after, limit).await
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.journal(stream, after, limit).await
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

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        self.inner.compact(until).await
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        self.inner.status().await
    }
}
