//! Users, groups and suppliers of a node (wire-facts 5).

use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User, read_groups};
use serde::Serialize;
use serde_json::json;

use super::{Call, NodeRequest};
use crate::documents;
use crate::node_accounts::{ExternalUser, NewPersonalKey, PersonalKey};

/// All users.
pub fn users() -> NodeRequest {
    NodeRequest::get("list users", &["admin", "users", ""]).bulk()
}

/// One user.
pub fn user(login: &Login) -> Call<User> {
    NodeRequest::get(format!("read user {login}"), &["admin", "users", login.as_str()]).json()
}

/// Replaces the document of a user: change what [`user`] gave.
pub fn save_user(login: &Login, document: &impl Serialize) -> Call<()> {
    NodeRequest::put(format!("write user {login}"), &["admin", "users", login.as_str()], document)
        .nothing()
}

/// All groups.
pub fn groups() -> Call<Vec<Group>> {
    NodeRequest::get("list groups", &["admin", "groups", ""])
        .bulk()
        .reading(|list| documents::readable(read_groups(list)))
}

/// The settings of the LDAP supplier.
pub fn ldap_settings() -> Call<LdapSettings> {
    NodeRequest::get("read LDAP settings", &["admin", "iam", "ldap-settings"])
        .reading(documents::document)
}

/// The users that a supplier knows of.
pub fn external_users(source: &SourceType) -> Call<Vec<ExternalUser>> {
    NodeRequest::get(format!("list the users of supplier {source}"), &["admin", "external-users"])
        .with_query("userSourceType", source.as_str())
        .task()
        .bulk()
        .result(documents::external_users)
}

/// Creates the accounts of users of a supplier.
pub fn provision(source: &SourceType, users: &[ExternalUser]) -> Call<()> {
    let operation = format!("create the accounts of {} users of supplier {source}", users.len());
    NodeRequest::post(operation, &["admin", "users", "actions", "provision"])
        .with_body(json!({ "userSourceType": source, "users": users }))
        .task()
        .bulk()
        .result(|result| documents::provisioned(&result))
}

/// Creates a personal API key.
pub fn create_personal_key(key: &NewPersonalKey) -> Call<PersonalKey> {
    let operation = format!("create a personal API key for {}", key.user);
    NodeRequest::post(operation, &["admin", "personal-api-keys", ""])
        .with_body(json!({
            "user": key.user,
            "label": key.label,
            "description": key.description,
        }))
        .reading(|created| documents::personal_key(&created))
}
