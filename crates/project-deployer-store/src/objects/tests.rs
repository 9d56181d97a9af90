use std::fs::{self, File};
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use super::Naming;
use super::ObjectArchive;
use crate::archive::{
    ArchiveError, BundleArchive, ByteStream, Damage, ListedArchive, StoredArchive,
};
use crate::archive_file::{ArchiveFile, ArchiveFileWriter};

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

    async fn put_file(&self, file: &ArchiveFile) -> Result<(), ArchiveError> {
        self.archive.put_file(file).await
    }

    fn file_directory(&self) -> Option<PathBuf> {
        self.archive.file_directory()
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

    async fn claim(&self, owner: &str) -> Result<String, ArchiveError> {
        self.archive.claim(owner).await
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
async fn what_a_killed_process_left_in_a_directory_is_removed_when_it_is_old() {
    let archive = new_archive();
    let folder = archive.directory.path().join("bundles/sha256");
    fs::create_dir_all(&folder).unwrap();
    let digest = BundleDigest::from_bytes(Sha256::digest("abc").into());
    let names =
        [format!("{digest}#1"), format!("{digest}#12"), "notes#1".to_owned(), format!("{digest}")];
    for name in &names {
        fs::write(folder.join(name), "x").unwrap();
    }
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    assert_eq!(archive.archive.remove_interrupted(epoch).await.unwrap(), 0);
    let tomorrow = archive.archive.now().await.unwrap() + std::time::Duration::from_secs(86_400);
    assert_eq!(archive.archive.remove_interrupted(tomorrow).await.unwrap(), 2);
    let mut left: Vec<_> = files(&folder);
    left.sort();
    assert_eq!(left, [folder.join(&names[3]), folder.join(&names[2])]);
}

#[tokio::test]
async fn a_damaged_file_is_reported_before_its_last_bytes() {
    let archive = new_archive();
    let bytes = vec![7_u8; 3 << 20];
    let digest = BundleDigest::from_bytes(Sha256::digest(&bytes).into());
    let whole = Bytes::from(bytes.clone());
    let stream = stream::iter([Ok(whole)]).boxed();
    archive.put(&digest, bytes.len() as u64, stream).await.unwrap();
    let file = archive.directory.path().join("bundles/sha256").join(digest.as_str());
    let mut flipped = bytes.clone();
    flipped[5] ^= 1;
    fs::write(&file, &flipped).unwrap();
    let stored = archive.open(&digest, 0).await.unwrap().unwrap();
    let mut stored = stored.checked(&digest, Some(bytes.len() as u64)).unwrap();
    let (mut read, mut failure) = (0, None);
    while let Some(piece) = stored.bytes.next().await {
        match piece {
            Ok(piece) => read += piece.len(),
            Err(error) => failure = Some(error),
        }
    }
    let failure = failure.unwrap();
    assert!(
        matches!(ArchiveError::damage_in(&failure), Some(Damage::Digest { .. })),
        "{failure:?}"
    );
    assert!(read < bytes.len());
    for wrong in [&bytes[..9], &[&bytes[..], b"x"].concat()] {
        fs::write(&file, wrong).unwrap();
        let stored = archive.open(&digest, 0).await.unwrap().unwrap();
        let error = stored.checked(&digest, Some(bytes.len() as u64)).unwrap_err();
        let damage = Damage::Length { expected: bytes.len() as u64, found: wrong.len() as u64 };
        assert_eq!((error.code(), error.damage()), ("archive-damaged", Some(&damage)));
    }
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

/// The same file: nothing was copied.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_of_the_same_file_system_is_taken_as_it_is() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let archive = new_archive();
    let written = |file: File| {
        let mut writer = ArchiveFileWriter::new(file);
        writer.write(&[Bytes::from_static(b"abc")]).unwrap();
        writer.finish().unwrap()
    };
    let place = archive.file_directory().unwrap();
    fs::create_dir_all(&place).unwrap();
    let own = tempfile::tempfile_in(&place).unwrap();
    own.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    let own = written(own);
    // A folder that a group reads.
    let folder = archive.directory.path().join("bundles/sha256");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    archive.put_file(&own).await.unwrap();
    let name = folder.join(own.digest().as_str());
    let stored = fs::metadata(&name).unwrap();
    assert_eq!(stored.ino(), own.reader().unwrap().metadata().unwrap().ino());
    assert_eq!((stored.nlink(), stored.mode() & 0o777), (1, 0o640));
    // A folder that gives its group to its files: only a privileged process may give them to any group.
    const GROUP: u32 = 4711;
    if std::os::unix::fs::chown(&folder, None, Some(GROUP)).is_ok() {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o2770)).unwrap();
        archive.delete(own.digest()).await.unwrap();
        let in_group = written(tempfile::tempfile_in(&place).unwrap());
        archive.put_file(&in_group).await.unwrap();
        let stored = fs::metadata(&name).unwrap();
        assert_eq!((stored.gid(), stored.mode() & 0o777), (GROUP, 0o640));
    }
    // One that cannot be taken is copied, and the copy leaves nothing beside it.
    archive.delete(own.digest()).await.unwrap();
    let had_a_name = written(tempfile::NamedTempFile::new_in(&place).unwrap().into_file());
    archive.put_file(&had_a_name).await.unwrap();
    let copied = fs::metadata(&name).unwrap();
    assert_ne!(copied.ino(), had_a_name.reader().unwrap().metadata().unwrap().ino());
    assert_eq!(files(archive.directory.path()), [name]);
}

