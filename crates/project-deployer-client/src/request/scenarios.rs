//! Scenarios of a project on a node (wire-facts 3.8).

use project_deployer_core::{BundleId, ProjectKey};
use serde_json::{Value, json};

use super::NodeRequest;

/// All scenarios in a few fields.
pub fn list(key: &ProjectKey) -> NodeRequest {
    let operation = format!("list the scenarios of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "scenarios", ""]).list()
}

/// The definition of a scenario.
pub fn definition(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let operation = format!("read scenario {scenario} of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "scenarios", scenario])
}

/// Replaces the definition of a scenario.
pub fn save_definition(key: &ProjectKey, scenario: &str, definition: Value) -> NodeRequest {
    let operation = format!("write scenario {scenario} of project {key}");
    NodeRequest::put(operation, &["projects", key.as_str(), "scenarios", scenario], definition)
}

/// The last finished run of a scenario.
pub fn last_finished_run(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-last-runs"];
    NodeRequest::get(format!("read the last run of scenario {scenario}"), &segments)
        .with_query("limit", "1")
        .with_query("onlyFinishedRuns", "true")
}

/// Starts a scenario.
pub fn run(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "run"];
    NodeRequest::post(format!("run scenario {scenario} of project {key}"), &segments)
        .with_body(json!({}))
}

/// The run that a start led to.
pub fn run_for_trigger(key: &ProjectKey, scenario: &str, trigger: &str, run: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-run-for-trigger"];
    NodeRequest::get(format!("wait for scenario {scenario}"), &segments)
        .with_query("triggerId", trigger)
        .with_query("triggerRunId", run)
}

/// Deletes a scenario.
pub fn delete(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let operation = format!("delete scenario {scenario} of project {key}");
    NodeRequest::delete(operation, &["projects", key.as_str(), "scenarios", scenario])
}

/// Starts a scenario with parameters of the trigger.
pub fn trigger(key: &ProjectKey, scenario: &str, params: Value) -> NodeRequest {
    run(key, scenario).with_body(params)
}

/// Stops the run of a scenario.
pub fn abort(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "abort"];
    NodeRequest::post(format!("stop scenario {scenario} of project {key}"), &segments).repeatable()
}

/// The last runs of a scenario, newest first.
pub fn last_runs(
    key: &ProjectKey,
    scenario: &str,
    limit: usize,
    only_finished: bool,
) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-last-runs"];
    NodeRequest::get(format!("list the runs of scenario {scenario}"), &segments)
        .with_query("limit", limit.to_string())
        .with_query("onlyFinishedRuns", if only_finished { "true" } else { "false" })
        .list()
}

/// The runs of a scenario from a day (`YYYY-MM-DD`) until before another.
pub fn runs_by_date(key: &ProjectKey, scenario: &str, from: &str, to: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-runs-by-date"];
    NodeRequest::get(format!("list the runs of scenario {scenario}"), &segments)
        .with_query("fromDate", from)
        .with_query("toDate", to)
        .list()
}

/// One run with its steps.
pub fn run_details(key: &ProjectKey, scenario: &str, run: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, run, ""];
    NodeRequest::get(format!("read run {run} of scenario {scenario}"), &segments)
}

/// The log of a run, or of one step of it.
pub fn run_log(key: &ProjectKey, scenario: &str, run: &str, step: Option<&str>) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, run, "log"];
    NodeRequest::get(format!("read the log of run {run} of scenario {scenario}"), &segments)
        .with_optional_query("stepId", step)
        .bulk()
}

/// How the test scenarios of a project ended, while a bundle was active where one is named.
pub fn testing_status(key: &ProjectKey, bundle: Option<&BundleId>) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", "testing-status"];
    NodeRequest::get(format!("read the testing status of project {key}"), &segments)
        .with_optional_query("bundleId", bundle.map(AsRef::as_ref))
        .list()
}

/// Creates a scenario; the answer names its id.
pub fn create(key: &ProjectKey, definition: Value) -> NodeRequest {
    let operation = format!("create a scenario in project {key}");
    NodeRequest::post(operation, &["projects", key.as_str(), "scenarios", ""]).with_body(definition)
}

/// The report on the last runs of the test scenarios, as JUnit writes it.
pub fn test_report(key: &ProjectKey, bundle: Option<&BundleId>) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", "last-test-scenario-runs-report"];
    NodeRequest::get(format!("read the test report of project {key}"), &segments)
        .with_optional_query("bundleId", bundle.map(AsRef::as_ref))
        .list()
}
