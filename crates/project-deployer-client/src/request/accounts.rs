//! Users, groups and suppliers of a node (wire-facts 5).

use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;
use serde_json::{Value, json};

use super::NodeRequest;
use crate::node_accounts::{ExternalUser, NewPersonalKey};

/// All users.
pub fn users() -> NodeRequest {
    NodeRequest::get("list users", &["admin", "users", ""]).bulk()
}

/// One user.
pub fn user(login: &Login) -> NodeRequest {
    NodeRequest::get(format!("read user {login}"), &["admin", "users", login.as_str()])
}

/// Replaces the document of a user.
pub fn save_user(login: &Login, document: Value) -> NodeRequest {
    NodeRequest::put(format!("write user {login}"), &["admin", "users", login.as_str()], document)
}

/// All groups.
pub fn groups() -> NodeRequest {
    NodeRequest::get("list groups", &["admin", "groups", ""]).bulk()
}

/// The settings of the LDAP supplier.
pub fn ldap_settings() -> NodeRequest {
    NodeRequest::get("read LDAP settings", &["admin", "iam", "ldap-settings"])
}

/// The users that a supplier knows of.
pub fn external_users(source: &SourceType) -> NodeRequest {
    NodeRequest::get(format!("list the users of supplier {source}"), &["admin", "external-users"])
        .with_query("userSourceType", source.as_str())
        .task()
        .bulk()
}

/// Creates the accounts of users of a supplier.
pub fn provision(source: &SourceType, users: &[ExternalUser]) -> NodeRequest {
    let operation = format!("create the accounts of {} users of supplier {source}", users.len());
    NodeRequest::post(operation, &["admin", "users", "actions", "provision"])
        .with_body(json!({ "userSourceType": source, "users": users }))
        .task()
        .bulk()
}

/// Creates a personal API key.
pub fn create_personal_key(key: &NewPersonalKey) -> NodeRequest {
    let operation = format!("create a personal API key for {}", key.user);
    NodeRequest::post(operation, &["admin", "personal-api-keys", ""]).with_body(json!({
        "user": key.user,
        "label": key.label,
        "description": key.description,
    }))
}
