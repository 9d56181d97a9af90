//! Connections of a node, one by one (wire-facts 3.3). [`super::instance::connections`] lists them.

use project_deployer_core::ProjectKey;
use serde_json::Value;

use super::NodeRequest;

/// The definition of a connection; for administrators.
pub fn get(name: &str) -> NodeRequest {
    NodeRequest::get(format!("read connection {name}"), &["admin", "connections", name])
}

/// Creates a connection. The body may have credentials in it.
pub fn create(name: &str, definition: Value) -> NodeRequest {
    NodeRequest::post(format!("create connection {name}"), &["admin", "connections", ""])
        .with_body(definition)
}

/// Replaces the definition of a connection.
pub fn save(name: &str, definition: Value) -> NodeRequest {
    let operation = format!("write connection {name}");
    NodeRequest::put(operation, &["admin", "connections", name], definition)
}

/// Deletes a connection.
pub fn delete(name: &str) -> NodeRequest {
    NodeRequest::delete(format!("delete connection {name}"), &["admin", "connections", name])
}

/// The names of the connections of a type that the caller may use: the only way to learn types
/// without being an administrator.
pub fn usable_of_type(kind: &str) -> NodeRequest {
    NodeRequest::get(format!("list usable {kind} connections"), &["connections", "get-names"])
        .with_query("type", kind)
        .list()
}

/// What a connection is, with what it resolves to for the caller in a project. The answer may have
/// credentials in it.
pub fn info(name: &str, project: Option<&ProjectKey>) -> NodeRequest {
    NodeRequest::get(format!("read the info of connection {name}"), &["connections", name, "info"])
        .with_optional_query("contextualProjectKey", project.map(AsRef::as_ref))
}

/// Whether a connection works.
pub fn test(name: &str) -> NodeRequest {
    NodeRequest::get(format!("test connection {name}"), &["connections", name, "test"]).task()
}
