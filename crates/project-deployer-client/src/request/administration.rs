//! What a node tells of itself and its settings as a whole (wire-facts 3.1, 3.10, 5.5, 5.7).

use project_deployer_core::ProjectKey;
use serde_json::Value;

use super::NodeRequest;

/// A ticket that stands for the caller for a while.
pub fn create_ticket() -> NodeRequest {
    NodeRequest::post("create a ticket", &["auth", "ticket"])
}

/// The state of the licence.
pub fn licensing() -> NodeRequest {
    NodeRequest::get("read the state of the licence", &["admin", "licensing", "status"])
}

/// The general settings, a whole document.
pub fn general_settings() -> NodeRequest {
    NodeRequest::get("read general settings", &["admin", "general-settings"])
}

/// Replaces the general settings.
pub fn save_general_settings(document: Value) -> NodeRequest {
    NodeRequest::put("write general settings", &["admin", "general-settings"], document)
}

/// Who may do what on the node.
pub fn authorization_matrix() -> NodeRequest {
    NodeRequest::get("read the authorization matrix", &["admin", "authorization-matrix"])
        .task()
        .bulk()
}

/// The Govern node that the node is linked to.
pub fn govern_node() -> NodeRequest {
    NodeRequest::get("read the link to Govern", &["admin", "get-govern-node-ref"])
}

/// Tells Govern of one project, or of all.
pub fn sync_govern(project: Option<&ProjectKey>) -> NodeRequest {
    NodeRequest::post("tell Govern of projects", &["admin", "govern-integration-sync"])
        .with_optional_query("projectKey", project.map(AsRef::as_ref))
        .task()
}

/// Tells Govern of what the Deployer has.
pub fn sync_govern_deployer() -> NodeRequest {
    let segments = ["admin", "govern-integration-deployer-sync"];
    NodeRequest::post("tell Govern of deployments", &segments).task()
}
