//! Users (wire-facts 3.2, 5.1, 5.2).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{Asked, Fetched, Id, Node, Sent, Who, is_set};
use crate::answer::{Answer, reported};
use crate::seed::MockUser;
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/users", get(public_users))
        .route("/users/{login}", get(public_user))
        .route("/admin/users", get(users).post(create_user))
        .route("/admin/users/{login}", get(user).put(save_user).delete(delete_user))
        .route("/admin/users/actions/bulk", post(create_users).put(edit_users).delete(delete_users))
        .route("/admin/users/{login}/activity", get(activity))
}

async fn public_users(State(node): Node) -> Json<Value> {
    Json(node.state().users.values().map(MockUser::to_public_json).collect())
}

async fn public_user(State(node): Node, Path(login): Id) -> Fetched {
    node.state().user(&login).map(|user| Json(user.to_public_json()))
}

async fn users(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(node.state().users.values().map(MockUser::to_admin_json).collect()))
}

async fn user(State(node): Node, Extension(caller): Who, Path(login): Id) -> Fetched {
    caller.must_be_admin()?;
    node.state().user(&login).map(|user| Json(user.to_admin_json()))
}

async fn create_user(
    State(node): Node,
    Extension(caller): Who,
    sent: Sent,
) -> Answer<(StatusCode, Json<Value>)> {
    caller.must_be_admin()?;
    let user: MockUser = sent.read()?;
    let login = user.login.clone();
    node.state().add_user(user)?;
    Ok((StatusCode::CREATED, reported(format!("Created user {login}"))))
}

async fn save_user(
    State(node): Node,
    Extension(caller): Who,
    Path(login): Id,
    sent: Sent,
) -> Fetched {
    caller.must_be_admin()?;
    node.state().save_user(&login, sent.read()?)?;
    Ok(reported(format!("Edited user {login}")))
}

async fn delete_user(
    State(node): Node,
    Extension(caller): Who,
    Path(login): Id,
    Query(query): Asked,
) -> Answer<()> {
    caller.must_be_admin()?;
    node.state().remove_user(&caller, &login, is_set(&query, "allowSelfDeletion"))
}

async fn create_users(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let users: Vec<MockUser> = sent.read()?;
    let mut state = node.state();
    let outcomes = users.into_iter().map(|user| outcome(&user.login.clone(), state.add_user(user)));
    Ok(Json(outcomes.collect()))
}

/// Each entry changes the fields that it names.
async fn edit_users(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let changes: Vec<Map<String, Value>> = sent.read()?;
    let mut state = node.state();
    let edited = changes.iter().map(|change| {
        let login = change.get("login").and_then(Value::as_str).unwrap_or_default();
        outcome(login, state.edit_user(login, change))
    });
    Ok(Json(edited.collect()))
}

/// When the user logged in last; 0 is never.
async fn activity(State(node): Node, Extension(caller): Who, Path(login): Id) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    state.user(&login)?;
    Ok(Json(state.activity_json(&login)))
}

async fn delete_users(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
    sent: Sent,
) -> Fetched {
    caller.must_be_admin()?;
    let logins: Vec<String> = sent.read()?;
    let allow_self = is_set(&query, "allowSelfDeletion");
    let mut state = node.state();
    let outcomes =
        logins.iter().map(|login| outcome(login, state.remove_user(&caller, login, allow_self)));
    Ok(Json(outcomes.collect()))
}

fn outcome(login: &str, result: Answer<()>) -> Value {
    match result {
        Ok(()) => json!({"login": login, "status": "SUCCESS", "error": ""}),
        Err(refusal) => json!({"login": login, "status": "FAILURE", "error": refusal.message}),
    }
}
