//! A node as a whole: tickets, licence, general settings, Govern (wire-facts 3.1, 3.10, 5.5, 5.7).

use project_deployer_core::ProjectKey;
use serde_json::Value;

use super::NodeRequest;

/// A ticket that authenticates the caller for a limited time.
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

/// Synchronises one project, or all, to Govern.
pub fn sync_govern(project: Option<&ProjectKey>) -> NodeRequest {
    NodeRequest::post("sync projects to Govern", &["admin", "govern-integration-sync"])
        .with_optional_query("projectKey", project.map(AsRef::as_ref))
        .task()
}

/// Synchronises the objects of the Deployer to Govern.
pub fn sync_govern_deployer() -> NodeRequest {
    let segments = ["admin", "govern-integration-deployer-sync"];
    NodeRequest::post("sync deployments to Govern", &segments).task()
}
