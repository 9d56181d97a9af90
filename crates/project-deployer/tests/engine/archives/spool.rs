use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::StreamExt as _;
use project_deployer::Deployer;
use project_deployer::store::ArchiveLocation;
use project_deployer_client::prelude::*;
use project_deployer_client::{FakeFleet, Upload};
use tempfile::TempDir;

use super::bytes;
use crate::installation::{Installation, dana, upload};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The open files of this process below a directory: a file without a name is there, too.
fn open_files(directory: &Path) -> Vec<PathBuf> {
    let opened = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    let below = |path: &PathBuf| fs::read_link(path).is_ok_and(|to| to.starts_with(directory));
    opened.filter(below).collect()
}

/// An upload that reports when its first piece was taken, and then waits.
fn half_an_upload() -> (Upload, futures::channel::oneshot::Receiver<()>) {
    let (sent, taken) = futures::channel::oneshot::channel();
    let first = futures::stream::once(async { Ok(Bytes::from_static(b"PK")) });
    let mut sent = Some(sent);
    let rest = futures::stream::poll_fn(move |_| {
        drop(sent.take());
        std::task::Poll::<Option<std::io::Result<Bytes>>>::Pending
    });
    let upload = Upload::new("x.zip", 9, first.chain(rest).boxed());
    (upload, taken)
}

#[tokio::test]
async fn an_upload_is_received_in_the_configured_directory_for_its_owner_alone() {
    let installation = Installation::new().await;
    let place = TempDir::new().unwrap();
    let directory = place.path().join("state/incoming");
    let deployer = Deployer::builder(installation.fleet.clone())
        .spool_directory(&directory)
        .on(installation.store.clone(), installation.archive.clone());
    assert_eq!(mode(&directory), 0o700);
    let (half, taken) = half_an_upload();
    let session = deployer.acting_as(dana());
    let uploading = tokio::spawn(async move { session.upload_bundle(half, None).await });
    let _ = taken.await;
    let received = open_files(&directory);
    assert_eq!(received.len(), 1);
    assert_eq!(mode(&received[0]), 0o600);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0, "a killed process leaves nothing");
    uploading.abort();
    let _ = uploading.await;
    deployer.acting_as(dana()).upload_bundle(upload("v1"), None).await.unwrap();
    assert_eq!(open_files(&directory), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_a_dead_process_left_among_uploads_is_removed_at_the_next_start() {
    let installation = Installation::new().await;
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join(".tmpAb12Cd"), bytes()).unwrap();
    fs::write(directory.path().join("notes.txt"), "x").unwrap();
    let deployer = Deployer::builder(installation.fleet.clone())
        .spool_directory(directory.path())
        .on(installation.store.clone(), installation.archive.clone());
    let left: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
    drop(deployer);
}

#[tokio::test]
async fn uploads_are_received_beside_the_archives() {
    let place = TempDir::new().unwrap();
    let state = format!("sqlite:{}", place.path().join("deployer.db").display());
    Deployer::builder(FakeFleet::new()).open(&state).await.unwrap();
    assert_eq!(mode(&place.path().join("deployer.db.bundles/spool")), 0o700);

    let elsewhere = place.path().join("disk/archives");
    let archives = ArchiveLocation::Directory(elsewhere.clone());
    let state = format!("sqlite:{}", place.path().join("other.db").display());
    let deployer =
        Deployer::builder(FakeFleet::new()).archives(archives).open(&state).await.unwrap();
    deployer.acting_as(dana()).upload_bundle(upload("v1"), None).await.unwrap();
    assert_eq!(fs::read_dir(elsewhere.join("sha256")).unwrap().count(), 1);
    assert_eq!(mode(&elsewhere.join("spool")), 0o700);
    assert!(!place.path().join("other.db.bundles").exists());
}

#[tokio::test]
async fn two_states_do_not_share_archives() {
    let place = TempDir::new().unwrap();
    let archives: ArchiveLocation =
        format!("file:{}", place.path().join("archives").display()).parse().unwrap();
    let open = |name: &str| {
        let state = format!("sqlite:{}", place.path().join(name).display());
        let builder = Deployer::builder(FakeFleet::new()).archives(archives.clone());
        async move { builder.open(&state).await }
    };
    open("one.db").await.unwrap();
    open("one.db").await.unwrap();
    let error = open("two.db").await.unwrap_err();
    assert_eq!(error.code(), "deployer-archive-owner");
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_an_error_at_the_start() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "x").unwrap();
    let state = format!("sqlite:{}", place.path().join("deployer.db").display());
    let builder = Deployer::builder(FakeFleet::new()).spool_directory(file.join("spool"));
    let error = builder.open(&state).await.unwrap_err();
    assert_eq!(error.code(), "deployer-spool-unusable");
    assert!(error.to_string().contains("file/spool"), "{error}");
}
