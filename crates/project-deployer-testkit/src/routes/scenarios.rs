//! Scenarios (wire-facts 3.8).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::{Asked, Fetched, Id, Ids, Node, Sent, Who, is_set, text};
use crate::answer::{Refusal, reported};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/projects/{key}/scenarios", get(list).post(create))
        .route("/projects/{key}/scenarios/{id}", get(definition).put(save).delete(delete))
        .route("/projects/{key}/scenarios/{id}/light", get(light).put(save_light))
        .route("/projects/{key}/scenarios/{id}/run", post(run))
        .route("/projects/{key}/scenarios/{id}/get-last-runs", get(last_runs))
        .route("/projects/{key}/scenarios/{id}/get-run-for-trigger", get(run_for_trigger))
}

async fn list(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "see")?;
    Ok(Json(project.scenarios.values().map(|scenario| scenario.summary(&key)).collect()))
}

async fn create(State(node): Node, Extension(caller): Who, Path(key): Id, sent: Sent) -> Fetched {
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    project.add_local_scenario(sent.object()?).map(Json)
}

async fn definition(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "see")?;
    Ok(Json(Value::Object(project.scenario(&id)?.definition.clone())))
}

async fn save(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id)): Ids,
    sent: Sent,
) -> Fetched {
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    project.save_scenario(&id, sent.object()?)?;
    Ok(reported(format!("Saved scenario {id}")))
}

async fn delete(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    project.scenario(&id)?;
    project.scenarios.remove(&id);
    Ok(reported(format!("Deleted scenario {id}")))
}

async fn light(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "see")?;
    Ok(Json(project.scenario(&id)?.summary(&key)))
}

async fn save_light(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id)): Ids,
    sent: Sent,
) -> Fetched {
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    project.save_light(&id, &sent.object()?).map(Json)
}

async fn run(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    node.state().run_scenario(&caller, &key, &id).map(Json)
}

async fn last_runs(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id)): Ids,
    Query(query): Asked,
) -> Fetched {
    let limit = match text(&query, "limit").map(|limit| limit.parse::<usize>()) {
        None => 10,
        Some(Ok(limit)) => limit,
        Some(Err(_)) => return Err(Refusal::illegal("limit is not a number")),
    };
    let state = node.state();
    let scenario = state.project(&caller, &key, "see")?.scenario(&id)?;
    Ok(Json(scenario.runs_json(&key, limit, is_set(&query, "onlyFinishedRuns")).into()))
}

async fn run_for_trigger(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id)): Ids,
    Query(query): Asked,
) -> Fetched {
    let run = text(&query, "triggerRunId");
    let run = run.ok_or_else(|| Refusal::illegal("triggerRunId is missing"))?;
    node.state().look_at_run(&caller, &key, &id, &run).map(Json)
}
