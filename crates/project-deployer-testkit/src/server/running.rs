use std::net::SocketAddr;

use axum_server::Handle;

/// A server that listens until this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    url: String,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Running {
    pub(super) fn new(url: String, address: SocketAddr, handle: Handle<SocketAddr>) -> Self {
        Self { url, address, handle }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
