//! What else administrators ask of a node (wire-facts 1.2, 3.10, 5.1, 5.5, 5.6).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::futures::start;
use super::{Asked, Fetched, Id, Node, Sent, Who, is_set};
use crate::answer::{Refusal, reported};
use crate::server::Shared;
use crate::state::plugins::govern_reference;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/admin/users-activity", get(activity))
        .route("/admin/list-trial-expired-users", get(expired_trials))
        .route("/admin/authorization-matrix", get(authorization_matrix))
        .route("/admin/globalAPIKeys/{secret}", get(key_by_secret))
        .route("/admin/iam/{supplier}", get(supplier_settings).put(save_supplier_settings))
        .route("/admin/variables", get(variables).put(save_variables))
        .route("/admin/get-govern-node-ref", get(govern_node))
        .route("/admin/govern-integration-sync", post(sync_govern))
        .route("/admin/govern-integration-deployer-sync", post(sync_govern))
}

async fn activity(State(node): Node, Extension(caller): Who, Query(query): Asked) -> Fetched {
    caller.must_be_admin()?;
    let only_enabled = is_set(&query, "enabledUsersOnly");
    let state = node.state();
    let users = state.users.values().filter(|user| user.enabled || !only_enabled);
    Ok(Json(users.map(|user| state.activity_json(&user.login)).collect()))
}

/// No user is on trial.
async fn expired_trials(Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(json!([])))
}

async fn authorization_matrix(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(node.state().authorization_matrix()))
}

async fn key_by_secret(State(node): Node, Extension(caller): Who, Path(secret): Id) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    let found = state.keys.by_secret(&secret);
    // The secret is none of what an error may show.
    found.map(|key| Json(key.to_json())).ok_or_else(|| Refusal::not_found("API key", "(secret)"))
}

async fn supplier_settings(
    State(node): Node,
    Extension(caller): Who,
    Path(supplier): Id,
) -> Fetched {
    caller.must_be_admin()?;
    let found = node.state().supplier_settings.get(&supplier).cloned();
    let found = found.ok_or_else(|| Refusal::not_found("API route", &supplier))?;
    Ok(Json(Value::Object(found)))
}

async fn save_supplier_settings(
    State(node): Node,
    Extension(caller): Who,
    Path(supplier): Id,
    sent: Sent,
) -> Fetched {
    caller.must_be_admin()?;
    let document = sent.object()?;
    match node.state().supplier_settings.get_mut(&supplier) {
        Some(settings) => *settings = document,
        None => return Err(Refusal::not_found("API route", &supplier)),
    }
    Ok(reported(format!("Saved {supplier}")))
}

async fn variables(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(Value::Object(node.state().variables.clone())))
}

async fn save_variables(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    node.state().variables = sent.object()?;
    Ok(reported("Saved variables"))
}

async fn govern_node(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(govern_reference(&node.state().general_settings)))
}

/// There is nothing behind it.
async fn sync_govern(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    start(&node, &caller, Ok(json!({}))).map(Json)
}
