use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Multipart};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, stream};
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::{ApiKeySecret, BundleDigest, NodeAddress};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use crate::connector::Identity;
use crate::error::Retry;
use crate::http::{HttpConnector, HttpConnectorBuilder, HttpNode};
use crate::request::NodeRequest;
use crate::retry::RetryPolicy;

/// A server of this process on a free port. It stops when it is dropped.
pub(super) struct DevServer {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl DevServer {
    pub(super) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = router
            .layer(DefaultBodyLimit::disable())
            .into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, task }
    }

    /// The node at a path below the server.
    pub(super) fn node_below(&self, path: &str, connector: &HttpConnector) -> HttpNode {
        node_at(&format!("http://{}{path}", self.address), connector)
    }

    pub(super) fn node(&self) -> HttpNode {
        self.node_below("", &brisk().build().unwrap())
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A port where connections are refused: it is taken, and nothing listens on it. No other test gets it as long
/// as this is there.
pub(super) struct ClosedPort(TcpSocket);

impl ClosedPort {
    pub(super) fn hold() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self(socket)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    pub(super) fn node(&self) -> HttpNode {
        node_at(&self.url(), &brisk().build().unwrap())
    }
}

fn node_at(address: &str, connector: &HttpConnector) -> HttpNode {
    let settings = NodeSettings::new(
        NodeAddress::parse(address).unwrap(),
        ApiKeySecret::new("secret-of-the-key").unwrap(),
    );
    connector.node(&settings, &Identity::ApiKey).unwrap()
}

/// A connector that repeats without pauses to speak of.
pub(super) fn brisk() -> HttpConnectorBuilder {
    let pauses = Duration::from_millis(1);
    let policy = RetryPolicy::default().pauses(pauses, Retry::LONGEST_PAUSE).seed(7);
    HttpConnector::builder().retries(policy)
}

/// What a server says to a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Says {
    /// This status, with a body of JSON.
    Status(u16),
    /// This status, with the seconds of `Retry-After`.
    Later(u16, u64),
    /// The head of a success, half a body, and the end of the connection: the reply is lost.
    HalfASuccess,
}

impl IntoResponse for Says {
    fn into_response(self) -> Response {
        let status = |code| StatusCode::from_u16(code).unwrap();
        match self {
            Self::Status(code) => (status(code), "{}").into_response(),
            Self::Later(code, seconds) => {
                (status(code), [("retry-after", seconds.to_string())], "{}").into_response()
            }
            Self::HalfASuccess => {
                let pieces = [Ok(Bytes::from("{")), Err(std::io::Error::other("cable cut"))];
                Body::from_stream(stream::iter(pieces)).into_response()
            }
        }
    }
}

/// A server that says one thing after the other, the last one for ever, and counts.
pub(super) struct Script {
    pub(super) server: DevServer,
    calls: Arc<AtomicUsize>,
    received: Arc<Mutex<Vec<BundleDigest>>>,
}

impl Script {
    pub(super) async fn saying(script: &[Says]) -> Self {
        let (calls, received) = <(Arc<AtomicUsize>, Arc<Mutex<Vec<_>>>)>::default();
        let (script, counted, noted) = (script.to_vec(), Arc::clone(&calls), Arc::clone(&received));
        let answer = move |archive: Option<Multipart>| async move {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            if let Some(archive) = archive {
                let digest = received_archive(archive, |_| ()).await;
                noted.lock().unwrap().extend(digest.ok());
            }
            script[number.min(script.len() - 1)]
        };
        let server = DevServer::start(Router::new().fallback(answer)).await;
        Self { server, calls, received }
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The digests of the archives that came whole.
    pub(super) fn received(&self) -> Vec<BundleDigest> {
        self.received.lock().unwrap().clone()
    }
}

/// Reads the part `file` to its end, with so many bytes in hand at a time.
pub(super) async fn received_archive(
    mut archive: Multipart,
    mut piece_of: impl FnMut(usize),
) -> Result<BundleDigest, String> {
    let mut part = archive.next_field().await.map_err(|e| e.to_string())?.ok_or("no part")?;
    let mut hash = Sha256::new();
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(|error| error.to_string())?;
        piece_of(piece.len());
        hash.update(&piece);
    }
    Ok(BundleDigest::from_bytes(hash.finalize().into()))
}

pub(super) fn digest(bytes: &[u8]) -> BundleDigest {
    BundleDigest::from_bytes(Sha256::digest(bytes).into())
}

/// A read.
pub(super) fn read() -> NodeRequest {
    NodeRequest::get("read", &["something"])
}

/// A creation, which does harm twice.
pub(super) fn creation() -> NodeRequest {
    NodeRequest::post("create", &["something"])
}

/// An import of an archive, which does harm twice.
pub(super) fn import() -> NodeRequest {
    NodeRequest::post("import", &["something"]).with_archive()
}

/// A replacement of a whole document.
pub(super) fn replacement() -> NodeRequest {
    NodeRequest::put("write", &["something"], serde_json::json!({}))
}
