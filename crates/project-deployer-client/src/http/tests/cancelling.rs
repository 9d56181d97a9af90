//! Calls that are dropped in the middle: nothing is left half-owned.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Multipart};
use axum::routing::{get, post};
use futures::{StreamExt as _, stream};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use super::dev_server::{DevServer, brisk, import, received_archive};
use crate::request::NodeRequest;
use crate::upload::Upload;

/// Far longer than anything here takes.
const FAR_TOO_LONG: Duration = Duration::from_secs(30);

/// Reports when it is dropped.
struct Alarm(Arc<Notify>);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// The beginning of an archive, and then nothing more for ever.
fn half(begun: &Arc<Notify>, gone: &Arc<Notify>) -> Body {
    let (begun, alarm) = (Arc::clone(begun), Alarm(Arc::clone(gone)));
    let start = stream::once(async move {
        begun.notify_one();
        Ok::<_, std::io::Error>(Bytes::from_static(b"PK and"))
    });
    let never = stream::once(async move {
        let _held = alarm;
        std::future::pending().await
    });
    Body::from_stream(start.chain(never))
}

/// A server that answers one path with half an answer, and says at the other who asks.
async fn halting(begun: &Arc<Notify>, gone: &Arc<Notify>) -> DevServer {
    let (begun, gone) = (Arc::clone(begun), Arc::clone(gone));
    let halt = move || async move { ([("content-length", "100")], half(&begun, &gone)) };
    let port = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.port().to_string() };
    let router = Router::new()
        .route("/dip/publicapi/half", get(halt))
        .route("/dip/publicapi/port", get(port));
    DevServer::start(router).await
}

fn asking(path: &str) -> NodeRequest {
    NodeRequest::get("ask", &[path])
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_its_connection_with_it() {
    let (begun, gone) = (Arc::default(), Arc::default());
    let server = halting(&begun, &gone).await;
    let node = server.node();
    let port = async || node.json::<u16>(&asking("port")).await.unwrap();
    let first = port().await;
    assert_eq!(port().await, first, "connections are used again when an answer was read whole");
    let half = asking("half");
    tokio::select! {
        answer = node.json::<u16>(&half) => panic!("{answer:?}"),
        () = begun.notified() => {}
    }
    timeout(FAR_TOO_LONG, gone.notified()).await.unwrap();
    assert_ne!(port().await, first, "the rest of another answer would be on it");
}

#[tokio::test]
async fn a_download_that_is_dropped_takes_its_connection_with_it() {
    let (begun, gone) = (Arc::default(), Arc::default());
    let server = halting(&begun, &gone).await;
    let node = server.node();
    let port = async || node.json::<u16>(&asking("port")).await.unwrap();
    let first = port().await;
    let mut archive = node.download(&asking("half"), "v1.zip").await.unwrap();
    assert_eq!(archive.bytes.next().await.unwrap().unwrap(), "PK and");
    drop(archive);
    timeout(FAR_TOO_LONG, gone.notified()).await.unwrap();
    assert_ne!(port().await, first);
}

#[tokio::test]
async fn an_upload_that_is_dropped_is_no_archive_for_its_receiver() {
    // R8: the node learns that there is no more to come, and does not take half for all.
    let (begun, (ended, mut endings)) = (Arc::new(Notify::new()), mpsc::unbounded_channel());
    let first_piece = Arc::clone(&begun);
    let receive = move |archive: Multipart| async move {
        let _ = ended.send(received_archive(archive, |_| first_piece.notify_one()).await);
    };
    // The handler itself is dropped with its connection, unless it reads in a task of its own.
    let detached = move |archive: Multipart| async move {
        let _ = tokio::spawn(receive(archive)).await;
    };
    let router = Router::new().route("/dip/publicapi/something", post(detached));
    let server = DevServer::start(router).await;
    let node = server.node_below("", &brisk().build().unwrap());
    let start = stream::iter([Ok(Bytes::from(vec![7; 100_000]))]);
    let bytes = start.chain(stream::pending()).boxed();
    let archive = Upload::new("v1.zip", 200_000, bytes);
    let request = import().nothing();
    tokio::select! {
        answer = node.call_with(&request, archive) => panic!("{answer:?}"),
        () = begun.notified() => {}
    }
    let ending = timeout(FAR_TOO_LONG, endings.recv()).await.unwrap().unwrap();
    assert!(ending.is_err(), "{ending:?}");
}
