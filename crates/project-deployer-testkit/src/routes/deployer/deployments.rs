//! Deployments (rows 19 to 26 of wire-facts 2.1).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use crate::answer::{Answer, reported};
use crate::routes::{Asked, Fetched, Id, Node, Sent, Who, is_set, text};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ONE: &str = "/project-deployer/deployments/{id}";
    Router::new()
        .route("/project-deployer/deployments", get(list).post(create))
        .route(ONE, get(light_status).delete(remove))
        .route(&format!("{ONE}/status"), get(heavy_status))
        .route(&format!("{ONE}/governance-status"), get(governance_status))
        .route(&format!("{ONE}/settings"), get(settings).put(save_settings))
}

async fn list(State(node): Node, Extension(caller): Who) -> Json<Value> {
    Json(node.state().deployer.deployments_json(&caller))
}

async fn create(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
    sent: Sent,
) -> Fetched {
    let ignore = is_set(&query, "ignoreWarnings");
    node.state().deployer.create_deployment(&caller, &sent.object()?, ignore)?;
    Ok(reported("Created deployment"))
}

async fn light_status(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().deployer.deployment_json(&caller, &id).map(Json)
}

async fn remove(State(node): Node, Extension(caller): Who, Path(id): Id) -> Answer<()> {
    node.state().deployer.delete_deployment(&caller, &id)
}

async fn heavy_status(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().deployer.heavy_status(&caller, &id).map(Json)
}

/// An empty bundle id is none.
async fn governance_status(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    Query(query): Asked,
) -> Fetched {
    let bundle = text(&query, "bundleId");
    node.state().deployer.governance_status(&caller, &id, bundle.as_deref()).map(Json)
}

async fn settings(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().deployer.deployment_settings(&caller, &id).map(Json)
}

async fn save_settings(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    Query(query): Asked,
    sent: Sent,
) -> Answer<()> {
    let ignore = is_set(&query, "ignoreWarnings");
    node.state().deployer.save_deployment_settings(&caller, &id, sent.object()?, ignore)
}
