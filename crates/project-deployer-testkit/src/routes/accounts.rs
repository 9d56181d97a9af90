//! Users (wire-facts 3.2, 5.1, 5.2).

use serde_json::{Map, Value, json};

use super::Fetched;
use crate::answer::{Answer, reported};
use crate::api::{ApiCall, Created, Routes};
use crate::seed::MockUser;
use crate::state::NodeState;

pub(super) fn routes() -> Routes {
    Routes::of_node()
        .get("/users", |node, _| -> Value {
            node.users.values().map(MockUser::to_public_json).collect()
        })
        .get("/users/{login}", |node, call| node.user(call.id()).map(MockUser::to_public_json))
        .for_admins()
        .get("/admin/users", |node, _| -> Value {
            node.users.values().map(MockUser::to_admin_json).collect()
        })
        .post("/admin/users", create_user)
        .get("/admin/users/{login}", |node, call| node.user(call.id()).map(MockUser::to_admin_json))
        .put("/admin/users/{login}", save_user)
        .delete("/admin/users/{login}", |node, call| {
            node.remove_user(&call.caller, call.id(), call.is_set("allowSelfDeletion"))
        })
        .post("/admin/users/actions/bulk", create_users)
        .put("/admin/users/actions/bulk", edit_users)
        .delete("/admin/users/actions/bulk", delete_users)
        .get("/admin/users/{login}/activity", activity)
}

fn create_user(node: &mut NodeState, call: &ApiCall) -> Answer<Created> {
    let user: MockUser = call.read()?;
    let login = user.login.clone();
    node.add_user(user)?;
    Ok(Created(reported(format!("Created user {login}"))))
}

fn save_user(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.save_user(call.id(), call.read()?)?;
    Ok(reported(format!("Edited user {}", call.id())))
}

fn create_users(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let users: Vec<MockUser> = call.read()?;
    Ok(users.into_iter().map(|user| outcome(&user.login.clone(), node.add_user(user))).collect())
}

/// Each entry changes the fields that it names.
fn edit_users(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let changes: Vec<Map<String, Value>> = call.read()?;
    let edited = changes.iter().map(|change| {
        let login = change.get("login").and_then(Value::as_str).unwrap_or_default();
        outcome(login, node.edit_user(login, change))
    });
    Ok(edited.collect())
}

/// When the user logged in last; 0 is never.
fn activity(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.user(call.id())?;
    Ok(node.activity_json(call.id()))
}

fn delete_users(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let logins: Vec<String> = call.read()?;
    let allow_self = call.is_set("allowSelfDeletion");
    let removed =
        |login: &String| outcome(login, node.remove_user(&call.caller, login, allow_self));
    Ok(logins.iter().map(removed).collect())
}

fn outcome(login: &str, result: Answer<()>) -> Value {
    match result {
        Ok(()) => json!({"login": login, "status": "SUCCESS", "error": ""}),
        Err(refusal) => json!({"login": login, "status": "FAILURE", "error": refusal.message}),
    }
}
