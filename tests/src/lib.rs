//! What the tests of this package share: mock nodes as a Deployer sees them, and a server that
//! answers as no node would.
//!
//! | binary | ring |
//! |---|---|
//! | `conformance` | the suite of the boundary traits, passed over HTTP |
//! | `wire` | what the client makes of whatever may happen between it and a node |
//! | `system` | whole deployments: by the engine, and by the official Python client |

mod nodes;
mod raw_server;

pub use nodes::{connector, quick, settings, settings_at};
pub use raw_server::{RawServer, Reply, http_answer, json_answer};
