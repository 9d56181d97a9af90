//! API keys of a node (wire-facts 5.5). [`super::accounts::create_personal_key`] creates one for
//! another user.

use project_deployer_core::GroupName;
use serde_json::{Value, json};

use super::NodeRequest;

const GLOBAL: [&str; 2] = ["admin", "global-api-keys"];
const OF_ALL: [&str; 2] = ["admin", "personal-api-keys"];

/// A global API key to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGlobalKey {
    /// A name for it.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// What it may do.
    pub rights: GlobalKeyRights,
}

/// What a global API key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GlobalKeyRights {
    /// Everything: what an infrastructure needs (R-I3).
    Admin,
    /// What these groups may.
    Groups(Vec<GroupName>),
}

/// All global keys.
pub fn global() -> NodeRequest {
    NodeRequest::get("list global API keys", &[GLOBAL[0], GLOBAL[1], ""]).list()
}

/// Creates a global key. Only this response has its secret.
pub fn create_global(key: &NewGlobalKey) -> NodeRequest {
    let mut body = json!({ "label": key.label, "description": key.description });
    match &key.rights {
        GlobalKeyRights::Admin => body["globalPermissions"] = json!({ "admin": true }),
        GlobalKeyRights::Groups(groups) => body["groups"] = json!(groups),
    }
    let operation = format!("create global API key {}", key.label);
    NodeRequest::post(operation, &[GLOBAL[0], GLOBAL[1], ""]).with_body(body)
}

/// One global key.
pub fn global_one(id: &str) -> NodeRequest {
    NodeRequest::get(format!("read global API key {id}"), &[GLOBAL[0], GLOBAL[1], id])
}

/// Replaces the document of a global key.
pub fn save_global(id: &str, document: Value) -> NodeRequest {
    NodeRequest::put(format!("write global API key {id}"), &[GLOBAL[0], GLOBAL[1], id], document)
}

/// Deletes a global key.
pub fn delete_global(id: &str) -> NodeRequest {
    NodeRequest::delete(format!("delete global API key {id}"), &[GLOBAL[0], GLOBAL[1], id])
}

/// The caller's own personal keys.
pub fn own() -> NodeRequest {
    NodeRequest::get("list the caller's API keys", &["personal-api-keys", ""]).list()
}

/// Creates a personal key for the caller.
pub fn create_own(label: &str, description: &str) -> NodeRequest {
    let operation = format!("create personal API key {label}");
    NodeRequest::post(operation, &["personal-api-keys", ""])
        .with_body(json!({ "label": label, "description": description }))
}

/// One of the caller's own personal keys.
pub fn own_one(id: &str) -> NodeRequest {
    NodeRequest::get(format!("read personal API key {id}"), &["personal-api-keys", id])
}

/// Deletes one of the caller's own personal keys.
pub fn delete_own(id: &str) -> NodeRequest {
    NodeRequest::delete(format!("delete personal API key {id}"), &["personal-api-keys", id])
}

/// The personal keys of all users.
pub fn personal_of_all() -> NodeRequest {
    NodeRequest::get("list personal API keys", &[OF_ALL[0], OF_ALL[1], ""]).bulk()
}
