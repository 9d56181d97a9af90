use std::net::SocketAddr;

use tokio::net::TcpSocket;

use crate::debug_fields::debug_fields;
use crate::node::{StartError, must_start};
use crate::server::{ANY_PORT, HeldPort};

/// A port where connections are refused: it is reserved, and nothing listens on it. As long as this value
/// exists, no other program gets the port, so that a test can rely on it.
///
/// ```
/// use project_deployer_testkit::{ClosedPort, MockNode};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let never_there = ClosedPort::hold();
/// let gone = MockNode::builder("auto-prod").start().await.stop().await;
/// for port in [never_there, gone] {
///     assert!(reqwest::get(port.url()).await.is_err());
/// }
/// # }
/// ```
pub struct ClosedPort {
    // Dropped with this, and not before.
    _held: HeldPort,
    address: SocketAddr,
}

impl ClosedPort {
    /// Takes a port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// There is no free port.
    pub fn try_hold() -> Result<Self, StartError> {
        Self::at(ANY_PORT)
    }

    /// Takes a port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// There is no free port: a test needs one.
    #[must_use]
    pub fn hold() -> Self {
        must_start("closed port", Self::try_hold())
    }

    /// Takes a port that nothing listens on any more.
    pub(crate) fn at(address: SocketAddr) -> Result<Self, StartError> {
        let failed = StartError::listen(address);
        let taken = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            // Connections that have ended hold a port for a while.
            socket.set_reuseaddr(address.port() != 0)?;
            socket.bind(address)?;
            HeldPort::of(socket)
        };
        Ok(Self::from_held(taken().map_err(failed)?))
    }

    pub(crate) fn from_held(held: HeldPort) -> Self {
        Self { address: held.address(), _held: held }
    }

    /// The address at which no server answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of the absent node.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

debug_fields!(ClosedPort { address });
