//! Uploads that end before their last byte.

use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::stream::{self, StreamExt as _};
use project_deployer_store::{ArchiveError, BundleArchive, ByteStream, ObjectArchive};

use crate::moto::Moto;
use crate::{digest_of, large, pieces, put, read, server, settings, tomorrow};

/// The first bytes, and then the end.
fn cut_off(bytes: &[u8], end: ByteStream) -> ByteStream {
    pieces(&bytes[..10 << 20]).chain(end).boxed()
}

fn reset() -> ByteStream {
    let reset = io::Error::new(io::ErrorKind::ConnectionReset, "reset");
    stream::once(async { Err(reset) }).boxed()
}

async fn an_interrupted_upload_leaves_nothing_visible(archive: &dyn BundleArchive) {
    let bytes = large();
    let (digest, length) = (digest_of(&bytes), bytes.len() as u64);
    let error = archive.put(&digest, length, cut_off(&bytes, reset())).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Interrupted { .. }), "{error:?}");
    let error = archive.put(&digest, length, cut_off(&bytes, stream::empty().boxed())).await;
    assert!(matches!(error, Err(ArchiveError::Mismatch { .. })), "{error:?}");
    assert!(archive.open(&digest, 0).await.unwrap().is_none());
    assert!(archive.list(None, 10).await.unwrap().is_empty());
    put(archive, &bytes).await;
    assert!(read(archive, &digest).await == bytes);
}

#[tokio::test]
async fn an_interrupted_upload_is_not_in_the_bucket() {
    let address = server::start().await;
    let archive = ObjectArchive::in_bucket(&settings(&address)).unwrap();
    an_interrupted_upload_leaves_nothing_visible(&archive).await;
    // This server cannot list uploads.
    assert_eq!(archive.remove_interrupted(tomorrow()).await.unwrap(), 0);
}

#[tokio::test]
async fn an_interrupted_upload_is_not_in_a_bucket_of_moto() {
    let Some(moto) = Moto::start() else { return };
    an_interrupted_upload_leaves_nothing_visible(&moto.archive()).await;
}

#[tokio::test]
async fn what_a_killed_process_uploaded_is_found_and_removed_when_it_is_old() {
    let Some(moto) = Moto::start() else { return };
    let archive = moto.archive();
    let bytes = large();
    let digest = digest_of(&bytes);
    // As if the process were killed: the future is gone before its end.
    let (sent, waits) = futures::channel::oneshot::channel::<()>();
    let mut sent = Some(sent);
    let end = stream::poll_fn(move |_| {
        drop(sent.take());
        std::task::Poll::<Option<io::Result<Bytes>>>::Pending
    });
    let putting = archive.put(&digest, bytes.len() as u64, cut_off(&bytes, end.boxed()));
    futures::select! {
        put = putting.fuse() => panic!("it cannot end: {put:?}"),
        _ = waits.fuse() => {}
    }
    assert!(archive.open(&digest, 0).await.unwrap().is_none());
    let young = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    assert_eq!(archive.remove_interrupted(young).await.unwrap(), 0);
    let other = ObjectArchive::in_bucket(&settings(&moto.address).prefix("team/b")).unwrap();
    assert_eq!(other.remove_interrupted(tomorrow()).await.unwrap(), 0, "of another prefix");
    assert_eq!(archive.remove_interrupted(tomorrow()).await.unwrap(), 1);
    assert_eq!(archive.remove_interrupted(tomorrow()).await.unwrap(), 0);
    put(&archive, &bytes).await;
}
