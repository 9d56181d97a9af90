//! Runs of scenarios, tests, and the code of scenarios (wire-facts 3.8).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::NaiveDate;
use serde_json::json;

use super::{Asked, Fetched, Id, Ids, Node, Sent, Who, text};
use crate::answer::{Answer, Refusal, reported};
use crate::server::Shared;

type ThreeIds = Path<(String, String, String)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/projects/{key}/scenarios/{id}/payload", get(payload).put(save_payload))
        .route("/projects/{key}/scenarios/{id}/abort", post(abort))
        .route("/projects/{key}/scenarios/{id}/get-runs-by-date", get(runs_by_date))
        .route("/projects/{key}/scenarios/trigger/{id}/{trigger}", get(trigger_fire))
        .route("/projects/{key}/scenarios/{id}/{run}", get(run))
        .route("/projects/{key}/scenarios/{id}/{run}/log", get(log))
        .route("/projects/{key}/scenarios/testing-status", get(testing_status))
        .route("/projects/{key}/scenarios/last-test-scenario-runs-report", get(junit_report))
        .route("/projects/{key}/scenarios/last-test-scenario-runs-html-report", get(html_report))
}

async fn payload(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    Ok(Json(json!({"script": project.scenario(&id)?.script})))
}

async fn save_payload(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id)): Ids,
    sent: Sent,
) -> Fetched {
    let script = sent.text("script").ok_or_else(|| Refusal::illegal("script is missing"))?;
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    project.scenario_mut(&id)?.script = script;
    Ok(reported(format!("Saved the script of scenario {id}")))
}

/// The right to run a scenario includes the right to stop it.
async fn abort(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "runScenarios")?;
    project.scenario_mut(&id)?.abort();
    Ok(reported(format!("Aborted scenario {id}")))
}

async fn runs_by_date(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id)): Ids,
    Query(query): Asked,
) -> Fetched {
    let (from, to) = (date(&query, "fromDate")?, date(&query, "toDate")?);
    let state = node.state();
    let scenario = state.project(&caller, &key, "see")?.scenario(&id)?;
    Ok(Json(scenario.runs_between(&key, from, to).into()))
}

fn date(query: &HashMap<String, String>, name: &str) -> Answer<NaiveDate> {
    let given = text(query, name).ok_or_else(|| Refusal::illegal(format!("{name} is missing")))?;
    given.parse().map_err(|_| Refusal::illegal(format!("{name} is no date: {given}")))
}

async fn trigger_fire(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id, trigger)): ThreeIds,
    Query(query): Asked,
) -> Fetched {
    let run = text(&query, "triggerRunId");
    let run = run.ok_or_else(|| Refusal::illegal("triggerRunId is missing"))?;
    let state = node.state();
    let scenario = state.project(&caller, &key, "see")?.scenario(&id)?;
    scenario.fire(&trigger, &run).map(Json)
}

async fn run(State(node): Node, Extension(caller): Who, Path((key, id, run)): ThreeIds) -> Fetched {
    let state = node.state();
    let scenario = state.project(&caller, &key, "see")?.scenario(&id)?;
    Ok(Json(json!({"scenarioRun": scenario.run_json(&key, &run)?, "stepRuns": []})))
}

async fn log(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id, run)): ThreeIds,
) -> Answer<String> {
    let state = node.state();
    let scenario = state.project(&caller, &key, "readProjectContent")?.scenario(&id)?;
    scenario.run_log(&run)
}

async fn testing_status(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    Query(query): Asked,
) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "see")?;
    Ok(Json(project.test_results(text(&query, "bundleId").as_deref()).status()))
}

async fn junit_report(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    Query(query): Asked,
) -> Answer<Response> {
    let state = node.state();
    let project = state.project(&caller, &key, "see")?;
    let report = project.test_results(text(&query, "bundleId").as_deref()).junit(&key);
    Ok(([(CONTENT_TYPE, "application/xml")], report).into_response())
}

async fn html_report(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    Query(query): Asked,
) -> Answer<Html<String>> {
    let state = node.state();
    let project = state.project(&caller, &key, "see")?;
    Ok(Html(project.test_results(text(&query, "bundleId").as_deref()).html(&key)))
}
