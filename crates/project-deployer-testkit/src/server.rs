//! The HTTP side of every mock server: listening, and everything that happens to a call before a
//! route decides over it.

mod connection;
mod ending;
mod entry;
mod port;
mod reception;
mod running;
mod shared;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};

pub(crate) use port::{HeldPort, listen_on};
pub(crate) use reception::{Admitted, NoAnswer, Reception};
pub(crate) use running::Running;
pub(crate) use shared::Shared;

use crate::node::StartError;
use crate::tls::ServerTls;
use connection::CuttableAcceptor;

/// A free port of 127.0.0.1.
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// An address for clients on this machine. "Everywhere" is no address that one can go to.
fn to_go_to(address: SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(host, address.port())
}

/// Listens at an address. The URL is that of the address, and what clients write after it.
///
/// # Errors
///
/// The address is not one of this machine, or taken.
pub(crate) async fn start<S: Send + 'static>(
    shared: &Arc<Shared<S>>,
    routes: Router,
    address: SocketAddr,
    after: &str,
    tls: Option<&ServerTls>,
) -> Result<Running, StartError> {
    let (listener, port) = listen_on(address)?;
    let address = listener.local_addr().map_err(StartError::listen(address))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}{after}", to_go_to(address));
    let handle = Handle::new();
    let routes = Router::new()
        .fallback_service(routes)
        .layer(from_fn_with_state(Arc::clone(shared), entry::enter));
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let acceptor = CuttableAcceptor::new(shared.connections.clone());
    let server = axum_server::from_tcp(listener).map_err(StartError::listen(address))?;
    let server = server.handle(handle.clone());
    let serving = match tls {
        None => {
            let server = server.acceptor(acceptor);
            tokio::spawn(async move { server.serve(service).await.unwrap_or_default() })
        }
        Some(tls) => {
            let config = RustlsConfig::from_config(Arc::clone(&tls.config));
            let server = server.acceptor(RustlsAcceptor::new(config).acceptor(acceptor));
            tokio::spawn(async move { server.serve(service).await.unwrap_or_default() })
        }
    };
    // The port is taken before this; who asks now waits in its queue.
    handle.listening().await;
    Ok(Running::new(url, address, handle, serving, port))
}
