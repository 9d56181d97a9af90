//! Faults in front of any HTTP server.

use std::fmt;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, EXPECT, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::node::{StartError, must_start};
use crate::server::{ANY_PORT, Admitted, NoAnswer, Reception, Running, Shared, start};
use crate::traffic::{Traffic, faults_and_journal};

/// A proxy in front of an HTTP server, on a free port of 127.0.0.1, that makes calls fail. It passes HTTP/1.1 on and
/// knows nothing else of the server behind it. It does not support TLS. It stops when it is dropped.
///
/// Paths of faults and of the journal are complete, with the prefix of the API. [`Call::reached`] shows whether
/// the server has answered a call. The proxy does not know which keys are valid.
///
/// [`Call::reached`]: crate::Call::reached
///
/// ```
/// use project_deployer_testkit::{Fault, FaultProxy, MockNode};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let node = MockNode::builder("auto-prod").start().await;
/// let proxy = FaultProxy::start(node.url()).await;
/// proxy.fault(Fault::connection_reset().on("GET", "/public/api/instance-info").once());
/// let client = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build()?;
/// let asked = || client.get(format!("{}/public/api/instance-info", proxy.url())).send();
/// assert!(asked().await.is_err());
/// assert_eq!(asked().await?.status(), 401);
/// # Ok(())
/// # }
/// ```
pub struct FaultProxy {
    shared: Arc<Shared<Upstream>>,
    running: Running,
}

/// Host and port of the server behind the proxy.
struct Upstream(String);

/// Every call is passed on: the server decides.
struct ProxyReception;

impl Reception<Upstream> for ProxyReception {
    fn below_api(&self, path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    fn admit(&self, _: &Upstream, _: &mut Parts) -> Result<Admitted, Box<Response>> {
        Ok(Admitted::WithoutKey)
    }
}

impl FaultProxy {
    /// Starts in front of a server with a plain `http` URL. The server may be down.
    ///
    /// # Errors
    ///
    /// There is no free port, or the URL is no `http` URL.
    pub async fn try_start(server_url: &str) -> Result<Self, StartError> {
        let (server, path) = address(server_url)
            .ok_or_else(|| StartError::NotPlainHttp { url: server_url.to_owned() })?;
        let shared = Arc::new(Shared::new(Upstream(server), ProxyReception));
        let route = Router::new().fallback(pass_on).with_state(Arc::clone(&shared));
        let running = start(&shared, route, ANY_PORT, path, None).await?;
        Ok(Self { shared, running })
    }

    /// Starts in front of a server with a plain `http` URL.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails: a test needs it.
    pub async fn start(server_url: &str) -> Self {
        must_start("fault proxy", Self::try_start(server_url).await)
    }

    /// The server's URL with the address of the proxy.
    #[must_use]
    pub fn url(&self) -> &str {
        self.running.url()
    }

    fn traffic(&self) -> &Traffic {
        &self.shared.traffic
    }
}

faults_and_journal!(FaultProxy);

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy")
            .field("url", &self.url())
            .field("server", &self.shared.state().0)
            .field("seed", &self.traffic().faults().seed())
            .finish_non_exhaustive()
    }
}

/// Host and port, and the path after them without a slash at its end.
fn address(url: &str) -> Option<(String, &str)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port_follows = host.rsplit(']').next().is_some_and(|end| end.contains(':'));
    let server = if port_follows { host.to_owned() } else { format!("{host}:80") };
    (!host.is_empty()).then(|| (server, path.trim_end_matches('/')))
}

async fn pass_on(State(proxy): State<Arc<Shared<Upstream>>>, request: Request) -> Response {
    let server = proxy.state().0.clone();
    // Whatever breaks here, the caller sees it as what it is: an answer that does not come.
    ask(&server, request).await.unwrap_or_else(|_| NoAnswer.into_response())
}

/// The server's answer, as it arrives.
async fn ask(server: &str, mut request: Request) -> io::Result<Response> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // It ends with the body of the answer, which says whether it ended well.
    tokio::spawn(connection);
    // These are for one connection only. The body is complete, so it needs no chunks.
    for name in [CONNECTION, EXPECT, TRANSFER_ENCODING] {
        request.headers_mut().remove(name);
    }
    let mut answer = sender.send_request(request).await.map_err(io::Error::other)?;
    for name in [CONNECTION, TRANSFER_ENCODING] {
        answer.headers_mut().remove(name);
    }
    Ok(answer.map(Body::new))
}

#[cfg(test)]
mod tests;
