//! B5: a store that does not answer when the turn of an update comes.

use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use project_deployer_store::{
    Changes, Commit, CommitId, Document, DocumentKey, JournalEntry, JournalStream, Lease,
    ListedDocument, Listing, MemoryStore, Revision, Store, StoreError, StoreStatus,
};

use super::*;

/// Longer than some attempts take.
const OUTAGE: Duration = Duration::from_secs(20);

/// Longer than a lease lasts.
const LONG_OUTAGE: Duration = Duration::from_secs(600);

/// A store that says nothing of changes while it is away, and keeps no lease if it stays away.
#[derive(Debug, Clone)]
struct Away {
    inner: MemoryStore,
    is_away: Arc<AtomicBool>,
    stays_away: Arc<AtomicBool>,
}

impl Away {
    fn on(inner: &MemoryStore) -> Self {
        Self { inner: inner.clone(), is_away: Arc::default(), stays_away: Arc::default() }
    }

    fn set(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    fn stay_away(&self) {
        self.stays_away.store(true, Ordering::SeqCst);
    }

    fn leases(&self) -> Result<&MemoryStore, StoreError> {
        match self.stays_away.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("keep a lease", "the test says so")),
            false => Ok(&self.inner),
        }
    }
}

#[async_trait]
impl Store for Away {
    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("read changes", "the test says so")),
            false => self.inner.changes(after, limit).await,
        }
    }

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
        self.inner.commit(commit).await
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        self.inner.committed(id).await
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
        self.leases()?.take_lease(name, holder, time).await
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        self.leases()?.renew_lease(lease, time).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.leases()?.release_lease(lease).await
    }

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        self.inner.compact(until).await
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        self.inner.status().await
    }
}

/// The second of two updates, whose turn came while the store was away and its window is open.
async fn turn_in_an_outage() -> (Installation, Away, Deployer, FutureState) {
    let (installation, clock, _) = two_at_night().await;
    let store = Away::on(&installation.store);
    let deployer = queued_in(&installation, store.clone(), &clock, "beside-it");
    let [_, second] = started(&installation, &deployer, &deployer.acting_as(dana())).await;
    store.set(true);
    tokio::time::sleep(OUTAGE).await;
    assert_eq!(deployer.queue(), [], "its turn has come");
    assert_eq!(status(&installation).await, UpdateStatus::Running);
    (installation, store, deployer, second)
}

/// The status of the second update, as another process reads it.
async fn status(installation: &Installation) -> UpdateStatus {
    installation.dana().updates(&parsed("churn-copy")).await.unwrap()[0].status
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_a_while_refuses_no_update_within_its_window() {
    // B5: only windows refuse, and windows that are there and cannot be read.
    let (_installation, store, deployer, second) = turn_in_an_outage().await;
    store.set(false);
    let detail = deployer.acting_as(dana()).wait(&second).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Success, "{}", log(&detail));
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_a_lease_leaves_the_update_whose_turn_came_to_the_next_process() {
    // B5, R1
    let (installation, store, _deployer, second) = turn_in_an_outage().await;
    store.stay_away();
    tokio::time::sleep(LONG_OUTAGE).await;
    assert_eq!(status(&installation).await, UpdateStatus::Running);
    let next = queued_on(&installation, &Hand::at(NIGHT), "next");
    assert_eq!(next.resume_updates().await.unwrap(), 1);
    let detail = next.acting_as(dana()).wait(&second).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Success, "{}", log(&detail));
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_windows_are_unknown_is_cancelled_all_the_same() {
    let (installation, _store, _deployer, second) = turn_in_an_outage().await;
    let start = Timestamp::from_millis(second.start_time);
    installation.dana().cancel_update(&parsed("churn-copy"), start).await.unwrap();
    tokio::time::sleep(OUTAGE).await;
    assert_eq!(status(&installation).await, UpdateStatus::Aborted);
    assert!(is_untouched(&installation).await);
}
