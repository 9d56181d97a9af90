//! A store of which a test holds an answer back, and what requests get meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::poll;
use project_deployer::prelude::*;
use project_deployer::store::{
    Changes, Commit, CommitId, Document, DocumentKey, JournalEntry, JournalStream, Lease,
    ListedDocument, Listing, MemoryArchive, MemoryStore, Revision, Store, StoreError, StoreStatus,
};
use project_deployer::{Deployer, DeployerSession, InfraCreation, Upload};
use project_deployer_client::FakeFleet;
use secrecy::ExposeSecret as _;
use tokio::sync::watch;

use crate::installation::{bundle, parsed};
use crate::kept_lists::{create, keeping, list, personal_key};

/// A store in memory whose answers about changes pass a gate: what it answers was read before.
#[derive(Debug, Clone)]
pub(crate) struct GatedStore {
    inner: MemoryStore,
    gate: Arc<Mutex<Gate>>,
    stands: watch::Sender<bool>,
    is_open: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Gate {
    /// How many answers pass before one is held; none if all pass.
    passing: Option<usize>,
}

impl GatedStore {
    pub(crate) fn on(inner: MemoryStore) -> Self {
        let (stands, is_open) = (watch::Sender::new(false), watch::Sender::new(true));
        Self { inner, gate: Arc::default(), stands, is_open }
    }

    /// Holds one answer, after this many others.
    pub(crate) fn hold_after(&self, passing: usize) {
        self.stands.send_replace(false);
        self.is_open.send_replace(false);
        self.gate.lock().unwrap().passing = Some(passing);
    }

    /// Waits until an answer is held.
    pub(crate) async fn stands(&self) {
        self.stands.subscribe().wait_for(|stands| *stands).await.unwrap();
    }

    /// Lets it pass, and all others.
    pub(crate) fn open(&self) {
        self.gate.lock().unwrap().passing = None;
        self.is_open.send_replace(true);
    }

    async fn pass(&self) {
        let is_held = {
            let mut gate = self.gate.lock().unwrap();
            let is_held = gate.passing == Some(0);
            gate.passing = gate.passing.and_then(|passing| passing.checked_sub(1));
            is_held
        };
        if is_held {
            self.stands.send_replace(true);
            self.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        }
    }
}

#[async_trait]
impl Store for GatedStore {
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

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        let answer = self.inner.changes(after, limit).await;
        self.pass().await;
        answer
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

/// A Deployer on a gated store with project `CHURN` on infrastructure `prod`, its key, and another process on the same store.
async fn gated() -> (GatedStore, Deployer, String, DeployerSession) {
    let (store, archive) = (MemoryStore::new(), MemoryArchive::new());
    let gated = GatedStore::on(store.clone());
    let one = Deployer::builder(FakeFleet::new()).on(gated.clone(), archive.clone());
    let other = Deployer::builder(FakeFleet::new()).on(store, archive);
    let first = one.first_administrator(parsed("admin")).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let admin = other.acting_as_user(parsed("admin"));
    admin.create_infra(&InfraCreation::new(parsed("prod"), parsed("Production"))).await.unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", bundle("v1")), None).await.unwrap();
    (gated, one, key, admin)
}

#[tokio::test]
async fn no_reader_gets_a_list_that_is_older_than_its_request() {
    // R-P2: a reader stands at each answer of the store that a request waits for, while another process writes and others ask.
    let (store, deployer, key, admin) = gated().await;
    let zoe = personal_key(&admin, "admin").await;
    let router = keeping(&deployer);
    let count = async |key: &str| list(&router, key).await.json().as_array().unwrap().len();
    assert_eq!((count(&key).await, count(&zoe).await), (0, 0));
    let (mut held, mut written) = (0, 0);
    for passing in 0.. {
        store.hold_after(passing);
        let (mut first, mut stands) = (Box::pin(count(&key)), Box::pin(store.stands()));
        tokio::select! {
            biased;
            // A request waits for no further answer.
            listed = &mut first => {
                assert_eq!(listed, written);
                break;
            }
            () = &mut stands => held += 1,
        }
        create(&admin, &format!("d{written}"), "CHURN", "prod", "v1").await.unwrap();
        let before = written;
        written += 1;
        // They begin after the change, and wait for what the first one holds.
        let (mut second, mut third) = (Box::pin(count(&key)), Box::pin(count(&zoe)));
        for later in [&mut second, &mut third] {
            assert!(poll!(later).is_pending());
        }
        store.open();
        let (first, second, third) = futures::join!(first, second, third);
        assert!((before..=written).contains(&first), "answer {passing}: {first}");
        assert_eq!((second, third), (written, written), "answer {passing}");
        assert_eq!((count(&key).await, count(&zoe).await), (written, written), "answer {passing}");
    }
    assert!(held >= 2, "a request reads who asks, and then what there is: {held}");
}
