//! What the tests of this package share: mock nodes as a Deployer sees them, a server that answers as
//! no node would, and the search for secrets in texts.
//!
//! | binary | ring |
//! |---|---|
//! | `conformance` | the suite of the boundary traits, passed over HTTP |
//! | `wire` | what the client makes of whatever may happen between it and a node |
//! | `system` | whole deployments: by the engine, and by the official Python client |
//! | `postgres` | the store in PostgreSQL, on a real server |
//! | `contract` | every operation of the official Python client: the mocks content it, our requests are its |

mod canary;
mod kept;
mod nodes;
mod raw_server;
mod written;

pub use canary::Canary;
pub use kept::{STANDS, open_quiet, open_short_lived, open_standing, store_at};
pub use nodes::{connector, quick, settings, settings_at, single_attempts};
pub use raw_server::{RawServer, Reply, http_answer, json_answer};
pub use written::{Found, Written};
