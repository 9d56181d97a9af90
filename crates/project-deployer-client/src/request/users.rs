//! Users of a node, beyond what the boundary needs (wire-facts 3.2, 5.1, 5.2).

use project_deployer_core::Login;
use serde_json::{Value, json};

use super::NodeRequest;

const BULK: [&str; 4] = ["admin", "users", "actions", "bulk"];

/// The users as every caller may see them, with a few fields.
pub fn visible() -> NodeRequest {
    NodeRequest::get("list visible users", &["users"]).bulk()
}

/// One of them.
pub fn visible_one(login: &Login) -> NodeRequest {
    NodeRequest::get(format!("look up user {login}"), &["users", login.as_str()])
}

/// The caller's own settings.
pub fn current() -> NodeRequest {
    NodeRequest::get("read the caller's own settings", &["current-user"])
}

/// Replaces the caller's own settings.
pub fn save_current(document: Value) -> NodeRequest {
    NodeRequest::put("write the caller's own settings", &["current-user"], document)
}

/// Creates a user. The body has the password in it.
pub fn create(login: &Login, document: Value) -> NodeRequest {
    NodeRequest::post(format!("create user {login}"), &["admin", "users", ""]).with_body(document)
}

/// Deletes a user; deleting the caller's own account has to be allowed explicitly.
pub fn delete(login: &Login, allow_self_deletion: bool) -> NodeRequest {
    let request =
        NodeRequest::delete(format!("delete user {login}"), &["admin", "users", login.as_str()]);
    allowing_self_deletion(request, allow_self_deletion)
}

/// Creates users, each with an outcome of its own.
pub fn create_many(documents: Vec<Value>) -> NodeRequest {
    let operation = format!("create {} users", documents.len());
    NodeRequest::post(operation, &BULK).with_body(Value::Array(documents)).task().bulk()
}

/// Changes users: of each its login and the fields that change.
pub fn change_many(documents: Vec<Value>) -> NodeRequest {
    let operation = format!("change {} users", documents.len());
    NodeRequest::put(operation, &BULK, Value::Array(documents)).task().bulk()
}

/// Deletes users: a body on a DELETE, as the official client has it.
pub fn delete_many(logins: &[Login], allow_self_deletion: bool) -> NodeRequest {
    let request = NodeRequest::delete(format!("delete {} users", logins.len()), &BULK);
    allowing_self_deletion(request.with_body(json!(logins)).task(), allow_self_deletion).bulk()
}

/// When a user was last seen.
pub fn activity(login: &Login) -> NodeRequest {
    let segments = ["admin", "users", login.as_str(), "activity"];
    NodeRequest::get(format!("read the activity of user {login}"), &segments)
}

/// When users were last seen.
pub fn activities(enabled_only: bool) -> NodeRequest {
    NodeRequest::get("read the activity of users", &["admin", "users-activity"])
        .with_query("enabledUsersOnly", if enabled_only { "true" } else { "false" })
        .bulk()
}

/// Users whose trial is over.
pub fn expired_trials() -> NodeRequest {
    NodeRequest::get("list users whose trial is over", &["admin", "list-trial-expired-users"])
        .bulk()
}

/// Refreshes a user from its supplier; the answer is a future.
pub fn resync(login: &Login) -> NodeRequest {
    let segments = ["admin", "users", login.as_str(), "actions", "resync"];
    NodeRequest::post(format!("resync user {login}"), &segments).task().repeatable()
}

/// Refreshes users from their suppliers; no list means all users. The answer is a future.
pub fn resync_many(logins: Option<&[Login]>) -> NodeRequest {
    let segments = ["admin", "users", "actions", "resync-multi"];
    let request =
        |operation: String| NodeRequest::post(operation, &segments).task().repeatable().bulk();
    match logins {
        Some(logins) => request(format!("resync {} users", logins.len())).with_body(json!(logins)),
        None => request("resync all users".to_owned()),
    }
}

fn allowing_self_deletion(request: NodeRequest, allow: bool) -> NodeRequest {
    request.with_query("allowSelfDeletion", if allow { "true" } else { "false" })
}
