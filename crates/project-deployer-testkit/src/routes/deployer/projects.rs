//! Published projects (rows 9 to 14 of wire-facts 2.1).

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use crate::answer::{Answer, reported};
use crate::routes::{Fetched, Id, Node, Sent, Who};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ONE: &str = "/project-deployer/projects/{key}";
    Router::new()
        .route("/project-deployer/projects", get(list).post(create))
        .route(ONE, get(status).delete(remove))
        .route(&format!("{ONE}/settings"), get(settings).put(save_settings))
}

async fn list(State(node): Node, Extension(caller): Who) -> Json<Value> {
    Json(node.state().deployer.projects_json(&caller))
}

async fn create(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    node.state().deployer.create_project(&caller, &sent.object()?)?;
    Ok(reported("Created published project"))
}

async fn status(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    node.state().deployer.project_json(&caller, &key).map(Json)
}

async fn remove(State(node): Node, Extension(caller): Who, Path(key): Id) -> Answer<()> {
    node.state().deployer.delete_project(&caller, &key)
}

async fn settings(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    node.state().deployer.project_settings(&caller, &key).map(Json)
}

async fn save_settings(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    sent: Sent,
) -> Answer<()> {
    node.state().deployer.save_project_settings(&caller, &key, sent.object()?)
}
