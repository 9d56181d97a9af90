//! The HTTP side of every mock server: listening, and everything that happens to a call before a
//! route decides over it.

mod connection;
mod ending;
mod entry;
mod reception;
mod running;
mod shared;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};

pub(crate) use connection::GARBAGE;
pub(crate) use reception::Reception;
pub(crate) use running::Running;
pub(crate) use shared::Shared;

use crate::node::StartError;
use crate::tls::ServerTls;
use connection::CuttableAcceptor;

/// Listens on a free port of 127.0.0.1. The URL is that of the port, and what clients write after it.
///
/// # Errors
///
/// There is no free port.
pub(crate) async fn start<S: Send + 'static>(
    shared: &Arc<Shared<S>>,
    routes: Router,
    after: &str,
    tls: Option<&ServerTls>,
) -> Result<Running, StartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}{after}", listener.local_addr()?);
    let handle = Handle::new();
    let routes = Router::new()
        .fallback_service(routes)
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
    // The port is taken before this; who asks now waits in its queue.
    handle.listening().await;
    Ok(Running::new(url, handle))
}
