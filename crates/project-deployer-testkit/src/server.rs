//! The HTTP side of a mock node: listening, and everything that happens to a call before a route
//! decides over it.

mod connection;
mod entry;
mod fault_answer;
mod shared;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};

pub(crate) use shared::Shared;

use crate::node::StartError;
use crate::tls::ServerTls;
use connection::CuttableAcceptor;

/// Listens on a free port of 127.0.0.1 until the handle says stop.
///
/// # Errors
///
/// There is no free port.
pub(crate) fn listen(
    shared: &Arc<Shared>,
    tls: Option<&ServerTls>,
) -> Result<(SocketAddr, Handle<SocketAddr>), StartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    let routes = Router::new()
        .fallback_service(crate::routes::routes(Arc::clone(shared)))
        .layer(from_fn_with_state(Arc::clone(shared), entry::enter));
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let acceptor = CuttableAcceptor::new(shared.connections.clone());
    let server = axum_server::from_tcp(listener)?.handle(handle.clone());
    match tls {
        None => {
            let server = server.acceptor(acceptor);
            tokio::spawn(async move { server.serve(service).await });
        }
        Some(tls) => {
            let config = RustlsConfig::from_config(Arc::clone(&tls.config));
            let server = server.acceptor(RustlsAcceptor::new(config).acceptor(acceptor));
            tokio::spawn(async move { server.serve(service).await });
        }
    }
    Ok((address, handle))
}
