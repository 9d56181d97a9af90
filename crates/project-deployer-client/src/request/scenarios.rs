//! Scenarios of a project on a node (wire-facts 3.8).

use project_deployer_core::node::{Scenario, ScenarioOutcome};
use project_deployer_core::status::TestingStatus;
use project_deployer_core::{BundleId, ProjectKey, UnknownFields};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Call, NodeRequest};
use crate::documents::{last_outcome, run_result, trigger_fire};
use crate::error::NodeErrorKind;
use crate::response::decode;

/// A start of a scenario, by which its run is found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TriggerFire {
    /// What fired.
    pub trigger_id: String,
    /// Which time it fired.
    pub run_id: String,
}

/// A run of a scenario (wire-facts 3.8).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScenarioRun {
    /// Its id.
    pub run_id: String,
    /// When it started, in milliseconds.
    pub start: i64,
    /// When it ended, in milliseconds; none while it runs.
    pub end: Option<i64>,
    /// How it ended; none while it runs.
    pub outcome: Option<ScenarioOutcome>,
}

/// All scenarios in a few fields.
pub fn list(key: &ProjectKey) -> Call<Vec<Scenario>> {
    let operation = format!("list the scenarios of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "scenarios", ""]).list().json()
}

/// The definition of a scenario, a whole document.
pub fn definition(key: &ProjectKey, scenario: &str) -> Call<UnknownFields> {
    let operation = format!("read scenario {scenario} of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "scenarios", scenario]).json()
}

/// Replaces the definition of a scenario: change what [`definition`] gave.
pub fn save_definition(key: &ProjectKey, scenario: &str, definition: &impl Serialize) -> Call<()> {
    let operation = format!("write scenario {scenario} of project {key}");
    NodeRequest::put(operation, &["projects", key.as_str(), "scenarios", scenario], definition)
        .nothing()
}

/// The last finished run of a scenario.
pub fn last_finished_run(key: &ProjectKey, scenario: &str) -> Call<Option<ScenarioOutcome>> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-last-runs"];
    NodeRequest::get(format!("read the last run of scenario {scenario}"), &segments)
        .with_query("limit", "1")
        .with_query("onlyFinishedRuns", "true")
        .reading(|runs| last_outcome(&runs))
}

/// Starts a scenario.
pub fn run(key: &ProjectKey, scenario: &str) -> Call<TriggerFire> {
    trigger(key, scenario, &json!({}))
}

/// The run that a start led to; none while it waits.
pub fn run_for_trigger(
    key: &ProjectKey,
    scenario: &str,
    trigger: &str,
    run: &str,
) -> Call<Option<ScenarioRun>> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-run-for-trigger"];
    NodeRequest::get(format!("wait for scenario {scenario}"), &segments)
        .with_query("triggerId", trigger)
        .with_query("triggerRunId", run)
        .reading(|answer| run_of_fire(&answer))
}

/// Deletes a scenario.
pub fn delete(key: &ProjectKey, scenario: &str) -> Call<()> {
    let operation = format!("delete scenario {scenario} of project {key}");
    NodeRequest::delete(operation, &["projects", key.as_str(), "scenarios", scenario]).nothing()
}

/// Starts a scenario with parameters of the trigger, and does not wait for its end. Not safe to
/// repeat: it runs again.
pub fn trigger(key: &ProjectKey, scenario: &str, params: &impl Serialize) -> Call<TriggerFire> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "run"];
    NodeRequest::post(format!("run scenario {scenario} of project {key}"), &segments)
        .with_body(params)
        .reading(|fire| trigger_fire(&fire))
}

/// Stops the run of a scenario.
pub fn abort(key: &ProjectKey, scenario: &str) -> Call<()> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "abort"];
    NodeRequest::post(format!("stop scenario {scenario} of project {key}"), &segments)
        .repeatable()
        .nothing()
}

