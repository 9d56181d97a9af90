//! Nodes over HTTP.
//!
//! One client per node: a pool and TLS settings of its own. No call without a deadline, no redirect
//! followed, no retry inside the transport.

mod accounts;
mod connector;
mod exchange;
mod futures;
mod node;
mod transport;

pub use connector::{HttpConnector, HttpConnectorBuilder, HttpConnectorError, HttpTimeouts};
pub use node::HttpNode;
