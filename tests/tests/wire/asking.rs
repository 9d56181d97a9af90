//! Short ways to ask.

use std::collections::BTreeMap;

use project_deployer_client::{
    AutomationNode as _, BundleProjectOptions, HttpNode, Identity, NewProject, NodeError, Upload,
};
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::InstanceInfo;
use project_deployer_core::{BundleId, Login, ProjectKey};
use project_deployer_testkit::{BundleBuilder, Fault, MockNode};
use project_deployer_tests::{RawServer, connector, settings, settings_at};

pub(crate) const KEY: &str = "secret-of-the-key";

pub(crate) async fn mock() -> MockNode {
    MockNode::builder("auto").start().await
}

/// A mock node as its admin key sees it.
pub(crate) fn node(mock: &MockNode) -> HttpNode {
    connector().node(&settings(mock), &Identity::ApiKey).unwrap()
}

/// A mock node as a login sees it.
pub(crate) fn node_as(mock: &MockNode, login: &str) -> HttpNode {
    connector().node(&settings(mock), &Identity::Impersonate(Login::parse(login).unwrap())).unwrap()
}

/// Whatever answers at an address, asked as if it were a node.
pub(crate) fn node_at(address: &str) -> HttpNode {
    connector().node(&settings_at(address, KEY), &Identity::ApiKey).unwrap()
}

/// Asks a server what node it is.
pub(crate) async fn ask(server: &RawServer) -> Result<InstanceInfo, NodeError> {
    node_at(&server.url()).instance_info().await
}

/// Asks a node what it is, when this happens to the call.
pub(crate) async fn ask_with(fault: Fault) -> NodeError {
    let mock = mock().await;
    mock.fault(fault);
    node(&mock).instance_info().await.unwrap_err()
}

pub(crate) fn churn() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

/// Creates the empty project `CHURN`.
pub(crate) async fn create_project(node: &HttpNode) -> Result<(), NodeError> {
    let project =
        NewProject::new(churn(), Login::parse("admin").unwrap()).with_name("Customer churn");
    node.create_project(&project).await
}

/// Creates `CHURN` from a bundle.
pub(crate) async fn create_from(node: &HttpNode, bundle: Upload) -> Result<ProjectKey, NodeError> {
    node.create_project_from_bundle(bundle, &BundleProjectOptions::default()).await
}

/// Bundle `v1` of `CHURN`, which needs nothing.
pub(crate) fn bundle() -> Upload {
    Upload::from_bytes("v1.zip", BundleBuilder::new("CHURN", "v1").build().unwrap())
}

/// Activates `v1` in `CHURN`.
pub(crate) async fn activate(node: &HttpNode) -> Result<InfoMessages, NodeError> {
    node.activate_bundle(&churn(), &BundleId::parse("v1").unwrap(), &BTreeMap::new()).await
}
