use std::io;
use std::net::{SocketAddr, TcpListener};

use tokio::net::TcpSocket;

use crate::node::StartError;

/// How many connections wait until they are accepted.
const QUEUE: u32 = 1024;

/// A port that is reserved and not listened on. Connections are refused, unless a listener that was made
/// with it is there.
#[derive(Debug)]
pub(crate) struct HeldPort {
    // Open as long as the port is held.
    _socket: TcpSocket,
    address: SocketAddr,
}

impl HeldPort {
    /// The port that a socket is bound to.
    pub(crate) fn of(socket: TcpSocket) -> io::Result<Self> {
        Ok(Self { address: socket.local_addr()?, _socket: socket })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Takes an address. Where any port will do, one is taken that stays held after its listener is gone, as
/// far as the system can.
///
/// # Errors
///
/// The address is not one of this machine, or taken.
pub(crate) fn listen_on(
    address: SocketAddr,
) -> Result<(TcpListener, Option<HeldPort>), StartError> {
    let taken = || {
        if cfg!(unix) && address.port() == 0 {
            let held = HeldPort::of(shared(address)?)?;
            let listener = shared(held.address())?.listen(QUEUE)?.into_std()?;
            return Ok((listener, Some(held)));
        }
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok((listener, None))
    };
    taken().map_err(StartError::listen(address))
}

/// A socket that two of ours may bind, one that listens and one that does not. Those of others cannot.
fn shared(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
