//! The cases for every [`BundleArchive`].

use std::fs::{self, File};
use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};

use crate::archive::{ArchiveError, BundleArchive, ByteStream, StoredArchive};
use crate::archive_file::{ArchiveFile, ArchiveFileWriter};

/// The digest of `abc`, from FIPS 180-2.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn abc() -> BundleDigest {
    BundleDigest::parse(ABC).unwrap()
}

fn digest_of(bytes: &str) -> BundleDigest {
    BundleDigest::from_bytes(Sha256::digest(bytes).into())
}

fn pieces(pieces: &[&'static str]) -> ByteStream {
    let pieces: Vec<_> =
        pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
    stream::iter(pieces).boxed()
}

async fn put(archive: &dyn BundleArchive, bytes: &'static str) -> BundleDigest {
    let digest = digest_of(bytes);
    archive.put(&digest, bytes.len() as u64, pieces(&[bytes])).await.unwrap();
    digest
}

async fn stored(archive: &dyn BundleArchive) -> Vec<BundleDigest> {
    let listed = archive.list(None, usize::MAX).await.unwrap();
    listed.into_iter().map(|archive| archive.digest).collect()
}

async fn read(archive: StoredArchive) -> Vec<u8> {
    let pieces: Vec<_> = archive.bytes.collect().await;
    pieces.into_iter().flat_map(Result::unwrap).collect()
}

/// However the stream splits them.
pub async fn bytes_come_back_under_their_digest(archive: &dyn BundleArchive) {
    archive.put(&abc(), 3, pieces(&["a", "", "bc"])).await.unwrap();
    let stored = archive.open(&abc(), 0).await.unwrap().unwrap();
    assert_eq!(stored.length, 3);
    assert_eq!(read(stored).await, b"abc");
}

/// Also from the end on, and beyond it.
pub async fn bytes_are_read_from_an_offset(archive: &dyn BundleArchive) {
    put(archive, "abc").await;
    for (offset, rest) in [(1, "bc"), (3, ""), (9, "")] {
        let stored = archive.open(&abc(), offset).await.unwrap().unwrap();
        assert_eq!(stored.length, 3);
        assert_eq!(read(stored).await, rest.as_bytes());
    }
}

/// And a second put is no error.
pub async fn the_same_bytes_are_kept_once(archive: &dyn BundleArchive) {
    put(archive, "abc").await;
    archive.put(&abc(), 3, pieces(&["ab", "c"])).await.unwrap();
    let listed = archive.list(None, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].digest, listed[0].length), (&abc(), 3));
}

/// Rather than an error.
pub async fn absent_bytes_are_none(archive: &dyn BundleArchive) {
    for offset in [0, 1, u64::MAX] {
        assert!(archive.open(&abc(), offset).await.unwrap().is_none());
    }
    archive.delete(&abc()).await.unwrap();
}

/// And others stay.
pub async fn deleted_bytes_are_gone(archive: &dyn BundleArchive) {
    let gone = put(archive, "abc").await;
    let stays = put(archive, "abcd").await;
    archive.delete(&gone).await.unwrap();
    assert!(archive.open(&gone, 0).await.unwrap().is_none());
    assert_eq!(stored(archive).await, [stays]);
}

/// In ascending order, whatever the page.
pub async fn a_list_is_read_in_pages(archive: &dyn BundleArchive) {
    let mut all = Vec::new();
    for bytes in ["a", "b", "c", "d", "e"] {
        all.push(put(archive, bytes).await);
    }
    all.sort();
    let mut found = Vec::new();
    loop {
        let page = archive.list(found.last(), 2).await.unwrap();
        let is_last = page.len() < 2;
        found.extend(page.into_iter().map(|archive| archive.digest));
        if is_last {
            break;
        }
    }
    assert_eq!(found, all);
}

