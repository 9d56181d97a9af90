use project_deployer_core::node::ScenarioOutcome;
use project_deployer_core::status::TestingStatus;
use project_deployer_core::{BundleId, ProjectKey, UnknownFields};
use serde_json::Value;

use crate::documents::{run_result, trigger_fire, written};
use crate::error::{NodeError, NodeErrorKind};
use crate::http::HttpNode;
use crate::request::scenarios;
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

impl HttpNode {
    /// The definition of a scenario, a whole document.
    pub async fn scenario_definition(
        &self,
        key: &ProjectKey,
        scenario: &str,
    ) -> Result<UnknownFields, NodeError> {
        self.json(&scenarios::definition(key, scenario)).await
    }

    /// Replaces the definition of a scenario: change what [`Self::scenario_definition`] gave.
    pub async fn save_scenario_definition(
        &self,
        key: &ProjectKey,
        scenario: &str,
        definition: &UnknownFields,
    ) -> Result<(), NodeError> {
        self.nothing(&scenarios::save_definition(key, scenario, written(definition))).await
    }

    /// Creates a scenario and gives its id.
    pub async fn create_scenario(
        &self,
        key: &ProjectKey,
        definition: &UnknownFields,
    ) -> Result<String, NodeError> {
        self.read(&scenarios::create(key, written(definition)), |created| {
            match created.get("id").and_then(Value::as_str) {
                Some(id) => Ok(id.to_owned()),
                None => Err(NodeErrorKind::Malformed("the answer has no `id`".to_owned())),
            }
        })
        .await
    }

    /// Deletes a scenario.
    pub async fn delete_scenario(&self, key: &ProjectKey, scenario: &str) -> Result<(), NodeError> {
        self.nothing(&scenarios::delete(key, scenario)).await
    }

    /// Starts a scenario with parameters of the trigger, and does not wait for its end. Not safe to
    /// repeat: it runs again.
    pub async fn trigger_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
        params: &UnknownFields,
    ) -> Result<TriggerFire, NodeError> {
        let request = scenarios::trigger(key, scenario, written(params));
        self.read(&request, |fire| {
            let (trigger_id, run_id) = trigger_fire(&fire)?;
            Ok(TriggerFire { trigger_id, run_id })
        })
        .await
    }

    /// The run that a start led to; none while it waits.
    pub async fn run_of(
        &self,
        key: &ProjectKey,
        scenario: &str,
        fire: &TriggerFire,
    ) -> Result<Option<ScenarioRun>, NodeError> {
        let request = scenarios::run_for_trigger(key, scenario, &fire.trigger_id, &fire.run_id);
        self.read(&request, |answer| match answer.get("scenarioRun") {
            None | Some(Value::Null) => Ok(None),
            Some(run) => scenario_run(run).map(Some),
        })
        .await
    }

    /// Stops the run of a scenario.
    pub async fn abort_scenario(&self, key: &ProjectKey, scenario: &str) -> Result<(), NodeError> {
        self.nothing(&scenarios::abort(key, scenario)).await
    }

    /// The last runs of a scenario, newest first.
    pub async fn last_runs(
        &self,
        key: &ProjectKey,
        scenario: &str,
        limit: usize,
        only_finished: bool,
    ) -> Result<Vec<ScenarioRun>, NodeError> {
        self.read(&scenarios::last_runs(key, scenario, limit, only_finished), scenario_runs).await
    }

    /// The runs of a scenario from a day (`YYYY-MM-DD`) until before another.
    pub async fn runs_by_date(
        &self,
        key: &ProjectKey,
        scenario: &str,
        from: &str,
        to: &str,
    ) -> Result<Vec<ScenarioRun>, NodeError> {
        self.read(&scenarios::runs_by_date(key, scenario, from, to), scenario_runs).await
    }

    /// One run with its steps, a whole document.
    pub async fn run_details(
        &self,
        key: &ProjectKey,
        scenario: &str,
        run: &str,
    ) -> Result<UnknownFields, NodeError> {
        self.json(&scenarios::run_details(key, scenario, run)).await
    }

    /// The log of a run, or of one step of it.
    pub async fn run_log(
        &self,
        key: &ProjectKey,
        scenario: &str,
        run: &str,
        step: Option<&str>,
    ) -> Result<String, NodeError> {
        self.text(&scenarios::run_log(key, scenario, run, step)).await
    }

    /// The report on the last runs of the test scenarios, as JUnit writes it.
    pub async fn test_report(
        &self,
        key: &ProjectKey,
        bundle: Option<&BundleId>,
    ) -> Result<String, NodeError> {
        self.text(&scenarios::test_report(key, bundle)).await
    }

    /// How the test scenarios of a project ended, while a bundle was active where one is named.
    pub async fn testing_status(
        &self,
        key: &ProjectKey,
        bundle: Option<&BundleId>,
    ) -> Result<TestingStatus, NodeError> {
        self.json(&scenarios::testing_status(key, bundle)).await
    }
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
