//! Test scenarios of a deployment.

use project_deployer_core::status::TestingStatus;
use project_deployer_core::{BundleId, DeploymentId, NodeId};

use super::documents;
use crate::request::{Call, NodeRequest};

/// How the test scenarios ended on a node. 28
pub fn status(
    id: &DeploymentId,
    bundle: Option<&BundleId>,
    node: Option<&NodeId>,
) -> Call<TestingStatus> {
    let segments = ["project-deployer", "deployments", id.as_str(), "testing-status"];
    NodeRequest::get(format!("read the testing status of deployment {id}"), &segments)
        .with_optional_query("bundleId", bundle.map(AsRef::as_ref))
        .with_optional_query("automationNodeId", node.map(AsRef::as_ref))
        .list()
        .reading(documents::status)
}

/// Runs the test scenarios on a node. Whether the call ends before they do is unknown
/// (wire-facts 2.12), so it may take as long as a task. 29
pub fn run(id: &DeploymentId, node: Option<&NodeId>) -> Call<TestingStatus> {
    let segments = ["project-deployer", "deployments", id.as_str(), "run-test-scenarios"];
    NodeRequest::post(format!("run the test scenarios of deployment {id}"), &segments)
        .with_optional_query("automationNodeId", node.map(AsRef::as_ref))
        .task()
        .list()
        .reading(documents::status)
}
