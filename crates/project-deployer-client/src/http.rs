//! Nodes over HTTP.
//!
//! Each node has its own HTTP client, with its own connection pool and TLS settings. Every call has a
//! deadline, and no redirect is followed. The [policy](crate::RetryPolicy) decides which failed calls are
//! repeated: never one that may have had an effect that must not happen twice.

mod account_rules;
mod accounts;
#[cfg(any(test, feature = "administration"))]
mod administration;
mod archive;
mod connector;
mod exchange;
mod futures;
mod hooks;
mod keys;
mod node;
mod peer;
mod polling;
mod times;
mod transport;

pub use connector::{
    HttpConnector, HttpConnectorBuilder, HttpConnectorError, HttpProxy, ProxyServer,
};
#[cfg(feature = "fleet")]
pub(crate) use futures::TaskPoll;
pub(crate) use futures::is_forgotten;
pub use node::HttpNode;
#[cfg(feature = "fleet")]
pub(crate) use peer::{Credentials, Peer};
pub use times::HttpTimeouts;
#[cfg(feature = "fleet")]
pub(crate) use transport::Transport;

#[cfg(test)]
mod tests;
