//! Updates and tests of deployments (rows 27 to 32 of wire-facts 2.1).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::routes::{Asked, Fetched, Id, Ids, Node, Who, futures, text};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ONE: &str = "/project-deployer/deployments/{id}";
    Router::new()
        .route(&format!("{ONE}/actions/update"), post(update))
        .route(&format!("{ONE}/update"), get(list))
        .route(&format!("{ONE}/update/{{start}}"), get(one))
        .route(&format!("{ONE}/last-update"), get(last))
        .route(&format!("{ONE}/testing-status"), get(testing_status))
        .route(&format!("{ONE}/run-test-scenarios"), post(run_tests))
}

async fn update(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    let result = {
        let mut state = node.state();
        let times = (state.clock.now(), state.clock.now());
        state.deployer.update(&caller, &id, times)?
    };
    futures::start(&node, &caller, result).map(Json)
}

async fn list(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().deployer.updates_json(&caller, &id).map(Json)
}

async fn one(State(node): Node, Extension(caller): Who, Path((id, start)): Ids) -> Fetched {
    node.state().deployer.update_json(&caller, &id, &start).map(Json)
}

async fn last(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().deployer.last_update_json(&caller, &id).map(Json)
}

async fn testing_status(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    Query(query): Asked,
) -> Fetched {
    let (bundle, on) = (text(&query, "bundleId"), text(&query, "automationNodeId"));
    node.state().deployer.testing_status(&caller, &id, bundle.as_deref(), on).map(Json)
}

async fn run_tests(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    Query(query): Asked,
) -> Fetched {
    let on = text(&query, "automationNodeId");
    node.state().deployer.run_tests(&caller, &id, on).map(Json)
}
