//! Updates of a deployment.

use project_deployer_core::{DeploymentId, Timestamp};

use crate::request::NodeRequest;

/// Starts to apply the settings to the nodes; the answer is a future. 27
pub fn start(id: &DeploymentId) -> NodeRequest {
    let segments = ["project-deployer", "deployments", id.as_str(), "actions", "update"];
    NodeRequest::post(format!("update deployment {id}"), &segments)
}

/// The updates of a deployment. 30
pub fn list(id: &DeploymentId) -> NodeRequest {
    let segments = ["project-deployer", "deployments", id.as_str(), "update"];
    NodeRequest::get(format!("list the updates of deployment {id}"), &segments).list()
}

/// One update with its log. 31
pub fn get(id: &DeploymentId, started: Timestamp) -> NodeRequest {
    let started = started.as_millis().to_string();
    let segments = ["project-deployer", "deployments", id.as_str(), "update", &started];
    NodeRequest::get(format!("read update {started} of deployment {id}"), &segments).list()
}

/// The newest update with its log. 32
pub fn last(id: &DeploymentId) -> NodeRequest {
    let segments = ["project-deployer", "deployments", id.as_str(), "last-update"];
    NodeRequest::get(format!("read the last update of deployment {id}"), &segments).list()
}
