use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use project_deployer_core::NodeAddress;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fleet::{FleetCredentials, FleetManager, Launchpad};
use crate::http::{HttpConnector, HttpConnectorBuilder, HttpTimeouts};
use crate::retry::RetryPolicy;

/// The status of an answer that never comes.
pub(super) const NO_ANSWER: u16 = 0;

const TENANT: &str = "/api/public/tenants/main";

/// A service that answers as a function says: status, then body. A body that begins with `Location: `
/// is a redirect, one that begins with `<` a page; [`NO_ANSWER`] never comes.
pub(super) struct DevService {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    server: JoinHandle<()>,
}

/// What the service was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Method and path with its query; the tenant is left out.
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl DevService {
    pub(super) async fn answering(
        answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (journal, answer) = (Arc::clone(&asked), Arc::new(answer));
        let routes = Router::new().fallback(move |request: Request| {
            let (journal, answer) = (Arc::clone(&journal), Arc::clone(&answer));
            async move {
                let asked = Asked::of(request).await;
                let (status, body) = answer(&asked);
                journal.lock().unwrap().push(asked);
                if status == NO_ANSWER {
                    std::future::pending::<()>().await;
                }
                let (name, value) = match body.strip_prefix("Location: ") {
                    Some(place) => ("location", place.to_owned()),
                    None if body.starts_with('<') => ("content-type", "text/html".to_owned()),
                    None => ("content-type", "application/json".to_owned()),
                };
                (StatusCode::from_u16(status).unwrap(), [(name, value)], body)
            }
        });
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, asked, server }
    }

    /// After this, no server listens any more.
    pub(super) async fn stop(mut self) {
        self.server.abort();
        let ended = (&mut self.server).await;
        assert!(ended.is_err_and(|error| error.is_cancelled()));
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    pub(super) fn address(&self) -> NodeAddress {
        NodeAddress::parse(&format!("http://{}", self.address)).unwrap()
    }

    pub(super) fn fleet(&self) -> FleetManager {
        let builder = FleetManager::builder(self.address(), credentials());
        builder.connector(honest(quick_polls())).build().unwrap()
    }

    /// The same, where a call and a task may take so long.
    pub(super) fn impatient_fleet(&self, limit: Duration) -> FleetManager {
        let timeouts = HttpTimeouts { call: limit, task: limit, ..quick_polls() };
        let builder = FleetManager::builder(self.address(), credentials());
        builder.connector(honest(timeouts)).build().unwrap()
    }

    pub(super) fn launchpad(&self) -> Launchpad {
        let address = NodeAddress::parse(&format!("{}/v1", self.address())).unwrap();
        let builder = Launchpad::builder("space-1", credentials()).address(address);
        builder.connector(honest(quick_polls())).build().unwrap()
    }
}

impl Drop for DevService {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Asked {
    async fn of(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().unwrap().as_str();
        let target = target.strip_prefix(TENANT).unwrap_or(target);
        let line = format!("{} {target}", parts.method);
        Self { line, headers: parts.headers, body: to_bytes(body, usize::MAX).await.unwrap() }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(super) fn credentials() -> FleetCredentials {
    FleetCredentials::new("key-1", "canary-secret").unwrap()
}

fn quick_polls() -> HttpTimeouts {
    HttpTimeouts {
        first_poll: Duration::from_millis(1),
        longest_poll: Duration::from_millis(2),
        ..HttpTimeouts::default()
    }
}

/// Makes every call once: what a test sees is what happened to that one.
fn honest(timeouts: HttpTimeouts) -> HttpConnectorBuilder {
    HttpConnector::builder().timeouts(timeouts).retries(RetryPolicy::never())
}

pub(super) fn ok(body: &Value) -> (u16, String) {
    (200, body.to_string())
}
