//! Archives of calls that are made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt as _;
use futures::stream;

use super::dev_server::{ClosedPort, Says, Script, digest, import};
use crate::error::{NodeErrorKind, SideEffect};
use crate::upload::{Upload, UploadSource};

const ARCHIVE: &[u8] = b"PK and more";

/// An archive that counts how often it is opened.
fn counting(opened: &Arc<AtomicUsize>) -> UploadSource {
    let opened = Arc::clone(opened);
    UploadSource::new("v1.zip", ARCHIVE.len() as u64, move || {
        opened.fetch_add(1, Ordering::SeqCst);
        async { Ok(stream::once(async { Ok(ARCHIVE.into()) }).boxed()) }
    })
}

#[tokio::test]
async fn an_archive_that_can_be_opened_again_is_sent_whole_again() {
    let server = Script::saying(&[Says::Later(503, 0), Says::Status(200)]).await;
    let opened = Arc::default();
    server.server.node().call_with(&import().nothing(), counting(&opened)).await.unwrap();
    assert_eq!(server.received(), [digest(ARCHIVE), digest(ARCHIVE)]);
    assert_eq!(opened.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_archive_that_was_read_is_not_sent_again() {
    let server = Script::saying(&[Says::Later(503, 0), Says::Status(200)]).await;
    let archive = Upload::from_bytes("v1.zip", ARCHIVE);
    let error = server.server.node().call_with(&import().nothing(), archive).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Busy(Some(_))), "{error}");
    assert_eq!(server.received(), [digest(ARCHIVE)]);
}

#[tokio::test]
async fn an_import_whose_reply_was_lost_is_not_sent_again() {
    // R4, R7
    let server = Script::saying(&[Says::HalfASuccess, Says::Status(200)]).await;
    let opened = Arc::default();
    let error =
        server.server.node().call_with(&import().nothing(), counting(&opened)).await.unwrap_err();
    assert_eq!((error.kind.side_effect(), server.calls()), (SideEffect::Unknown, 1));
    assert_eq!(opened.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn where_nobody_listens_an_archive_is_tried_three_times_and_stays_unread() {
    let closed = ClosedPort::hold();
    let node = closed.node();
    let opened = Arc::default();
    let error = node.call_with(&import().nothing(), counting(&opened)).await.unwrap_err();
    assert_eq!((error.kind, opened.load(Ordering::SeqCst)), (NodeErrorKind::Unreachable, 3));

    let once = UploadSource::from(Upload::from_bytes("v1.zip", ARCHIVE));
    node.call_with(&import().nothing(), once.clone()).await.unwrap_err();
    assert_eq!(once.open().await.unwrap().collect().await.unwrap(), ARCHIVE);
}

#[tokio::test]
async fn an_archive_that_cannot_be_opened_is_our_own_failure() {
    let server = Script::saying(&[Says::Status(200)]).await;
    let gone = UploadSource::new("v1.zip", 1, || async { Err(std::io::Error::other("unmounted")) });
    let error = server.server.node().call_with(&import().nothing(), gone).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Archive("unmounted".to_owned()));
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn an_archive_with_another_digest_does_not_arrive_whole() {
    // R16
    let server = Script::saying(&[Says::Status(200)]).await;
    let archive = Upload::from_bytes("v1.zip", ARCHIVE).checked(Some(digest(b"another")));
    let error = server.server.node().call_with(&import().nothing(), archive).await.unwrap_err();
    let NodeErrorKind::Archive(reason) = &error.kind else { panic!("{error}") };
    assert!(reason.starts_with("its digest is "), "{reason}");
    assert!(server.received().is_empty());
}
