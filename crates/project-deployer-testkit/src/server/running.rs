use std::net::SocketAddr;

use axum_server::Handle;

/// A server that listens until this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    url: String,
    handle: Handle<SocketAddr>,
}

impl Running {
    pub(super) fn new(url: String, handle: Handle<SocketAddr>) -> Self {
        Self { url, handle }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