/// The last runs of a scenario, newest first.
pub fn last_runs(
    key: &ProjectKey,
    scenario: &str,
    limit: usize,
    only_finished: bool,
) -> Call<Vec<ScenarioRun>> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-last-runs"];
    NodeRequest::get(format!("list the runs of scenario {scenario}"), &segments)
        .with_query("limit", limit.to_string())
        .with_query("onlyFinishedRuns", only_finished.to_string())
        .list()
        .reading(scenario_runs)
}

/// The runs of a scenario from a day (`YYYY-MM-DD`) until before another.
pub fn runs_by_date(
    key: &ProjectKey,
    scenario: &str,
    from: &str,
    to: &str,
) -> Call<Vec<ScenarioRun>> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-runs-by-date"];
    NodeRequest::get(format!("list the runs of scenario {scenario}"), &segments)
        .with_query("fromDate", from)
        .with_query("toDate", to)
        .list()
        .reading(scenario_runs)
}

/// One run with its steps, a whole document.
pub fn run_details(key: &ProjectKey, scenario: &str, run: &str) -> Call<UnknownFields> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, run, ""];
    NodeRequest::get(format!("read run {run} of scenario {scenario}"), &segments).json()
}

/// The log of a run, or of one step of it.
pub fn run_log(key: &ProjectKey, scenario: &str, run: &str, step: Option<&str>) -> Call<String> {
    let segments = ["projects", key.as_str(), "scenarios", scenario, run, "log"];
    NodeRequest::get(format!("read the log of run {run} of scenario {scenario}"), &segments)
        .with_optional_query("stepId", step)
        .bulk()
        .text()
}

/// How the test scenarios of a project ended, while a bundle was active where one is named.
pub fn testing_status(key: &ProjectKey, bundle: Option<&BundleId>) -> Call<TestingStatus> {
    let segments = ["projects", key.as_str(), "scenarios", "testing-status"];
    NodeRequest::get(format!("read the testing status of project {key}"), &segments)
        .with_optional_query("bundleId", bundle.map(AsRef::as_ref))
        .list()
        .json()
}

/// Creates a scenario; the answer names its id.
pub fn create(key: &ProjectKey, definition: &impl Serialize) -> Call<String> {
    let operation = format!("create a scenario in project {key}");
    NodeRequest::post(operation, &["projects", key.as_str(), "scenarios", ""])
        .with_body(definition)
        .reading(|created| created_id(&created))
}

/// The report on the last runs of the test scenarios, as JUnit writes it.
pub fn test_report(key: &ProjectKey, bundle: Option<&BundleId>) -> Call<String> {
    let segments = ["projects", key.as_str(), "scenarios", "last-test-scenario-runs-report"];
    NodeRequest::get(format!("read the test report of project {key}"), &segments)
        .with_optional_query("bundleId", bundle.map(AsRef::as_ref))
        .list()
        .text()
}

fn scenario_runs(answer: Value) -> Result<Vec<ScenarioRun>, NodeErrorKind> {
    let runs: Vec<Value> = decode(answer)?;
    runs.iter().map(scenario_run).collect()
}

fn scenario_run(run: &Value) -> Result<ScenarioRun, NodeErrorKind> {
    let moment = |field: &str| run.get(field).and_then(Value::as_i64).filter(|at| *at != 0);
    match run.get("runId").and_then(Value::as_str) {
        Some(id) => Ok(ScenarioRun {
            run_id: id.to_owned(),
            start: moment("start").unwrap_or_default(),
            end: moment("end"),
            outcome: run_result(run)?,
        }),
        None => Err(NodeErrorKind::Malformed("a run has no `runId`".to_owned())),
    }
}

fn created_id(created: &Value) -> Result<String, NodeErrorKind> {
    match created.get("id").and_then(Value::as_str) {
        Some(id) => Ok(id.to_owned()),
        None => Err(NodeErrorKind::Malformed("the answer has no `id`".to_owned())),
    }
}

fn run_of_fire(answer: &Value) -> Result<Option<ScenarioRun>, NodeErrorKind> {
    match answer.get("scenarioRun") {
        None | Some(Value::Null) => Ok(None),
        Some(run) => scenario_run(run).map(Some),
    }
}
