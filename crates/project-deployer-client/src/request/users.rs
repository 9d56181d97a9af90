//! Users of a node, beyond what the boundary needs (wire-facts 3.2, 5.1, 5.2).

use project_deployer_core::accounts::User;
use project_deployer_core::{Login, UnknownFields};
use serde::Serialize;
use serde_json::Value;

pub use super::user_documents::{BulkOutcome, NewUser, UserActivity, UserChange};
use super::{Call, NodeRequest};

const BULK: [&str; 4] = ["admin", "users", "actions", "bulk"];

/// The users as every caller may see them, with a few fields.
pub fn visible() -> Call<Vec<User>> {
    NodeRequest::get("list visible users", &["users"]).bulk().json()
}

/// One user as every caller may see it.
pub fn visible_one(login: &Login) -> Call<User> {
    NodeRequest::get(format!("look up user {login}"), &["users", login.as_str()]).json()
}

/// The caller's own settings, a whole document with secrets in it.
pub fn current() -> Call<UnknownFields> {
    NodeRequest::get("read the caller's own settings", &["current-user"]).json()
}

/// Replaces the caller's own settings: change what [`current`] gave.
pub fn save_current(document: &impl Serialize) -> Call<()> {
    NodeRequest::put("write the caller's own settings", &["current-user"], document).nothing()
}

/// Creates a user. The body has the password in it.
pub fn create(user: &NewUser) -> Call<()> {
    let operation = format!("create user {}", user.login);
    NodeRequest::post(operation, &["admin", "users", ""]).with_body(user.document()).nothing()
}

/// Deletes a user; deleting the caller's own account has to be allowed explicitly.
pub fn delete(login: &Login, allow_self_deletion: bool) -> Call<()> {
    let request =
        NodeRequest::delete(format!("delete user {login}"), &["admin", "users", login.as_str()]);
    allowing_self_deletion(request, allow_self_deletion).nothing()
}

/// Creates users, each with an outcome of its own.
pub fn create_many(users: &[NewUser]) -> Call<Vec<BulkOutcome>> {
    let operation = format!("create {} users", users.len());
    let documents: Vec<_> = users.iter().map(NewUser::document).collect();
    NodeRequest::post(operation, &BULK).with_body(documents).task().bulk().json()
}

/// Changes users: of each its login and the fields that change.
pub fn change_many(changes: &[UserChange]) -> Call<Vec<BulkOutcome>> {
    let operation = format!("change {} users", changes.len());
    NodeRequest::put(operation, &BULK, changes).task().bulk().json()
}

/// Deletes users: a body on a DELETE, as the official client has it.
pub fn delete_many(logins: &[Login], allow_self_deletion: bool) -> Call<Vec<BulkOutcome>> {
    let request = NodeRequest::delete(format!("delete {} users", logins.len()), &BULK);
    allowing_self_deletion(request.with_body(logins).task(), allow_self_deletion).bulk().json()
}

/// When a user was last seen.
pub fn activity(login: &Login) -> Call<UserActivity> {
    let segments = ["admin", "users", login.as_str(), "activity"];
    NodeRequest::get(format!("read the activity of user {login}"), &segments).json()
}

/// When users were last seen.
pub fn activities(enabled_only: bool) -> Call<Vec<UserActivity>> {
    NodeRequest::get("read the activity of users", &["admin", "users-activity"])
        .with_query("enabledUsersOnly", enabled_only.to_string())
        .bulk()
        .json()
}

/// Users whose trial is over. No source documents the format of an entry.
pub fn expired_trials() -> Call<Vec<Value>> {
    NodeRequest::get("list users whose trial is over", &["admin", "list-trial-expired-users"])
        .bulk()
        .json()
}

/// Refreshes a user from its supplier and waits for the end of it. Refused where the supplier's
/// settings do not allow it on demand.
pub fn resync(login: &Login) -> Call<Value> {
    let segments = ["admin", "users", login.as_str(), "actions", "resync"];
    NodeRequest::post(format!("resync user {login}"), &segments).task().repeatable().result(Ok)
}

/// Refreshes users from their suppliers and waits for the end of it; none means all users.
pub fn resync_many(logins: Option<&[Login]>) -> Call<Value> {
    let segments = ["admin", "users", "actions", "resync-multi"];
    let request =
        |operation: String| NodeRequest::post(operation, &segments).task().repeatable().bulk();
    let request = match logins {
        Some(logins) => request(format!("resync {} users", logins.len())).with_body(logins),
        None => request("resync all users".to_owned()),
    };
    request.result(Ok)
}

fn allowing_self_deletion(request: NodeRequest, allow: bool) -> NodeRequest {
    request.with_query("allowSelfDeletion", allow.to_string())
}
