//! Scenarios of a project on a node (`wire-facts.md` 3.8).

use project_deployer_core::ProjectKey;
use serde_json::{Value, json};

use super::NodeRequest;

/// All scenarios in a few fields.
#[must_use]
pub fn list(key: &ProjectKey) -> NodeRequest {
    let operation = format!("list the scenarios of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "scenarios", ""])
}

/// The definition of a scenario.
#[must_use]
pub fn definition(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let operation = format!("read scenario {scenario} of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "scenarios", scenario])
}

/// Replaces the definition of a scenario.
#[must_use]
pub fn save_definition(key: &ProjectKey, scenario: &str, definition: Value) -> NodeRequest {
    let operation = format!("write scenario {scenario} of project {key}");
    NodeRequest::put(operation, &["projects", key.as_str(), "scenarios", scenario], definition)
}

/// The last finished run of a scenario.
#[must_use]
pub fn last_finished_run(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-last-runs"];
    NodeRequest::get(format!("read the last run of scenario {scenario}"), &segments)
        .with_query("limit", "1")
        .with_query("onlyFinishedRuns", "true")
}

/// Starts a scenario.
#[must_use]
pub fn run(key: &ProjectKey, scenario: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "run"];
    NodeRequest::post(format!("run scenario {scenario} of project {key}"), &segments)
        .with_body(json!({}))
}

/// The run that a start led to.
#[must_use]
pub fn run_for_trigger(key: &ProjectKey, scenario: &str, trigger: &str, run: &str) -> NodeRequest {
    let segments = ["projects", key.as_str(), "scenarios", scenario, "get-run-for-trigger"];
    NodeRequest::get(format!("wait for scenario {scenario}"), &segments)
        .with_query("triggerId", trigger)
        .with_query("triggerRunId", run)
}
