//! Faults in front of any HTTP server.

mod answer;
mod exchange;
mod message;

use std::fmt;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use crate::node::{StartError, must_start};
use crate::server::{ANY_PORT, listen_on};
use crate::traffic::{Traffic, faults_and_journal};

/// A proxy in front of an HTTP server, on a free port of 127.0.0.1, that makes calls fail. It works on the bytes
/// of TCP connections, one call per connection, and knows nothing of the server behind it. It does not support
/// TLS. It stops when it is dropped.
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
    shared: Arc<Shared>,
    url: String,
    listener: AbortHandle,
}

/// The state that the connections and the handle in the test share.
struct Shared {
    /// Host and port of the server.
    server: String,
    traffic: Traffic,
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
        let (listener, _) = listen_on(ANY_PORT)?;
        let address = listener.local_addr().map_err(StartError::listen(ANY_PORT))?;
        let listener = TcpListener::from_std(listener).map_err(StartError::listen(address))?;
        let url = format!("http://{address}{path}");
        let shared = Arc::new(Shared { server, traffic: Traffic::default() });
        let listener = tokio::spawn(listen(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { shared, url, listener })
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
        &self.url
    }

    fn traffic(&self) -> &Traffic {
        &self.shared.traffic
    }
}

faults_and_journal!(FaultProxy);

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy")
            .field("url", &self.url)
            .field("server", &self.shared.server)
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

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Connections end with the proxy.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        connections.spawn(serve(client, Arc::clone(&shared)));
    }
}

async fn serve(client: TcpStream, shared: Arc<Shared>) {
    // Whatever breaks here, the caller sees it as what it is: an answer that does not come.
    let _ = exchange::carry_out(client, shared).await;
}

#[cfg(test)]
mod tests;
