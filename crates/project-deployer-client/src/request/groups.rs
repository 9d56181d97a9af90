//! Groups of a node (wire-facts 3.2, 5.3).

use project_deployer_core::GroupName;
use project_deployer_core::accounts::Group;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Call, NodeRequest};
use crate::error::NodeErrorKind;
use crate::response::decode;

/// The names of the groups as every caller may see them.
pub fn visible() -> Call<Vec<GroupName>> {
    NodeRequest::get("list visible groups", &["groups"]).bulk().reading(visible_names)
}

/// One group.
pub fn get(name: &GroupName) -> Call<Group> {
    NodeRequest::get(format!("read group {name}"), &["admin", "groups", name.as_str()]).json()
}

/// Creates a group. Its permissions would be ignored here; they are written afterwards.
pub fn create(group: &Group) -> Call<()> {
    let operation = format!("create group {}", group.name);
    let body = json!({
        "name": group.name,
        "description": group.description,
        "sourceType": group.source_type,
    });
    NodeRequest::post(operation, &["admin", "groups", ""]).with_body(body).nothing()
}

/// Replaces the document of a group: change what [`get`] gave.
pub fn save(name: &GroupName, document: &impl Serialize) -> Call<()> {
    NodeRequest::put(format!("write group {name}"), &["admin", "groups", name.as_str()], document)
        .nothing()
}

/// Deletes a group.
pub fn delete(name: &GroupName) -> Call<()> {
    NodeRequest::delete(format!("delete group {name}"), &["admin", "groups", name.as_str()])
        .nothing()
}

fn visible_names(answer: Value) -> Result<Vec<GroupName>, NodeErrorKind> {
    #[derive(Deserialize)]
    struct Visible {
        name: GroupName,
    }
    let visible: Vec<Visible> = decode(answer)?;
    Ok(visible.into_iter().map(|group| group.name).collect())
}
