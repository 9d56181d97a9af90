//! A store of which a test holds an answer back, and what requests get meanwhile.

use futures::poll;
use project_deployer::prelude::*;
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{Deployer, DeployerSession, InfraCreation, Upload};
use project_deployer_client::FakeFleet;
use project_deployer_store::MeanwhileStore;
use secrecy::ExposeSecret as _;
use tokio::sync::oneshot;

use crate::installation::{bundle, parsed};
use crate::kept_lists::{create, keeping, list, personal_key};

/// A Deployer on a gated store with project `CHURN` on infrastructure `prod`, its key, and another process on the same store.
async fn gated() -> (MeanwhileStore<MemoryStore>, Deployer, String, DeployerSession) {
    let (store, archive) = (MemoryStore::new(), MemoryArchive::new());
    let gated = MeanwhileStore::new(store.clone());
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
        // It has read, and its answer is held.
        let ((stands, mut standing), (open, opened)) = (oneshot::channel(), oneshot::channel());
        store.after_changes(passing, async move {
            let _ = stands.send(());
            let _ = opened.await;
        });
        let mut first = Box::pin(count(&key));
        tokio::select! {
            biased;
            // A request waits for no further answer.
            listed = &mut first => {
                assert_eq!(listed, written);
                break;
            }
            _ = &mut standing => held += 1,
        }
        create(&admin, &format!("d{written}"), "CHURN", "prod", "v1").await.unwrap();
        let before = written;
        written += 1;
        // They begin after the change, and wait for what the first one holds.
        let (mut second, mut third) = (Box::pin(count(&key)), Box::pin(count(&zoe)));
        for later in [&mut second, &mut third] {
            assert!(poll!(later).is_pending());
        }
        open.send(()).unwrap();
        let (first, second, third) = futures::join!(first, second, third);
        assert!((before..=written).contains(&first), "answer {passing}: {first}");
        assert_eq!((second, third), (written, written), "answer {passing}");
        assert_eq!((count(&key).await, count(&zoe).await), (written, written), "answer {passing}");
    }
    assert!(held >= 2, "a request reads who asks, and then what there is: {held}");
}
