//! The cases for every [`BundleArchive`].

use std::io;

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;

use crate::archive::{BundleArchive, ByteStream, StoredArchive};

/// The digest of `abc`, from FIPS 180-2.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn pieces(pieces: &[&'static str]) -> ByteStream {
    let pieces: Vec<_> =
        pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
    stream::iter(pieces).boxed()
}

async fn read(archive: StoredArchive) -> Vec<u8> {
    let pieces: Vec<_> = archive.bytes.collect().await;
    pieces.into_iter().flat_map(Result::unwrap).collect()
}

/// However the stream splits them.
pub async fn bytes_come_back_under_their_digest(archive: &dyn BundleArchive) {
    let (digest, length) = archive.put(pieces(&["a", "", "bc"])).await.unwrap();
    assert_eq!((digest.as_str(), length), (ABC, 3));
    let stored = archive.open(&digest).await.unwrap().unwrap();
    assert_eq!(stored.length, 3);
    assert_eq!(read(stored).await, b"abc");
}

/// And a second put is no error.
pub async fn the_same_bytes_are_kept_once(archive: &dyn BundleArchive) {
    let one = archive.put(pieces(&["abc"])).await.unwrap();
    let other = archive.put(pieces(&["ab", "c"])).await.unwrap();
    assert_eq!(one, other);
    assert_eq!(archive.digests().await.unwrap(), [one.0]);
}

/// Rather than an error.
pub async fn absent_bytes_are_none(archive: &dyn BundleArchive) {
    let absent = BundleDigest::parse(ABC).unwrap();
    assert!(archive.open(&absent).await.unwrap().is_none());
    archive.delete(&absent).await.unwrap();
}

/// And others stay.
pub async fn deleted_bytes_are_gone(archive: &dyn BundleArchive) {
    let (gone, _) = archive.put(pieces(&["abc"])).await.unwrap();
    let (stays, _) = archive.put(pieces(&["abcd"])).await.unwrap();
    archive.delete(&gone).await.unwrap();
    assert!(archive.open(&gone).await.unwrap().is_none());
    assert_eq!(archive.digests().await.unwrap(), [stays]);
}

/// An interrupted upload is not a bundle.
pub async fn a_stream_that_fails_leaves_nothing(archive: &dyn BundleArchive) {
    let broken = stream::iter([
        Ok(Bytes::from_static(b"abc")),
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "reset")),
    ]);
    let error = archive.put(broken.boxed()).await.unwrap_err();
    assert_eq!(error.source.kind(), io::ErrorKind::ConnectionReset);
    assert!(archive.digests().await.unwrap().is_empty());
}
