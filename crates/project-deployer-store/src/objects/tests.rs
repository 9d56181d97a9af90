use std::fs;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{ObjectArchive, PART};
use crate::archive::{ArchiveError, BundleArchive, ByteStream, ListedArchive, StoredArchive};

/// An archive, and its directory, which goes with it.
#[derive(Debug)]
struct InDirectory {
    archive: ObjectArchive,
    directory: TempDir,
}

fn new_archive() -> InDirectory {
    let directory = TempDir::new().unwrap();
    let archive = ObjectArchive::in_directory(&directory.path().join("bundles")).unwrap();
    InDirectory { archive, directory }
}

#[async_trait]
impl BundleArchive for InDirectory {
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError> {
        self.archive.put(digest, length, bytes).await
    }

    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError> {
        self.archive.open(digest, offset).await
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        self.archive.delete(digest).await
    }

    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError> {
        self.archive.list(after, limit).await
    }
}

mod conformance {
    crate::archive_conformance!(super::new_archive());
}

/// All files below a directory.
fn files(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: std::path::PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(of).collect()
}

#[tokio::test]
async fn an_archive_of_several_parts_comes_back() {
    let archive = new_archive();
    let bytes: Vec<u8> = (0..2 * PART + 17).map(|at| (at % 251) as u8).collect();
    let digest = BundleDigest::from_bytes(Sha256::digest(&bytes).into());
    let pieces: Vec<_> =
        bytes.chunks(1 << 20).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    archive.put(&digest, bytes.len() as u64, stream::iter(pieces).boxed()).await.unwrap();
    let stored = archive.open(&digest, 5).await.unwrap().unwrap();
    let pieces: Vec<_> = stored.bytes.collect().await;
    let read: Vec<u8> = pieces.into_iter().flat_map(Result::unwrap).collect();
    assert!(read == bytes[5..]);
}

#[tokio::test]
async fn a_refused_upload_leaves_no_file() {
    let archive = new_archive();
    let digest = BundleDigest::from_bytes(Sha256::digest("abc").into());
    let others = stream::iter([Ok(Bytes::from_static(b"abd"))]).boxed();
    archive.put(&digest, 3, others).await.unwrap_err();
    assert_eq!(files(archive.directory.path()), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn files_that_are_no_archives_are_left_alone() {
    let archive = new_archive();
    let place = archive.directory.path().join("bundles/sha256");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("notes.txt"), "x").unwrap();
    assert_eq!(archive.list(None, 10).await.unwrap(), []);
}
