use std::net::SocketAddr;

use axum_server::Handle;
use tokio::task::JoinHandle;

use super::port::HeldPort;
use crate::closed_port::ClosedPort;
use crate::node::must_start;

/// A server that listens until this is dropped. Its port is held as long.
#[derive(Debug)]
pub(crate) struct Running {
    url: String,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    serving: Option<JoinHandle<()>>,
    port: Option<HeldPort>,
}

impl Running {
    pub(super) fn new(
        url: String,
        address: SocketAddr,
        handle: Handle<SocketAddr>,
        serving: JoinHandle<()>,
        port: Option<HeldPort>,
    ) -> Self {
        Self { url, address, handle, serving: Some(serving), port }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server and closes its connections. New connections are refused.
    pub(crate) async fn stop(mut self) -> ClosedPort {
        self.handle.shutdown();
        if let Some(serving) = self.serving.take() {
            // It has ended, whatever it said last.
            let _ = serving.await;
        }
        match self.port.take() {
            Some(held) => ClosedPort::from_held(held),
            None => must_start("closed port", ClosedPort::at(self.address)),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
