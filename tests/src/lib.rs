//! What the tests of this package share: mock nodes as a Deployer sees them, a server that answers as
//! no node would, and the search for secrets in texts.
//!
//! | binary | ring |
//! |---|---|
//! | `conformance` | the suite of the boundary traits, passed over HTTP |
//! | `wire` | what the client makes of whatever may happen between it and a node |
//! | `system` | whole deployments: by the engine, and by the official Python client |
//! | `contract` | every operation of the official Python client: the mocks content it, our requests are its |

mod canary;
mod nodes;
mod raw_server;

pub use canary::Canary;
pub use nodes::{connector, quick, settings, settings_at, single_attempts};
pub use raw_server::{RawServer, Reply, http_answer, json_answer};
