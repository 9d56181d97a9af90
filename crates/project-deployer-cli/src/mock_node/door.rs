use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use project_deployer_testkit::MockNode;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// The node cannot be reached where it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DoorError {
    #[error(
        "cannot listen on {address}; choose a port that is free, or 0, and an address of this machine"
    )]
    Bind {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the node tells the address `{url}`, which has no host and port; report this")]
    Url { url: String },
}

/// The address that people were told. A [`MockNode`] listens on a free port of 127.0.0.1 only; the door
/// leads there from any address.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    /// Takes the address: who comes from now on waits.
    ///
    /// # Errors
    ///
    /// The address is not one of this machine, or taken.
    pub(super) async fn bind(address: SocketAddr) -> Result<Self, DoorError> {
        let failed = |source| DoorError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// What was taken, with the port that was found when any would do.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// An address for clients on this machine. "Everywhere" is no address that one can go to.
    pub(super) fn url(&self) -> String {
        let host = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        format!("http://{}", SocketAddr::new(host, self.address.port()))
    }

    /// Leads everybody to a node, without end.
    ///
    /// # Errors
    ///
    /// The node tells no address.
    pub(super) fn lead_to(
        self,
        node: &MockNode,
    ) -> Result<impl Future<Output = ()> + use<>, DoorError> {
        let url = node.url();
        let host_and_port = url.strip_prefix("http://").and_then(|host| host.parse().ok());
        let node = host_and_port.ok_or_else(|| DoorError::Url { url: url.to_owned() })?;
        Ok(self.serve(node))
    }

    async fn serve(self, node: SocketAddr) {
        loop {
            match self.listener.accept().await {
                // Who breaks a connection off sees the end of it; there is nobody else to tell.
                Ok((visitor, _)) => drop(tokio::spawn(connect(visitor, node))),
                // One visitor who has gone, or too many open files: it gets better by itself.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

async fn connect(mut visitor: TcpStream, node: SocketAddr) -> io::Result<()> {
    let mut node = TcpStream::connect(node).await?;
    visitor.set_nodelay(true)?;
    node.set_nodelay(true)?;
    copy_bidirectional(&mut visitor, &mut node).await?;
    Ok(())
}
