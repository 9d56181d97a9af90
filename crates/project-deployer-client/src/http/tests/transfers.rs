//! Archives of any size, in both directions, in constant memory.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use futures::{StreamExt as _, stream};

use super::dev_server::{DevServer, Says, Script, digest, import, read};
use crate::error::NodeErrorKind;
use crate::upload::held::Held;
use crate::upload::{PIECE, Transferred, Upload};

const MIB: usize = 1024 * 1024;

/// Bytes that begin as a zip archive does, and that are the same each time.
pub(super) fn archive(length: usize) -> Vec<u8> {
    let mut dice = fastrand::Rng::with_seed(7);
    let mut bytes = b"PK".to_vec();
    bytes.resize(length, 0);
    dice.fill(&mut bytes[2..]);
    bytes
}

/// An archive that says how far it is, and what was said last.
fn watched(archive: Upload) -> (Upload, Arc<Mutex<Vec<Transferred>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    (archive.watched(move |so_far| noted.lock().unwrap().push(so_far)), seen)
}

/// The bytes go by in order, to the end.
fn assert_steady(seen: &Mutex<Vec<Transferred>>, length: usize) {
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 10, "{} events", seen.len());
    assert!(seen.is_sorted_by(|a, b| a.bytes < b.bytes), "{seen:?}");
    assert!(seen.iter().all(|so_far| so_far.of == Some(length as u64)), "{seen:?}");
    assert_eq!(seen.last().unwrap().bytes, length as u64);
}

#[tokio::test]
async fn an_upload_of_any_size_takes_a_bounded_memory() {
    // R23
    let bytes = archive(64 * MIB);
    let file = tempfile::NamedTempFile::with_suffix(".zip").unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let (server, held) = (Script::saying(&[Says::Status(200)]).await, Held::default());
    let counted = held.count(Upload::from_file(file.path()).await.unwrap());
    let (counted, seen) = watched(counted.checked(Some(digest(&bytes))));
    server.server.node().call_with(&import().nothing(), counted).await.unwrap();
    assert_eq!(server.received(), [digest(&bytes)]);
    assert_steady(&seen, 64 * MIB);
    assert!(held.most() <= 8 * PIECE, "{held:?}");
}

/// A server that sends these bytes in pieces, with or without their length, and counts what is left of
/// them between its reading and the test's.
async fn sending(bytes: &'static [u8], with_length: bool, held: &Held) -> DevServer {
    let held = held.clone();
    let answer = move || async move {
        let pieces = stream::iter(bytes.chunks(PIECE).map(|piece| Ok(piece.into())));
        let sent = Upload::new("", 0, pieces.boxed());
        let name = if with_length { "content-length" } else { "x-length" };
        ([(name, bytes.len().to_string())], Body::from_stream(held.count(sent).bytes))
    };
    DevServer::start(Router::new().fallback(answer)).await
}

fn lasting(length: usize) -> &'static [u8] {
    Box::leak(archive(length).into_boxed_slice())
}

#[tokio::test]
async fn a_download_of_any_size_is_handed_on_as_it_comes() {
    // R23: what was sent and not taken fits into the buffers of two sockets, however slowly it is taken.
    let (bytes, sent) = (lasting(64 * MIB), Held::default());
    let server = sending(bytes, true, &sent).await;
    let download = server.node().download(&read(), "v1.zip").await.unwrap();
    assert_eq!(download.length, Some(64 * MIB as u64));
    let (mut download, seen) = watched(download.checked(Some(digest(bytes))));
    let (mut taken, mut most) = (0, 0);
    while let Some(piece) = download.bytes.next().await {
        taken += piece.unwrap().len();
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        most = most.max(sent.read() - taken);
    }
    assert_steady(&seen, 64 * MIB);
    assert!(most < 24 * MIB, "{most} bytes are somewhere on the way");
}

#[tokio::test]
async fn a_download_of_unknown_length_gets_one() {
    let (bytes, sent) = (lasting(5 * MIB), Held::default());
    let server = sending(bytes, false, &sent).await;
    let download = server.node().download(&read(), "v1.zip").await.unwrap();
    assert_eq!(download.length, Some(5 * MIB as u64));
    assert!(download.checked(Some(digest(bytes))).collect().await.unwrap() == bytes);
}

#[tokio::test]
async fn a_download_of_another_archive_fails_at_its_end() {
    // R16
    let (bytes, sent) = (lasting(MIB), Held::default());
    let server = sending(bytes, true, &sent).await;
    let download = server.node().download(&read(), "v1.zip").await.unwrap();
    let error = download.checked(Some(digest(b"another"))).collect().await.unwrap_err();
    assert!(error.to_string().starts_with("its digest is "), "{error}");
}

#[tokio::test]
async fn a_download_is_asked_for_again_until_it_begins() {
    // R7
    let server = Script::saying(&[Says::Status(502), Says::Later(503, 0), Says::Status(200)]).await;
    let error = server.server.node().download(&read(), "v1.zip").await.unwrap_err();
    let kind = NodeErrorKind::Malformed("it is no zip archive".to_owned());
    assert_eq!((error.kind, server.calls()), (kind, 3));
}

#[tokio::test]
async fn an_archive_that_promises_more_than_we_take_is_not_taken() {
    // R6
    let answer = async || {
        let pieces = stream::iter([Ok::<_, std::io::Error>("PK")]).chain(stream::pending());
        ([("content-length", (1_u64 << 40).to_string())], Body::from_stream(pieces))
    };
    let server = DevServer::start(Router::new().fallback(answer)).await;
    let refused = server.node().download(&read(), "v1.zip").await;
    let kind = refused.map(|archive| archive.length).unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::TooLarge(16 << 30));
}
