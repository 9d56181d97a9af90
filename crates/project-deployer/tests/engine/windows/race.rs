//! B5: windows that change between the decision about a start and its commit.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use project_deployer::Deployer;
use project_deployer_client::prelude::*;
use project_deployer_store::{
    Changes, Commit, CommitId, Document, DocumentKey, JournalEntry, JournalStream, Lease,
    ListedDocument, Listing, MemoryStore, Revision, Store, StoreError, StoreStatus,
};

use super::{Hand, NOON, admin, dana, freeze, nights, on, parsed, refused};
use crate::installation::Installation;

/// A store in which something else is done just before a commit: after whoever commits has read and decided.
#[derive(Clone)]
struct Meanwhile {
    inner: MemoryStore,
    action: Arc<Mutex<Option<BoxFuture<'static, ()>>>>,
}

impl Meanwhile {
    fn on(inner: MemoryStore) -> Self {
        Self { inner, action: Arc::default() }
    }

    fn before_the_next_commit(&self, action: impl Future<Output = ()> + Send + 'static) {
        *self.action.lock().unwrap() = Some(action.boxed());
    }
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
        let action = self.action.lock().unwrap().take();
        if let Some(action) = action {
            action.await;
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

#[tokio::test]
async fn a_start_that_was_decided_before_windows_changed_is_refused() {
    // B5
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::at(NOON);
    let store = Meanwhile::on(installation.store.clone());
    let other = Deployer::builder(installation.fleet.clone())
        .name("second")
        .clock(clock.clone())
        .on(store.clone(), installation.archive.clone());
    let dana = other.acting_as(dana());
    let root = admin(&on(&installation, &clock));

    let adding = root.clone();
    store.before_the_next_commit(async move {
        adding.add_window(freeze("everything")).await.unwrap();
    });
    assert_eq!(refused(&dana).await.code(), "changed-meanwhile", "a window that denies");
    assert_eq!(refused(&dana).await.code(), "outside-window");
    root.remove_window(&parsed("everything"), &parsed("freeze")).await.unwrap();

    // Of two windows that allow, the open one.
    let mut days = nights("everything");
    days.name = parsed("days");
    days.recurrence = super::Recurrence::new("0 8 * * *", 600, "UTC").unwrap();
    root.add_window(days).await.unwrap();
    root.add_window(nights("everything")).await.unwrap();
    let removing = root.clone();
    store.before_the_next_commit(async move {
        removing.remove_window(&parsed("everything"), &parsed("days")).await.unwrap();
    });
    assert_eq!(refused(&dana).await.code(), "changed-meanwhile", "the window that allowed it");
    assert_eq!(refused(&dana).await.code(), "outside-window");
    assert_eq!(dana.updates(&super::churn_dev()).await.unwrap().len(), 0);
}
