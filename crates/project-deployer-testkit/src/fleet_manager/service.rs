//! The HTTP side of a fleet's service: listening, and everything that happens to a call before a route
//! decides over it.

mod entry;
mod fault_answer;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum_server::Handle;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fault::FaultPlan;
use crate::journal::{Call, Journal};
use crate::node::StartError;

/// What the routes and the handle in the test have in common. Each lock is held for the time of one
/// synchronous function.
pub(crate) struct Service<S> {
    state: Mutex<S>,
    journal: Mutex<Journal>,
    faults: Mutex<FaultPlan>,
    key: Key,
    prefix: Prefix,
    unknown_key: fn() -> Response,
}

/// The one key of a service: its id goes as user, its secret as password (`wire-facts.md` 1.4).
#[derive(Clone)]
pub(crate) struct Key {
    id: String,
    secret: String,
}

/// What stands before every path.
pub(crate) struct Prefix(Vec<String>);

/// A service that listens, until it is dropped.
pub(crate) struct Running {
    url: String,
    handle: Handle<SocketAddr>,
}

impl<S> Service<S> {
    /// Services tell in their own way that they do not know a key.
    pub(crate) fn new(state: S, key: Key, prefix: Prefix, unknown_key: fn() -> Response) -> Self {
        Self {
            state: Mutex::new(state),
            journal: Mutex::default(),
            faults: Mutex::default(),
            key,
            prefix,
            unknown_key,
        }
    }

    /// The service's state, for one function.
    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultPlan> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key.id
    }

    pub(crate) fn key_secret(&self) -> &str {
        &self.key.secret
    }

    pub(crate) fn calls_to(&self, method: &str, path: &str) -> Vec<Call> {
        let fits = |call: &Call| {
            let fits_method = method == "*" || call.method.eq_ignore_ascii_case(method);
            fits_method && crate::pattern::fits(path, &call.path)
        };
        self.journal().calls().into_iter().filter(fits).collect()
    }
}

impl Key {
    pub(crate) fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }

    /// Whether the headers of a request have this key.
    fn is_in(&self, headers: &HeaderMap) -> bool {
        let text = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, rest)) = text.and_then(|text| text.split_once(' ')) else {
            return false;
        };
        let expected = format!("{}:{}", self.id, self.secret);
        scheme.eq_ignore_ascii_case("basic")
            && STANDARD.decode(rest.trim()).is_ok_and(|bytes| bytes == expected.as_bytes())
    }
}

impl Prefix {
    pub(crate) fn new<const N: usize>(segments: [&str; N]) -> Self {
        Self(segments.map(str::to_owned).to_vec())
    }

    /// The rest of a path; nothing when it begins in another way.
    fn cut(&self, path: &str) -> Option<String> {
        let mut given = path.split('/').filter(|segment| !segment.is_empty());
        let fits = self.0.iter().all(|wanted| given.next() == Some(wanted));
        fits.then(|| format!("/{}", given.collect::<Vec<_>>().join("/")))
    }
}

/// Listens on a free port of 127.0.0.1. The URL is that of the port, and what clients write after it.
///
/// # Errors
///
/// There is no free port.
pub(crate) async fn start<S: Send + 'static>(
    service: &Arc<Service<S>>,
    routes: Router,
    after: &str,
) -> Result<Running, StartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}{after}", listener.local_addr()?);
    let handle = Handle::new();
    let routes = Router::new()
        .fallback_service(routes)
        .layer(from_fn_with_state(Arc::clone(service), entry::enter));
    let server = axum_server::from_tcp(listener)?.handle(handle.clone());
    tokio::spawn(async move { server.serve(routes.into_make_service()).await });
    handle.listening().await;
    Ok(Running { url, handle })
}

impl Running {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
