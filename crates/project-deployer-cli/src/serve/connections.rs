//! How many connections are open.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Counts connections, and closes those that are too many.
#[derive(Debug, Clone)]
pub(crate) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    most_of_one: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// An open connection, which is counted until this is dropped.
#[derive(Debug)]
struct Place {
    shared: Arc<Shared>,
    address: IpAddr,
}

/// The stream of a counted connection.
#[derive(Debug)]
pub(crate) struct Counted {
    stream: TcpStream,
    _place: Place,
}

impl Connections {
    /// At most this many, and at most so many from one address.
    pub(super) fn new(most: usize, most_of_one: usize) -> Self {
        Self(Arc::new(Shared { most, most_of_one, open: Mutex::default() }))
    }

    /// As many as there are, for a service that only this machine reaches.
    pub(crate) fn unlimited() -> Self {
        Self::new(usize::MAX, usize::MAX)
    }

    fn begin(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut open = self.0.open();
        let of_one = open.by_address.get(&address).copied().unwrap_or_default();
        if open.all >= self.0.most || of_one >= self.0.most_of_one {
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, of_one + 1);
        drop(open);
        Some(Place { shared: Arc::clone(&self.0), address })
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.all -= 1;
        if let Some(of_one) = open.by_address.get_mut(&self.address) {
            *of_one -= 1;
            if *of_one == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

impl<S> Accept<TcpStream, S> for Connections {
    type Stream = Counted;
    type Service = S;
    type Future = Ready<io::Result<(Counted, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().map(|address| self.begin(address.ip()));
        ready(match place {
            Ok(Some(place)) => Ok((Counted { stream, _place: place }, service)),
            Ok(None) => Err(io::Error::other("too many connections are open")),
            Err(error) => Err(error),
        })
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_the_connections_of_others_and_places_come_back() {
        let connections = Connections::new(3, 2);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut places: Vec<_> = (0..5).filter_map(|_| connections.begin(one)).collect();
        assert_eq!(places.len(), 2);
        places.extend(connections.begin(other));
        assert_eq!(places.len(), 3);
        assert!(connections.begin(other).is_none(), "all of them are in use");
        places.remove(0);
        assert!(connections.begin(other).is_some());
        places.clear();
        assert_eq!(connections.0.open().all, 0);
        assert!(connections.0.open().by_address.is_empty());
    }

    #[test]
    fn both_spellings_of_an_address_are_one() {
        let connections = Connections::new(9, 1);
        let _place = connections.begin(IpAddr::from([192, 0, 2, 1])).unwrap();
        assert!(connections.begin("::ffff:192.0.2.1".parse().unwrap()).is_none());
    }
}
