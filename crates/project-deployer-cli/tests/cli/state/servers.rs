//! Servers of tests.

use project_deployer_testkit::servers::ServerError;

/// A server, unless it is not installed and is to be left out.
pub(crate) fn started<S>(server: Result<S, ServerError>) -> Option<S> {
    #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    match server {
        Err(ServerError::NotInstalled { .. }) if offline => None,
        server => Some(server.unwrap()),
    }
}
