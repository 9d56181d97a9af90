use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use project_deployer::{ArchiveCollection, Deployer, DeployerBuilder, DeployerSession};
use project_deployer_client::DeployerError;
use project_deployer_client::prelude::*;
use project_deployer_core::BundleDigest;
use project_deployer_store::{
    BundleArchive as _, Collection, Commit, Expected, FailingStore, FailureMode, Listing,
    MemoryStore, ObjectArchive, PacedStore, Store as _,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{only_digest, publish};
use crate::installation::{Installation, dana, parsed, upload};

/// Stores bytes that no bundle refers to.
async fn orphan(archive: &dyn project_deployer_store::BundleArchive, bytes: &str) -> BundleDigest {
    let digest = BundleDigest::from_bytes(Sha256::digest(bytes).into());
    let stream = futures::stream::iter([Ok(Bytes::copy_from_slice(bytes.as_bytes()))]).boxed();
    archive.put(&digest, bytes.len() as u64, stream).await.unwrap();
    digest
}

/// A process that collects whatever its age.
fn without_grace(installation: &Installation) -> DeployerBuilder {
    Deployer::builder(installation.fleet.clone()).name("collector").archive_grace(Duration::ZERO)
}

/// The archive of a bundle is there, and whole.
async fn comes_back(session: &DeployerSession, project: &str, bundle: &str) {
    let down = session.download_bundle(&parsed(project), &parsed(bundle)).await.unwrap();
    down.collect().await.unwrap();
}

fn counts(found: ArchiveCollection) -> (u64, u64, u64, u64) {
    (found.examined, found.removed, found.removed_bytes, found.kept)
}

#[tokio::test]
async fn bytes_that_no_bundle_names_are_removed_after_the_grace_time() {
    let installation = Installation::new().await.with_bundle().await;
    installation.publish("v2").await;
    orphan(&installation.archive, "orphan").await;
    let found = installation.deployer.collect_archives().await.unwrap();
    assert_eq!(counts(found), (3, 0, 0, 1), "it is younger than a day");
    let collector =
        without_grace(&installation).on(installation.store.clone(), installation.archive.clone());
    assert_eq!(counts(collector.collect_archives().await.unwrap()), (3, 1, 6, 0));
    assert_eq!(counts(collector.collect_archives().await.unwrap()), (2, 0, 0, 0));
    for bundle in ["v1", "v2"] {
        comes_back(&installation.dana(), "CHURN", bundle).await;
    }
}

#[tokio::test]
async fn bytes_with_several_bundles_stay_until_the_last_is_deleted() {
    let installation = Installation::new().await;
    let dana = installation.dana();
    for project in ["A", "B", "C"] {
        publish(&dana, project).await.unwrap();
    }
    let id = parsed("v1");
    dana.delete_bundle(&parsed("A"), &id).await.unwrap();
    installation.admin().delete_project(&parsed("B")).await.unwrap();
    only_digest(&installation.archive).await;
    comes_back(&dana, "C", "v1").await;
    dana.delete_bundle(&parsed("C"), &id).await.unwrap();
    assert!(installation.stored_digests().await.is_empty());
    let references = Listing::of(Collection::new("archive-reference"), 10);
    assert!(installation.store.list(&references).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_state_of_an_earlier_version_loses_no_bytes() {
    let installation = Installation::new().await;
    let dana = installation.dana();
    for project in ["A", "B"] {
        publish(&dana, project).await.unwrap();
    }
    for number in 0..30 {
        installation.publish(&format!("v{number}")).await;
    }
    // Earlier versions wrote no references.
    let store = &installation.store;
    for collection in ["archive-reference", "archive-index"] {
        let listing = Listing::of(Collection::new(collection), 100);
        for document in store.list(&listing).await.unwrap() {
            let key = Collection::new(collection).key(document.id);
            store.commit(Commit::new().delete(key, Expected::Any)).await.unwrap();
        }
    }
    let second = without_grace(&installation).on(store.clone(), installation.archive.clone());
    second
        .acting_as(crate::installation::dana())
        .delete_bundle(&parsed("A"), &parsed("v1"))
        .await
        .unwrap();
    assert_eq!(second.collect_archives().await.unwrap().removed, 0);
    comes_back(&dana, "B", "v1").await;
    for number in 0..30 {
        comes_back(&dana, "CHURN", &format!("v{number}")).await;
    }
}

#[tokio::test]
async fn where_a_bundle_cannot_be_read_nothing_is_removed() {
    let installation = Installation::new().await.with_bundle().await;
    let newer = json!({"format": 99, "document": {}});
    let key = Collection::new("bundle").key("CHURN/newer");
    let commit = Commit::new().put(key, Expected::Absent, newer);
    installation.store.commit(commit).await.unwrap();
    orphan(&installation.archive, "orphan").await;
    let collector =
        without_grace(&installation).on(installation.store.clone(), installation.archive.clone());
    let error = collector.collect_archives().await.unwrap_err();
    assert!(error.to_string().contains("CHURN/newer"), "{error}");
    assert_eq!(installation.stored_digests().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_process_collects_at_a_time_and_the_next_continues_when_it_dies() {
    let installation = Installation::new().await.with_bundle().await;
    orphan(&installation.archive, "orphan").await;
    let collector =
        without_grace(&installation).on(installation.store.clone(), installation.archive.clone());
    let minute = Duration::from_secs(60);
    installation.store.take_lease("archive-collection", "dead", minute).await.unwrap();
    let held = collector.collect_archives().await.unwrap_err();
    assert!(held.to_string().contains("archives are being collected by dead"), "{held}");
    tokio::time::sleep(minute).await;
    assert_eq!(collector.collect_archives().await.unwrap().removed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_collection_that_dies_at_any_commit_is_continued() {
    for mode in [FailureMode::Before, FailureMode::After] {
        for commit in 0..12 {
            let installation = Installation::new().await.with_bundle().await;
            for bytes in ["one", "two", "three"] {
                orphan(&installation.archive, bytes).await;
            }
            let dying = FailingStore::new(installation.store.clone(), mode(commit));
            let archive = installation.archive.clone();
            let dies = without_grace(&installation).on(dying, archive.clone());
            let _ = dies.collect_archives().await;
            tokio::time::sleep(Duration::from_secs(600)).await;
            let next = without_grace(&installation).on(installation.store.clone(), archive);
            next.collect_archives().await.unwrap();
            only_digest(&installation.archive).await;
            comes_back(&installation.dana(), "CHURN", "v1").await;
        }
    }
}

#[tokio::test]
async fn bytes_that_are_collected_and_published_at_the_same_time_are_there_afterwards() {
    for _ in 0..20 {
        let installation = Installation::racing().await;
        let bytes = super::bytes();
        let digest = BundleDigest::from_bytes(Sha256::digest(&bytes).into());
        let length = bytes.len() as u64;
        let stream = futures::stream::iter([Ok(Bytes::from(bytes))]).boxed();
        installation.archive.put(&digest, length, stream).await.unwrap();
        let racing = PacedStore::yielding(installation.store.clone());
        let collector = without_grace(&installation).on(racing, installation.archive.clone());
        let dana = installation.dana();
        let both = futures::join!(publish(&dana, "ONE"), collector.collect_archives());
        both.0.unwrap();
        comes_back(&dana, "ONE", "v1").await;
    }
}

#[tokio::test]
async fn archives_of_another_deployer_are_left_alone() {
    let installation = Installation::new().await.with_bundle().await;
    installation.deployer.collect_archives().await.unwrap();
    let stranger =
        without_grace(&installation).on(MemoryStore::new(), installation.archive.clone());
    let error = stranger.collect_archives().await.unwrap_err();
    assert!(matches!(error, DeployerError::NotPossible { .. }), "{error}");
    assert!(error.to_string().contains("belong to another Deployer"), "{error}");
    only_digest(&installation.archive).await;
}

#[tokio::test]
async fn what_a_killed_process_left_in_a_directory_is_collected() {
    let installation = Installation::new().await;
    let directory = tempfile::TempDir::new().unwrap();
    let archive = ObjectArchive::in_directory(directory.path()).unwrap();
    let collector = without_grace(&installation).on(installation.store.clone(), archive);
    collector.acting_as(dana()).upload_bundle(upload("v1"), None).await.unwrap();
    let folder = directory.path().join("sha256");
    let digest = BundleDigest::from_bytes(Sha256::digest("half").into());
    let leftover = folder.join(format!("{digest}#1"));
    std::fs::write(&leftover, "ha").unwrap();
    let past = std::fs::File::options().write(true).open(&leftover).unwrap();
    past.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let found = collector.collect_archives().await.unwrap();
    assert_eq!((found.interrupted_uploads, found.removed, found.examined), (1, 0, 1));
    assert!(!leftover.exists());
}