/// An interrupted upload is not a bundle.
pub async fn a_stream_that_fails_leaves_nothing(archive: &dyn BundleArchive) {
    let broken = stream::iter([
        Ok(Bytes::from_static(b"abc")),
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "reset")),
    ]);
    let error = archive.put(&abc(), 3, broken.boxed()).await.unwrap_err();
    match error {
        ArchiveError::Interrupted { digest, source } => {
            assert_eq!(digest, abc());
            assert_eq!(source.kind(), io::ErrorKind::ConnectionReset);
        }
        other => panic!("expected an interrupted stream, found {other:?}"),
    }
    assert!(stored(archive).await.is_empty());
}

/// Too few, too many, or others of the same length.
pub async fn other_bytes_than_announced_are_refused(archive: &dyn BundleArchive) {
    for other in [&["ab"][..], &["abc", "d"], &["abd"], &[]] {
        let error = archive.put(&abc(), 3, pieces(other)).await.unwrap_err();
        assert!(matches!(error, ArchiveError::Mismatch { digest } if digest == abc()));
    }
    assert!(stored(archive).await.is_empty());
    put(archive, "abc").await;
}

/// And the bytes are whole.
pub async fn of_many_who_put_the_same_bytes_all_succeed(archive: &dyn BundleArchive) {
    let putting = (0..8).map(|_| put(archive, "abc"));
    futures::future::join_all(putting).await;
    assert_eq!(read(archive.open(&abc(), 0).await.unwrap().unwrap()).await, b"abc");
    assert_eq!(stored(archive).await, [abc()]);
}

/// More than one request can hold.
fn large() -> Vec<u8> {
    (0..(17_u32 << 20)).map(|at| (at % 251) as u8).collect()
}