/// A file that was written where the archive wants it.
#[cfg(target_os = "linux")]
fn received(archive: &InDirectory, bytes: &[u8]) -> ArchiveFile {
    use std::os::unix::fs::PermissionsExt as _;
    let place = archive.file_directory().unwrap();
    fs::create_dir_all(&place).unwrap();
    let file = tempfile::tempfile_in(&place).unwrap();
    file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    let mut writer = ArchiveFileWriter::new(file);
    writer.write(&[Bytes::copy_from_slice(bytes)]).unwrap();
    writer.finish().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_of_another_file_system_is_copied() {
    // E1: the directory says so, or only the call that gives the file a name there.
    use std::os::unix::fs::MetadataExt as _;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rustix::io::Errno;

    static FILE_SYSTEMS: AtomicU64 = AtomicU64::new(0);
    let of_system = Naming::of_system();
    let elsewhere = Naming {
        device: |_| FILE_SYSTEMS.fetch_add(1, Ordering::Relaxed),
        name: |_, _| panic!("it cannot get a name there"),
    };
    let only_the_call = Naming { name: |_, _| Err(Errno::XDEV), ..of_system };
    let no_second_names = Naming { name: |_, _| Err(Errno::PERM), ..of_system };
    for (number, naming) in [elsewhere, only_the_call, no_second_names].into_iter().enumerate() {
        let mut archive = new_archive();
        archive.archive.naming = naming;
        // One that fits into one request, and one that does not.
        for bytes in [b"abc".to_vec(), vec![7; 9 << 20]] {
            let file = received(&archive, &bytes);
            archive.put_file(&file).await.unwrap();
            archive.put_file(&file).await.unwrap();
            let name = archive.directory.path().join("bundles/sha256").join(file.digest().as_str());
            let (stored, own) =
                (fs::metadata(&name).unwrap(), file.reader().unwrap().metadata().unwrap());
            assert_ne!(stored.ino(), own.ino(), "{number}");
            assert!(fs::read(&name).unwrap() == bytes, "{number}");
            assert_eq!(own.nlink(), 0, "{number}: what was received is gone with its reader");
            drop(file);
            assert_eq!(files(archive.directory.path()), std::slice::from_ref(&name), "{number}");
            fs::remove_file(name).unwrap();
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_gets_no_name_for_another_reason_is_an_error_and_is_not_copied() {
    // E1: a full disk would take no copy either.
    let mut archive = new_archive();
    archive.archive.naming =
        Naming { name: |_, _| Err(rustix::io::Errno::NOSPC), ..Naming::of_system() };
    let file = received(&archive, b"abc");
    let error = archive.put_file(&file).await.unwrap_err();
    assert!(error.to_string().contains(file.digest().as_str()), "{error}");
    assert_eq!(files(archive.directory.path()), Vec::<PathBuf>::new());
    archive.archive.naming = Naming::of_system();
    archive.put_file(&file).await.unwrap();
    assert_eq!(archive.list(None, 9).await.unwrap().len(), 1, "the same file, once there is room");
}
