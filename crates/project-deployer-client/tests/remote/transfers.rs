//! Archives travel piece by piece, in both directions.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, NodeErrorKind, RetryPolicy, Upload};
use tokio::sync::oneshot;

use crate::samples::{bundle_id, deployment_id, key};
use crate::server::{Server, answer, json_answer};

/// The second piece comes after the first one was received, and otherwise never.
fn in_two_pieces(seen: oneshot::Receiver<()>) -> impl stream::Stream<Item = io::Result<Bytes>> {
    let first = stream::once(async { Ok(Bytes::from_static(b"PK-first")) });
    let second = stream::once(async {
        seen.await.map_err(io::Error::other)?;
        Ok(Bytes::from_static(b"-second"))
    });
    first.chain(second)
}

const WHOLE: &[u8] = b"PK-first-second";

#[tokio::test]
async fn an_upload_is_sent_while_it_is_read() {
    let (sender, seen) = oneshot::channel();
    let sender = std::sync::Arc::new(std::sync::Mutex::new(Some(sender)));
    let receive = move |request: Request| async move {
        let mut received = Vec::new();
        let mut pieces = request.into_body().into_data_stream();
        while let Some(piece) = pieces.next().await {
            received.extend_from_slice(&piece.unwrap());
            let begun = received.windows(8).any(|bytes| bytes == b"PK-first");
            if let Some(sender) = begun.then(|| sender.lock().unwrap().take()).flatten() {
                sender.send(()).unwrap();
            }
        }
        let whole = received.windows(WHOLE.len()).any(|bytes| bytes == WHOLE);
        if whole { answer(200, "") } else { answer(400, "not whole") }
    };
    let server = Server::routing(Router::new().fallback(receive)).await;
    let upload = Upload::new("v1.zip", WHOLE.len() as u64, in_two_pieces(seen).boxed());
    server.deployer().upload_bundle(upload, None).await.unwrap();
}

#[tokio::test]
async fn a_download_is_read_while_it_is_sent() {
    let (sender, seen) = oneshot::channel();
    let mut sent = answer(200, Body::from_stream(in_two_pieces(seen)));
    sent.headers_mut().insert("content-length", WHOLE.len().into());
    let server = Server::with([sent]).await;
    let mut archive = server.deployer().download_bundle(&key(), &bundle_id()).await.unwrap();
    assert_eq!(archive.length, Some(WHOLE.len() as u64));
    let first = archive.bytes.next().await.unwrap().unwrap();
    assert_eq!(&first[..], b"PK-first");
    sender.send(()).unwrap();
    assert_eq!(&archive.collect().await.unwrap()[..], b"-second");
}

#[tokio::test]
async fn an_archive_of_unknown_length_has_one_when_it_is_handed_on() {
    let pieces = stream::iter([Ok::<_, io::Error>("PK"), Ok("-by"), Ok("tes")]);
    let server = Server::with([answer(200, Body::from_stream(pieces))]).await;
    let archive = server.deployer().download_bundle(&key(), &bundle_id()).await.unwrap();
    assert_eq!(archive.length, Some(8));
    assert_eq!(&archive.collect().await.unwrap()[..], b"PK-bytes");
}

#[tokio::test]
async fn a_download_that_breaks_off_ends_with_an_error() {
    let pieces = stream::iter([Ok("PK-first"), Err(io::Error::other("gone"))]);
    let mut sent: Response<Body> = answer(200, Body::from_stream(pieces));
    sent.headers_mut().insert("content-length", WHOLE.len().into());
    let server = Server::with([sent]).await;
    // It may break off before or after the beginning is handed on; either way it is an error.
    if let Ok(archive) = server.deployer().download_bundle(&key(), &bundle_id()).await {
        archive.collect().await.unwrap_err();
    }
}

#[tokio::test]
async fn a_download_that_did_not_begin_is_asked_for_again_and_an_update_never() {
    // R6
    let policy = || RetryPolicy::default().pauses(Duration::ZERO, Duration::ZERO);
    let server = Server::with([answer(503, "later"), answer(200, "PK-bytes")]).await;
    let deployer = server.deployer_that(policy());
    let archive = deployer.download_bundle(&key(), &bundle_id()).await.unwrap();
    assert_eq!(&archive.collect().await.unwrap()[..], b"PK-bytes");
    let server = Server::with([answer(502, "gateway"), answer(200, "{}")]).await;
    server.deployer_that(policy()).start_update(&deployment_id()).await.unwrap_err();
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn what_is_no_archive_is_told_as_what_it_is() {
    let error_inside = serde_json::json!({"errorType": "IOException", "message": "no space left"});
    let html = || answer(200, "<html>Log in</html>");
    for (sent, expected) in [
        (html(), "the response is not from the product"),
        (json_answer(200, &error_inside), "no space left"),
        (json_answer(200, &serde_json::json!({"a": 1})), "no zip archive"),
        (answer(200, ""), "empty"),
    ] {
        let server = Server::with([sent]).await;
        let error = server.deployer().download_bundle(&key(), &bundle_id()).await.unwrap_err();
        let DeployerError::Node(error) = error else { panic!("{error}") };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn an_archive_that_cannot_be_read_on_our_side_is_told_as_such() {
    let server = Server::with([answer(200, "")]).await;
    let upload =
        Upload::new("v1.zip", 4, stream::iter([Err(io::Error::other("disk gone"))]).boxed());
    let error = server.deployer().upload_bundle(upload, None).await.unwrap_err();
    let DeployerError::Node(error) = error else { panic!("{error}") };
    assert!(matches!(&error.kind, NodeErrorKind::Archive(text) if text.contains("disk gone")));
}
