use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The open connections by the address of their other end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<HashMap<SocketAddr, Switch>>>);

/// What became of a connection.
#[derive(Debug, Clone, Default)]
struct Switch(Arc<AtomicU8>);

const CUT: u8 = 1;
const GARBLED: u8 = 2;
const SPENT: u8 = 3;

/// What a garbled connection carries.
const GARBAGE: &[u8] = b"\x16\x03\x01\x00\x00not HTTP at all\r\n\r\n";

impl Switch {
    fn check(&self) -> io::Result<()> {
        match self.state() {
            CUT | SPENT => Err(io::ErrorKind::ConnectionReset.into()),
            _ => Ok(()),
        }
    }

    fn state(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self, state: u8) {
        self.0.store(state, Ordering::Release);
    }
}

impl Connections {
    /// From now on nothing goes over a connection; its other end sees a reset.
    pub(super) fn cut(&self, peer: SocketAddr) {
        self.set(peer, CUT);
    }

    /// The next bytes that go over a connection, and its last, are no HTTP.
    pub(super) fn garble(&self, peer: SocketAddr) {
        self.set(peer, GARBLED);
    }

    fn set(&self, peer: SocketAddr, state: u8) {
        if let Some(switch) = self.lock().get(&peer) {
            switch.set(state);
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
        if self.switch.state() == CUT {
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
        if self.switch.state() == GARBLED {
            ready!(Pin::new(&mut self.stream).poll_write(context, GARBAGE))?;
            self.switch.set(SPENT);
            return Poll::Ready(Ok(bytes.len()));
        }
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
