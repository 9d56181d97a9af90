//! Copies beside files and archives that belong to somebody else.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use futures::StreamExt as _;
use project_deployer::state_admin::{
    Archives, StateError, StatePlace, backup, restore, status, verify,
};
use project_deployer_core::BundleDigest;
use project_deployer_store::{BundleArchive as _, ObjectArchive};
use sha2::{Digest as _, Sha256};

use super::{Contents, Places, SILENT, contents_at, installed, state_of};

/// The files below a folder, each with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_new_copy_uses_no_files_of_an_old_name_beside_it() {
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let folder = places.0.path().join("one");
    let at = |name: &str| folder.join(name);
    // The names of earlier versions.
    fs::rename(at("deployer.db.key"), at("deployer.key")).unwrap();
    fs::rename(at("deployer.db.bundles"), at("deployer.bundles")).unwrap();
    let (key, bundles) = (fs::read(at("deployer.key")).unwrap(), files(&at("deployer.bundles")));

    let one = places.place("one").open().await.unwrap();
    let copy = StatePlace::at(format!("sqlite:{}", at("deployer.sqlite").display()));
    restore(&one, &copy, SILENT()).await.unwrap();
    assert_ne!(fs::read(at("deployer.sqlite.key")).unwrap(), key, "a key of its own");
    let found = status(&copy.open().await.unwrap()).await.unwrap();
    assert!(found.archives.place.ends_with("deployer.sqlite.bundles"), "{}", found.archives.place);
    assert_eq!(found.archives.count, 2);
    assert_eq!(fs::read(at("deployer.key")).unwrap(), key);
    assert_eq!(files(&at("deployer.bundles")), bundles);
    // The old state is what it was.
    let old = places.place("one").open().await.unwrap();
    assert_eq!(verify(&old, SILENT()).await.unwrap().faults, []);
    assert_eq!(status(&old).await.unwrap().archives.count, 2);
}

/// Puts an archive that no bundle of the state names.
async fn put_of_somebody_else(archives: &ObjectArchive) -> BundleDigest {
    let bytes = Bytes::from_static(b"of somebody else");
    let digest = BundleDigest::from_bytes(Sha256::digest(&bytes).into());
    let stream = futures::stream::iter([Ok(bytes.clone())]).boxed();
    archives.put(&digest, bytes.len() as u64, stream).await.unwrap();
    digest
}

#[tokio::test]
async fn a_failed_copy_removes_no_archive_that_was_there_before() {
    let (places, installation) = (Places::new(), installed().await);
    let shared = places.0.path().join("shared");
    let archives = ObjectArchive::in_directory(&shared).unwrap();
    let theirs = put_of_somebody_else(&archives).await;
    // One that this state needs as well.
    let [ours, lost] = installation.stored_digests().await.try_into().unwrap();
    let stored = installation.archive.open(&ours, 0).await.unwrap().unwrap();
    archives.put(&ours, stored.length, stored.bytes).await.unwrap();
    installation.archive.delete(&lost).await.unwrap();

    let place = places.place("backup").archives_at(format!("file:{}", shared.display()));
    let refused = backup(&state_of(&installation), &place, Archives::Copy, SILENT()).await;
    assert!(matches!(refused, Err(StateError::ArchiveMissing { .. })), "{refused:?}");
    assert_eq!(contents_at(&places, "backup").await, Contents::default());
    let left = archives.list(None, 10).await.unwrap();
    let left: Vec<_> = left.into_iter().map(|archive| archive.digest).collect();
    let mut expected = vec![theirs, ours];
    expected.sort();
    assert_eq!(left, expected);
}
