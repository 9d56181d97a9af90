//! Backups, restored states and moved states.

use std::sync::atomic::{AtomicUsize, Ordering};

use project_deployer::state_admin::{
    Archives, State, StateError, backup, move_state, restore, status, verify,
};
use project_deployer::{Deployer, DeployerOpenError};
use project_deployer_client::prelude::*;
use project_deployer_core::BundleDigest;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{
    ArchiveError, BundleArchive, ByteStream, Collection, Commit, DocumentKey, Expected, KeySource,
    ListedArchive, Maintenance as _, MemoryArchive, Store as _, StoredArchive,
};

use super::{Contents, Places, SILENT, contents, contents_at, installed, state_of};
use crate::installation::{Installation, parsed};

async fn open(installation: &Installation, url: &str) -> Result<Deployer, DeployerOpenError> {
    Deployer::builder(installation.fleet.clone()).open(url).await
}

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up() {
    // R1
    let (places, installation) = (Places::new(), installed().await);
    let state = state_of(&installation);
    let written = backup(&state, &places.place("backup"), Archives::Copy, SILENT()).await.unwrap();
    assert_eq!((written.archives, written.archives_at), (2, None));
    let saved = places.place("backup").unencrypted().open().await.unwrap();
    let restored = restore(&saved, &places.place("new"), SILENT()).await.unwrap();
    assert_eq!((restored.documents, restored.entries), (written.documents, written.entries));
    assert_eq!(contents_at(&places, "new").await, contents(&installation.store).await);

    // Its secrets are sealed now, and no revision of the old store is used again.
    let new = places.place("new").open().await.unwrap();
    let found = status(&new).await.unwrap();
    assert_eq!((found.secrets.unsealed, found.secrets.by_key.values().sum::<u64>()), (0, 2));
    assert!(found.revision > status(&state).await.unwrap().revision);
    assert_eq!(verify(&new, SILENT()).await.unwrap().faults, []);

    // A Deployer goes on with it.
    let deployer = open(&installation, &places.url("new")).await.unwrap();
    let dana = deployer.acting_as(crate::installation::dana());
    let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
    let update = dana.wait(&task).await.unwrap();
    assert_eq!(update.status, UpdateStatus::Success, "{update:?}");
}

#[tokio::test]
async fn a_backup_by_reference_names_the_archives() {
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let one = places.place("one").open().await.unwrap();
    let written = backup(&one, &places.place("b"), Archives::ByReference, SILENT()).await.unwrap();
    let at = written.archives_at.unwrap();
    assert!(at.starts_with("file:") && at.ends_with("deployer.db.bundles"), "{at}");
    // The backup has no key of its own.
    let keys = KeySource::File(places.0.path().join("one/deployer.db.key"));
    let saved = places.place("b").keys_from(keys.clone()).open().await.unwrap();
    assert_eq!(status(&saved).await.unwrap().archives.place, at);
    let copied = restore(&saved, &places.place("new"), SILENT()).await.unwrap();
    assert_eq!(copied.archives, 2);
    let new = places.place("new").open().await.unwrap();
    assert_eq!(status(&new).await.unwrap().archives.count, 2);
    assert_eq!(contents_at(&places, "new").await, contents(&installation.store).await);
}

