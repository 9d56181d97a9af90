use std::time::Duration;

use project_deployer_client::{HttpConnector, HttpConnectorBuilder, HttpTimeouts, RetryPolicy};
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::{ApiKeySecret, NodeAddress};
use project_deployer_testkit::MockNode;

/// The settings that lead to a mock node, with its admin key.
#[must_use]
pub fn settings(node: &MockNode) -> NodeSettings {
    settings_at(node.url(), &node.admin_api_key())
}

/// The settings of a node at an address, with a key.
///
/// # Panics
///
/// The address or the key is none: a test cannot go on without them.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test cannot go on without its node")]
pub fn settings_at(address: &str, key: &str) -> NodeSettings {
    NodeSettings::new(NodeAddress::parse(address).unwrap(), ApiKeySecret::new(key).unwrap())
}

/// The usual times, with tasks that are asked again at once.
#[must_use]
pub fn quick() -> HttpTimeouts {
    HttpTimeouts::default().with_first_poll(Duration::from_millis(1))
}

/// Builds connectors that ask tasks again at once, and make every call once: what a test sees is what
/// happened to that one.
pub fn single_attempts() -> HttpConnectorBuilder {
    HttpConnector::builder().timeouts(quick()).retries(RetryPolicy::never())
}

/// Such a connector.
///
/// # Panics
///
/// There is no HTTP client: a test cannot go on without it.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test cannot go on without its client")]
pub fn connector() -> HttpConnector {
    single_attempts().build().unwrap()
}
