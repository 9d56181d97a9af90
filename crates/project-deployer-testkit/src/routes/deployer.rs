//! The Project Deployer, on a node that is one (wire-facts 2).

mod bundles;
mod deployments;
mod infras;
mod projects;
mod updates;

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::{Node, Who, no_route};
use crate::server::Shared;

pub(super) fn routes(node: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/project-deployer/stages", get(stages))
        .route("/unified-monitoring/deployer/projects", get(monitored))
        .merge(infras::routes())
        .merge(projects::routes())
        .merge(bundles::routes())
        .merge(deployments::routes())
        .merge(updates::routes())
        .route_layer(from_fn_with_state(Arc::clone(node), only_on_deployers))
}

async fn only_on_deployers(State(node): Node, request: Request, next: Next) -> Response {
    let is_deployer = node.state().is_its_own_deployer();
    if is_deployer {
        return next.run(request).await;
    }
    no_route(request.uri().clone()).await.into_response()
}

async fn stages(State(node): Node) -> Json<Value> {
    Json(node.state().deployer.stages_json())
}

async fn monitored(State(node): Node, Extension(caller): Who) -> Json<Value> {
    let mut state = node.state();
    let now = state.clock.now();
    Json(state.deployer.monitored_json(&caller, now))
}
