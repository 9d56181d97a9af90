//! Groups of a node (wire-facts 3.2, 5.3).

use project_deployer_core::GroupName;
use project_deployer_core::accounts::Group;
use serde_json::{Value, json};

use super::NodeRequest;

/// The groups as every caller may see them.
pub fn visible() -> NodeRequest {
    NodeRequest::get("list visible groups", &["groups"]).bulk()
}

/// One group.
pub fn get(name: &GroupName) -> NodeRequest {
    NodeRequest::get(format!("read group {name}"), &["admin", "groups", name.as_str()])
}

/// Creates a group. Its permissions would be ignored here; they are written afterwards.
pub fn create(group: &Group) -> NodeRequest {
    NodeRequest::post(format!("create group {}", group.name), &["admin", "groups", ""]).with_body(
        json!({
            "name": group.name,
            "description": group.description,
            "sourceType": group.source_type,
        }),
    )
}

/// Replaces the document of a group.
pub fn save(name: &GroupName, document: Value) -> NodeRequest {
    NodeRequest::put(format!("write group {name}"), &["admin", "groups", name.as_str()], document)
}

/// Deletes a group.
pub fn delete(name: &GroupName) -> NodeRequest {
    NodeRequest::delete(format!("delete group {name}"), &["admin", "groups", name.as_str()])
}
