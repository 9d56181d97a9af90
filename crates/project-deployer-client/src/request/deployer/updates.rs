//! Updates of a deployment.

use project_deployer_core::node::FutureState;
use project_deployer_core::status::{UpdateDetail, UpdateSummary};
use project_deployer_core::{DeploymentId, Timestamp};

use super::documents;
use crate::request::{Call, NodeRequest};

/// Starts to apply the settings to the nodes; the answer is a future. 27
pub fn start(id: &DeploymentId) -> Call<FutureState> {
    let segments = ["project-deployer", "deployments", id.as_str(), "actions", "update"];
    NodeRequest::post(format!("update deployment {id}"), &segments).json()
}

/// The updates of a deployment. 30
pub fn list(id: &DeploymentId) -> Call<Vec<UpdateSummary>> {
    let segments = ["project-deployer", "deployments", id.as_str(), "update"];
    NodeRequest::get(format!("list the updates of deployment {id}"), &segments)
        .list()
        .reading(documents::update_list)
}

/// One update with its log. 31
pub fn get(id: &DeploymentId, started: Timestamp) -> Call<UpdateDetail> {
    let started = started.as_millis().to_string();
    let segments = ["project-deployer", "deployments", id.as_str(), "update", &started];
    NodeRequest::get(format!("read update {started} of deployment {id}"), &segments)
        .list()
        .reading(documents::status)
}

/// The newest update with its log. 32
pub fn last(id: &DeploymentId) -> Call<UpdateDetail> {
    let segments = ["project-deployer", "deployments", id.as_str(), "last-update"];
    NodeRequest::get(format!("read the last update of deployment {id}"), &segments)
        .list()
        .reading(documents::status)
}