#[tokio::test]
async fn only_an_empty_state_is_filled() {
    let (places, installation) = (Places::new(), installed().await);
    let state = state_of(&installation);
    restore(&state, &places.place("full"), SILENT()).await.unwrap();
    let before = contents_at(&places, "full").await;
    for refused in [
        restore(&state, &places.place("full"), SILENT()).await.unwrap_err(),
        backup(&state, &places.place("full").unencrypted(), Archives::Copy, SILENT())
            .await
            .unwrap_err(),
        move_state(&state, &places.place("full"), SILENT()).await.unwrap_err(),
    ] {
        let is_right = matches!(refused, StateError::NotEmpty { .. } | StateError::Open(_));
        assert!(is_right, "{refused:?}");
    }
    assert_eq!(contents_at(&places, "full").await, before);
    let again = places.place("full").init().await.unwrap_err();
    assert!(matches!(again, StateError::NotEmpty { .. }));
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_written() {
    let (places, installation) = (Places::new(), installed().await);
    let digest = installation.stored_digests().await.remove(0);
    installation.archive.delete(&digest).await.unwrap();
    let refused = restore(&state_of(&installation), &places.place("new"), SILENT()).await;
    match refused.unwrap_err() {
        StateError::Faulty { faults, first, .. } => {
            assert_eq!(faults, 1);
            assert!(first.contains(digest.as_str()), "{first}");
        }
        other => panic!("{other:?}"),
    }
    assert!(!places.0.path().join("new").exists());
}

#[tokio::test]
async fn a_failed_backup_leaves_nothing_behind() {
    let (places, installation) = (Places::new(), installed().await);
    let digest = installation.stored_digests().await.remove(0);
    installation.archive.delete(&digest).await.unwrap();
    let place = places.place("backup");
    let refused = backup(&state_of(&installation), &place, Archives::Copy, SILENT()).await;
    assert!(matches!(refused, Err(StateError::ArchiveMissing { .. })), "{refused:?}");
    assert_eq!(contents_at(&places, "backup").await, Contents::default());
    let left = place.unencrypted().open().await.unwrap();
    let left = status(&left).await.unwrap();
    assert_eq!((left.archives.count, left.incoming), (0, None));
}

#[tokio::test]
async fn no_deployer_opens_half_a_copy_or_a_state_that_was_moved() {
    let (places, installation) = (Places::new(), installed().await);
    let url = places.url("new");
    interrupted(&installation, &places).await;
    let refused = open(&installation, &url).await.unwrap_err();
    let is_right = matches!(refused, DeployerOpenError::State(StateError::Unfinished { .. }));
    assert!(is_right, "{refused:?}");

    let state = state_of(&installation);
    move_state(&state, &places.place("new"), SILENT()).await.unwrap();
    open(&installation, &url).await.unwrap();
    let again = move_state(&state, &places.place("other"), SILENT()).await.unwrap_err();
    assert!(matches!(again, StateError::Moved { .. }), "{again:?}");
    assert_eq!(status(&state).await.unwrap().moved_to, Some(url));
}

/// A move to `new` that ends when its documents are copied: its archives vanish after they were checked.
async fn interrupted(installation: &Installation, places: &Places) {
    let archive = Vanishing { inner: installation.archive.clone(), opened: AtomicUsize::new(0) };
    let state = State::of(installation.store.clone(), archive, "memory");
    let moved = move_state(&state, &places.place("new"), SILENT()).await;
    assert!(matches!(moved, Err(StateError::ArchiveMissing { .. })), "{moved:?}");
}

/// Archives that can be read once each, by the check, and then no more.
#[derive(Debug)]
struct Vanishing {
    inner: MemoryArchive,
    opened: AtomicUsize,
}

#[async_trait::async_trait]
impl BundleArchive for Vanishing {
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError> {
        self.inner.put(digest, length, bytes).await
    }

    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError> {
        let before = self.opened.fetch_add(1, Ordering::SeqCst);
        if before >= 2 { Ok(None) } else { self.inner.open(digest, offset).await }
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        self.inner.delete(digest).await
    }

    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError> {
        self.inner.list(after, limit).await
    }
}

#[tokio::test]
async fn a_move_that_was_interrupted_takes_over_what_changed_since() {
    let (places, installation) = (Places::new(), installed().await);
    interrupted(&installation, &places).await;
    // The source is still the state: it changes.
    installation.publish("v3").await;
    installation.deploy("churn-prod", "prod", "v3").await;
    installation.update("churn-dev").await;
    installation.dana().delete_deployment(&parsed("churn-prod")).await.unwrap();
    let expected = contents(&installation.store).await;
    move_state(&state_of(&installation), &places.place("new"), SILENT()).await.unwrap();
    assert_eq!(contents_at(&places, "new").await, expected);
}

#[tokio::test]
async fn a_state_with_a_running_deployer_is_backed_up_and_not_moved() {
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let deployer = Deployer::builder(installation.fleet.clone())
        .name("the-one-that-runs")
        .open(&places.url("one"))
        .await
        .unwrap();
    let state = places.place("one").open().await.unwrap();
    let refused = move_state(&state, &places.place("two"), SILENT()).await.unwrap_err();
    assert!(refused.to_string().contains("the-one-that-runs"), "{refused}");
    backup(&state, &places.place("backup"), Archives::Copy, SILENT()).await.unwrap();
    let groups = deployer.acting_as(Caller::administrator(parsed("root"))).infras().await.unwrap();
    assert_eq!(groups.len(), 2);
    drop(deployer);
    // Its task releases the lease as soon as it runs.
    let moved = loop {
        match move_state(&state, &places.place("two"), SILENT()).await {
            Err(StateError::Running { .. }) => tokio::task::yield_now().await,
            done => break done,
        }
    };
    moved.unwrap();
}

/// An installation whose update still runs, by its documents, and whose archives have an owner.
async fn in_the_middle_of_an_update() -> Installation {
    let installation = installed().await;
    let mut commit = Commit::new().put(owner(), Expected::Any, "the-original".into());
    for key in installation.store.keys(None, 1000).await.unwrap() {
        if ["update", "latest-update"].contains(&key.collection.name()) {
            let mut body = installation.store.read(&key).await.unwrap().unwrap().body;
            body["document"]["status"] = "RUNNING".into();
            commit = commit.put(key, Expected::Any, body);
        }
    }
    installation.store.commit(commit).await.unwrap();
    installation
}

fn owner() -> DocumentKey {
    Collection::new("archive-index").key("owner")
}

/// The status of the last update of `churn-dev`, and whether there is a name for the owner of archives.
async fn copied(places: &Places, name: &str) -> (String, bool) {
    let found = contents_at(places, name).await.documents;
    let latest = &found[&Collection::new("latest-update").key("churn-dev")].0;
    let status = latest["document"]["status"].as_str().unwrap().to_owned();
    (status, found.contains_key(&owner()))
}

#[tokio::test]
async fn a_copy_goes_on_with_no_update_and_owns_no_archives_of_its_original() {
    // R1: an update of long ago must not reach a node from a backup.
    let (places, installation) = (Places::new(), in_the_middle_of_an_update().await);
    let state = state_of(&installation);
    backup(&state, &places.place("backup"), Archives::Copy, SILENT()).await.unwrap();
    assert_eq!(copied(&places, "backup").await, ("FAILED".to_owned(), false));
    let saved = places.place("backup").unencrypted().open().await.unwrap();
    assert_eq!(verify(&saved, SILENT()).await.unwrap().faults, []);

    // A moved state is the same Deployer.
    move_state(&state, &places.place("moved"), SILENT()).await.unwrap();
    assert_eq!(copied(&places, "moved").await, ("RUNNING".to_owned(), true));
}