async fn put_large(archive: &dyn BundleArchive, bytes: &[u8]) -> BundleDigest {
    let digest = BundleDigest::from_bytes(Sha256::digest(bytes).into());
    let pieces: Vec<_> =
        bytes.chunks(300_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    archive.put(&digest, bytes.len() as u64, stream::iter(pieces).boxed()).await.unwrap();
    digest
}

/// Byte by byte, also from an offset.
pub async fn an_archive_of_several_parts_comes_back(archive: &dyn BundleArchive) {
    let bytes = large();
    let digest = put_large(archive, &bytes).await;
    let stored = archive.open(&digest, 0).await.unwrap().unwrap();
    let stored = stored.checked(&digest, Some(bytes.len() as u64)).unwrap();
    assert!(read(stored).await == bytes);
    let stored = archive.open(&digest, 5).await.unwrap().unwrap();
    assert_eq!(stored.length, bytes.len() as u64);
    assert!(read(stored).await == bytes[5..]);
}

/// And the bytes are whole.
pub async fn of_two_who_put_a_large_archive_both_succeed(archive: &dyn BundleArchive) {
    let bytes = large();
    let (digest, _) = futures::join!(put_large(archive, &bytes), put_large(archive, &bytes));
    assert_eq!(stored(archive).await, std::slice::from_ref(&digest));
    assert!(read(archive.open(&digest, 0).await.unwrap().unwrap()).await == bytes);
}

/// The first who claims them; the owner is no archive.
pub async fn archives_have_one_owner(archive: &dyn BundleArchive) {
    assert_eq!(archive.claim("first").await.unwrap(), "first");
    assert_eq!(archive.claim("second").await.unwrap(), "first");
    assert!(stored(archive).await.is_empty());
    put(archive, "abc").await;
    assert_eq!(archive.claim("first").await.unwrap(), "first");
}

fn written(file: File, bytes: &[u8]) -> ArchiveFile {
    let mut writer = ArchiveFileWriter::new(file);
    for piece in bytes.chunks(300_000) {
        writer.write(&[Bytes::copy_from_slice(piece)]).unwrap();
    }
    assert_eq!(writer.length(), bytes.len() as u64);
    writer.finish().unwrap()
}

/// A file where the archive wants it.
fn file_of(archive: &dyn BundleArchive, bytes: &[u8]) -> ArchiveFile {
    let file = match archive.file_directory() {
        Some(directory) => {
            fs::create_dir_all(&directory).unwrap();
            tempfile::tempfile_in(directory)
        }
        None => tempfile::tempfile(),
    };
    written(file.unwrap(), bytes)
}

async fn all_of(archive: &dyn BundleArchive, digest: &BundleDigest) -> Vec<u8> {
    let stored = archive.open(digest, 0).await.unwrap().unwrap();
    read(stored.checked(digest, None).unwrap()).await
}

/// Also when the file is closed.
pub async fn a_file_comes_back_under_its_digest(archive: &dyn BundleArchive) {
    for bytes in ["abc", ""] {
        let file = file_of(archive, bytes.as_bytes());
        assert_eq!((file.digest(), file.length()), (&digest_of(bytes), bytes.len() as u64));
        archive.put_file(&file).await.unwrap();
        drop(file);
        assert_eq!(all_of(archive, &digest_of(bytes)).await, bytes.as_bytes());
    }
    assert_eq!(stored(archive).await, [abc(), digest_of("")]);
}

/// From another place, and also if it had a name there.
pub async fn a_file_from_elsewhere_comes_back(archive: &dyn BundleArchive) {
    archive.put_file(&written(tempfile::tempfile().unwrap(), b"abc")).await.unwrap();
    assert_eq!(all_of(archive, &abc()).await, b"abc");
    let had_a_name = tempfile::NamedTempFile::new().unwrap().into_file();
    archive.put_file(&written(had_a_name, b"abcd")).await.unwrap();
    assert_eq!(all_of(archive, &digest_of("abcd")).await, b"abcd");
}

/// Byte by byte.
pub async fn a_large_file_comes_back(archive: &dyn BundleArchive) {
    let bytes = large();
    let file = file_of(archive, &bytes);
    archive.put_file(&file).await.unwrap();
    assert!(all_of(archive, file.digest()).await == bytes);
}

/// However it comes.
pub async fn the_same_file_is_kept_once(archive: &dyn BundleArchive) {
    let file = file_of(archive, b"abc");
    archive.put_file(&file).await.unwrap();
    archive.put_file(&file).await.unwrap();
    archive.put_file(&file_of(archive, b"abc")).await.unwrap();
    put(archive, "abc").await;
    assert_eq!(stored(archive).await, [abc()]);
    put(archive, "abcd").await;
    archive.put_file(&file_of(archive, b"abcd")).await.unwrap();
    assert_eq!(stored(archive).await.len(), 2);
    assert_eq!(all_of(archive, &abc()).await, b"abc");
}

/// The same one, that was open all the time.
pub async fn a_deleted_file_can_be_put_again(archive: &dyn BundleArchive) {
    let file = file_of(archive, b"abc");
    archive.put_file(&file).await.unwrap();
    archive.delete(&abc()).await.unwrap();
    assert!(stored(archive).await.is_empty());
    archive.put_file(&file).await.unwrap();
    assert_eq!(all_of(archive, &abc()).await, b"abc");
}

/// And not when it was written: what is stored and not used is removed by its age.
pub async fn a_file_is_stored_when_it_is_put(archive: &dyn BundleArchive) {
    let file = file_of(archive, b"abc");
    file.reader().unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    archive.put_file(&file).await.unwrap();
    let listed = archive.list(None, 1).await.unwrap();
    let age = archive.now().await.unwrap().duration_since(listed[0].stored).unwrap_or_default();
    assert!(age < Duration::from_secs(86_400), "{age:?}");
}

/// And the bytes are whole.
pub async fn of_many_who_put_the_same_file_all_succeed(archive: &dyn BundleArchive) {
    let files: Vec<_> = (0..8).map(|_| file_of(archive, b"abc")).collect();
    let putting = files.iter().map(|file| archive.put_file(file));
    futures::future::try_join_all(putting).await.unwrap();
    assert_eq!(stored(archive).await, [abc()]);
    assert_eq!(all_of(archive, &abc()).await, b"abc");
}
