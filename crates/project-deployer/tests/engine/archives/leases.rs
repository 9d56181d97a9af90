use std::time::Duration;

use project_deployer::Deployer;
use project_deployer_client::prelude::*;
use project_deployer_store::{MemoryStore, PacedStore, Store as _, StoreError};
use tokio::time::{Instant, sleep};

use super::{SlowArchive, bytes, only_digest, publish};
use crate::installation::{Installation, churn, dana, parsed};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn bytes_of_a_dead_publisher_can_be_published_when_its_lease_has_expired() {
    let installation = Installation::new().await.with_bundle().await;
    let digest = only_digest(&installation.archive).await;
    let name = format!("bytes/{digest}");
    installation.store.take_lease(&name, "dead", 60 * SECOND).await.unwrap();
    let begun = Instant::now();
    publish(&installation.dana(), "OTHER").await.unwrap();
    assert!(begun.elapsed() < 70 * SECOND, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_publisher_keeps_its_lease_however_long_it_takes() {
    let installation = Installation::new().await;
    let archive = SlowArchive { inner: installation.archive.clone(), pace: 600 * SECOND };
    let deployer = Deployer::builder(installation.fleet.clone())
        .name("slow")
        .on(installation.store.clone(), archive);
    let session = deployer.acting_as(dana());
    let uploading = tokio::spawn(async move { publish(&session, "ONE").await });
    let digest = {
        use sha2::Digest as _;
        project_deployer_core::BundleDigest::from_bytes(sha2::Sha256::digest(bytes()).into())
    };
    let name = format!("bytes/{digest}");
    for _ in 0..59 {
        sleep(10 * SECOND).await;
        match installation.store.take_lease(&name, "other", SECOND).await {
            Err(StoreError::Held { holder, .. }) => assert_eq!(holder, "slow"),
            other => panic!("{other:?}"),
        }
    }
    let dana = installation.dana();
    let other = publish(&dana, "TWO");
    let (first, second) = futures::join!(uploading, other);
    first.unwrap().unwrap();
    second.unwrap();
    installation.store.take_lease(&name, "other", SECOND).await.unwrap();
}

#[tokio::test]
async fn equal_bytes_can_be_published_into_several_projects_at_a_time() {
    let installation = Installation::racing().await;
    let dana = installation.dana();
    let projects = ["A", "B", "C", "D"].map(|project| publish(&dana, project));
    for published in futures::future::join_all(projects).await {
        published.unwrap();
    }
    only_digest(&installation.archive).await;
}

/// Calls an operation, whose caller goes away after some time.
async fn dropped_after<T>(time: Duration, call: impl Future<Output = T>) -> bool {
    tokio::time::timeout(time, call).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_no_deletion_half_done() {
    for seconds in 0..40 {
        let store = MemoryStore::new();
        let slow = PacedStore::slow(store.clone(), SECOND);
        let installation = Installation::on(slow, store).await.with_bundle().await;
        let digest = only_digest(&installation.archive).await;
        let dana = installation.dana();
        let (key, id) = (churn(), parsed("v1"));
        let moment = seconds * SECOND + SECOND / 2;
        let is_dropped = dropped_after(moment, dana.delete_bundle(&key, &id)).await;
        sleep(600 * SECOND).await;
        let is_there = !dana.project(&key).await.unwrap().packages.is_empty();
        let stored = installation.stored_digests().await.len();
        assert_eq!(stored, usize::from(is_there), "dropped after {moment:?}");
        // Nobody holds the lease any more.
        let name = format!("bytes/{digest}");
        installation.store.take_lease(&name, "test", SECOND).await.unwrap();
        if !is_dropped {
            return;
        }
    }
    panic!("the deletion did not end");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_no_publication_half_done() {
    for seconds in 0..60 {
        let store = MemoryStore::new();
        let slow = PacedStore::slow(store.clone(), SECOND);
        let installation = Installation::on(slow, store).await;
        let dana = installation.dana();
        let moment = seconds * SECOND + SECOND / 2;
        let is_dropped = dropped_after(moment, publish(&dana, "ONE")).await;
        sleep(600 * SECOND).await;
        let is_there = dana.project(&parsed("ONE")).await.is_ok();
        let stored = installation.stored_digests().await.len();
        assert_eq!(stored, usize::from(is_there), "dropped after {moment:?}");
        publish(&installation.dana(), "TWO").await.unwrap();
        if !is_dropped {
            return;
        }
    }
    panic!("the publication did not end");
}
