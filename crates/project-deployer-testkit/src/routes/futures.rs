//! Long tasks (wire-facts 1.9).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::{Asked, Fetched, Id, Node, Who, is_set};
use crate::answer::{Answer, done_at_once};
use crate::caller::Caller;
use crate::seed::Quirk;
use crate::server::Shared;
use crate::state::project::Project;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/futures", get(list)).route("/futures/{id}", get(look).delete(abort))
}

/// Answers a task whose effect is there already with its state.
pub(super) fn start(node: &Arc<Shared>, caller: &Caller, result: Answer<Value>) -> Answer<Value> {
    let mut state = node.state();
    let (now, polls) = (state.clock.now(), state.task_polls);
    state.futures.start(polls, caller.name(), now, result)
}

/// Answers a task whose result is there at once on nodes without that quirk.
pub(super) fn start_or_done(
    node: &Arc<Shared>,
    caller: &Caller,
    result: Answer<Value>,
    done: impl FnOnce(&Value) -> Value,
) -> Answer<Value> {
    if node.state().has(Quirk::TasksAnswerFutures) {
        start(node, caller, result)
    } else {
        result.map(|result| done(&result))
    }
}

/// The shape that is documented for activation.
pub(super) fn immediate(result: &Value) -> Value {
    done_at_once(result)
}

async fn list(State(node): Node, Extension(caller): Who, Query(query): Asked) -> Fetched {
    let all = is_set(&query, "allUsers");
    if all {
        caller.must_be_admin()?;
    }
    let owner = (!all).then(|| caller.name());
    let state = node.state();
    let mut listed = Vec::new();
    let without = query.get("withNotScenarios");
    if !without.is_some_and(|value| value.eq_ignore_ascii_case("false")) {
        listed = state.futures.list(owner);
    }
    if is_set(&query, "withScenarios") {
        let seen = state.projects.values().filter(|project| caller.has("see", project));
        listed.extend(seen.flat_map(Project::running_scenarios));
    }
    Ok(Json(listed.into()))
}

async fn look(State(node): Node, Path(id): Id, Query(query): Asked) -> Fetched {
    let mut state = node.state();
    let forgets = state.has(Quirk::FetchedResultsAreForgotten);
    state.futures.look(&id, is_set(&query, "peek"), forgets).map(Json)
}

async fn abort(State(node): Node, Path(id): Id) -> Answer<()> {
    node.state().futures.abort(&id)
}
