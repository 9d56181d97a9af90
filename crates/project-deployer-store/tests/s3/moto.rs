//! The S3 server of moto.

use project_deployer_store::ObjectArchive;
use project_deployer_testkit::servers::{S3Server, ServerError};

use crate::settings;

/// A server, which ends with the test.
#[derive(Debug)]
pub(crate) struct Moto {
    pub(crate) address: String,
    _server: S3Server,
}

impl Moto {
    /// Starts a server with one bucket; `None` when this run has none.
    pub(crate) fn start() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
        let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
        let server = match S3Server::start() {
            Err(ServerError::NotInstalled { .. }) if offline => return None,
            started => started.unwrap(),
        };
        Some(Self { address: server.address().to_owned(), _server: server })
    }

    pub(crate) fn archive(&self) -> ObjectArchive {
        ObjectArchive::in_bucket(&settings(&self.address)).unwrap()
    }
}
