//! Groups (wire-facts 3.2, 5.3).

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Fetched, Id, Node, Sent, Who};
use crate::answer::{Answer, Refusal, reported};
use crate::seed::MockGroup;
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/groups", get(public_groups))
        .route("/admin/groups", get(groups).post(create_group))
        .route("/admin/groups/{name}", get(group).put(save_group).delete(delete_group))
}

async fn public_groups(State(node): Node) -> Json<Value> {
    let reported =
        |group: &MockGroup| json!({"name": group.name, "description": group.description});
    Json(node.state().groups.values().map(reported).collect())
}

async fn groups(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    state.groups.values().map(written).collect::<Answer<Value>>().map(Json)
}

async fn group(State(node): Node, Extension(caller): Who, Path(name): Id) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    written(state.group(&name)?).map(Json)
}

async fn create_group(
    State(node): Node,
    Extension(caller): Who,
    sent: Sent,
) -> Answer<(StatusCode, Json<Value>)> {
    caller.must_be_admin()?;
    let group: MockGroup = sent.read()?;
    let name = group.name.clone();
    node.state().add_group(group)?;
    Ok((StatusCode::CREATED, reported(format!("Created group {name}"))))
}

async fn save_group(
    State(node): Node,
    Extension(caller): Who,
    Path(name): Id,
    sent: Sent,
) -> Fetched {
    caller.must_be_admin()?;
    node.state().save_group(&name, sent.read()?)?;
    Ok(reported(format!("Edited group {name}")))
}

async fn delete_group(State(node): Node, Extension(caller): Who, Path(name): Id) -> Answer<()> {
    caller.must_be_admin()?;
    node.state().remove_group(&name)
}

fn written(group: &MockGroup) -> Answer<Value> {
    serde_json::to_value(group).map_err(|error| Refusal::internal(error.to_string()))
}
