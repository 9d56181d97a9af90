//! Infrastructures (rows 2 to 8 of wire-facts 2.1).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use crate::answer::{Answer, reported};
use crate::routes::{Asked, Fetched, Id, Node, Sent, Who, text};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ONE: &str = "/project-deployer/infras/{id}";
    Router::new()
        .route("/project-deployer/infras", get(list).post(create))
        .route(ONE, get(status).delete(remove))
        .route(&format!("{ONE}/settings"), get(settings).put(save_settings))
        .route(&format!("{ONE}/generate-personal-api-key"), post(create_key))
}

async fn list(State(node): Node, Extension(caller): Who) -> Json<Value> {
    Json(node.state().deployer.infras_json(&caller))
}

async fn create(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    node.state().deployer.create_infra(&caller, &sent.object()?)?;
    Ok(reported("Created infrastructure"))
}

async fn status(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().deployer.infra_json(&caller, &id).map(Json)
}

async fn remove(State(node): Node, Extension(caller): Who, Path(id): Id) -> Answer<()> {
    node.state().deployer.delete_infra(&caller, &id)
}

async fn settings(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().deployer.infra_settings(&caller, &id).map(Json)
}

async fn save_settings(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    sent: Sent,
) -> Answer<()> {
    node.state().deployer.save_infra_settings(&caller, &id, sent.object()?)
}

/// The parameters are in the query (wire-facts 2.5); label and description change nothing here.
async fn create_key(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    Query(query): Asked,
) -> Fetched {
    let user = text(&query, "forUser");
    node.state().deployer.create_node_key(&caller, &id, user).map(Json)
}
