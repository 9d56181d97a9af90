use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The open connections by the address of their other end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<HashMap<SocketAddr, Switch>>>);

/// Whether a connection was cut.
#[derive(Debug, Clone, Default)]
struct Switch(Arc<AtomicBool>);

impl Switch {
    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl Connections {
    /// From now on nothing goes over a connection; its other end sees a reset.
    pub(super) fn cut(&self, peer: SocketAddr) {
        if let Some(switch) = self.lock().get(&peer) {
            switch.0.store(true, Ordering::Release);
        }
    }

    fn add(&self, peer: SocketAddr) -> Switch {
        let switch = Switch::default();
        self.lock().insert(peer, switch.clone());
        switch
    }

    fn remove(&self, peer: &SocketAddr) {
        self.lock().remove(peer);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Switch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes connections so that they can be cut later.
#[derive(Debug, Clone)]
pub(super) struct CuttableAcceptor(Connections);

impl CuttableAcceptor {
    pub(super) fn new(connections: Connections) -> Self {
        Self(connections)
    }
}

impl<S> Accept<TcpStream, S> for CuttableAcceptor {
    type Stream = CuttableStream;
    type Service = S;
    type Future = Ready<io::Result<(CuttableStream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(CuttableStream::new(stream, self.0.clone()).map(|stream| (stream, service)))
    }
}

/// A connection that can be cut.
#[derive(Debug)]
pub(super) struct CuttableStream {
    stream: TcpStream,
    peer: SocketAddr,
    switch: Switch,
    connections: Connections,
}

impl CuttableStream {
    fn new(stream: TcpStream, connections: Connections) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let peer = stream.peer_addr()?;
        Ok(Self { switch: connections.add(peer), stream, peer, connections })
    }
}

impl Drop for CuttableStream {
    fn drop(&mut self) {
        self.connections.remove(&self.peer);
        if self.switch.check().is_err() {
            // The other end shall see a reset, not an orderly end. Best effort: it notices both.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.switch.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.switch.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.switch.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.switch.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
