use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value, json};

use super::NodeState;
use super::activation::by_id;
use super::project::Project;
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::Outcome;

/// A scenario of a project on the node (`wire-facts.md` 3.8).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) definition: Map<String, Value>,
    /// Whether a bundle brought it; others were made on the node.
    pub(crate) from_bundle: bool,
    /// The code of a scenario that is a script.
    pub(crate) script: String,
    pub(crate) runs: Vec<Run>,
}

/// What belongs to a scenario on this node, whatever a bundle says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LocalState {
    active: bool,
    run_as_user: Option<String>,
}

/// A run of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) run_id: String,
    trigger_id: String,
    start: i64,
    polls_left: u32,
    outcome: Outcome,
    failure: Option<String>,
    /// The bundle that was active.
    bundle: Option<String>,
}

impl Run {
    fn is_running(&self) -> bool {
        self.polls_left > 0
    }

    fn to_json(&self, project: &str, scenario: &Scenario) -> Value {
        let mut run = json!({
            "runId": self.run_id,
            "start": self.start,
            "end": if self.is_running() { 0 } else { self.start + 60_000 },
            "scenario": {
                "id": scenario.id(),
                "projectKey": project,
                "markedAsTest": scenario.flag("markedAsTest"),
            },
            "trigger": {"trigger": {"id": self.trigger_id, "type": "manual"}},
        });
        if let (false, Some(fields)) = (self.is_running(), run.as_object_mut()) {
            let mut result = json!({"outcome": self.outcome.as_str()});
            if let (Some(failure), Some(result)) = (&self.failure, result.as_object_mut()) {
                let thrown = json!({"clazz": "Exception", "title": failure, "message": failure});
                result.insert("thrown".to_owned(), thrown);
            }
            fields.insert("result".to_owned(), result);
        }
        run
    }
}

impl Scenario {
    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    fn text(&self, field: &str) -> &str {
        self.definition.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn flag(&self, field: &str) -> bool {
        self.definition.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    /// None means the last editor.
    pub(crate) fn run_as_user(&self) -> Option<&str> {
        Some(self.text("runAsUser")).filter(|login| !login.is_empty())
    }

    /// What lists tell, and the light form.
    pub(crate) fn summary(&self, project: &str) -> Value {
        json!({
            "id": self.id(),
            "projectKey": project,
            "name": self.text("name"),
            "type": self.text("type"),
            "active": self.flag("active"),
            "running": self.runs.iter().any(Run::is_running),
            "start": self.runs.iter().find(|run| run.is_running()).map_or(0, |run| run.start),
            "nextRun": 0,
            "markedAsTest": self.flag("markedAsTest"),
            "description": self.definition.get("description"),
            "shortDesc": self.definition.get("shortDesc"),
            "tags": self.definition.get("tags").cloned().unwrap_or_else(|| json!([])),
        })
    }

    /// Whatever runs has ended, without success.
    pub(crate) fn abort(&mut self) {
        for run in self.runs.iter_mut().filter(|run| run.is_running()) {
            (run.polls_left, run.outcome) = (0, Outcome::Aborted);
        }
    }

    fn run(&self, id: &str) -> Answer<&Run> {
        let found = self.runs.iter().find(|run| run.run_id == id);
        found.ok_or_else(|| Refusal::not_found("Scenario run", id))
    }

    pub(crate) fn run_json(&self, project: &str, id: &str) -> Answer<Value> {
        Ok(self.run(id)?.to_json(project, self))
    }

    pub(crate) fn run_log(&self, id: &str) -> Answer<String> {
        let run = self.run(id)?;
        let end = if run.is_running() { "running" } else { run.outcome.as_str() };
        let failure = run.failure.as_deref().unwrap_or_default();
        Ok(format!("[scenario {}] run {id}: {end} {failure}\n", self.id()))
    }

    /// What started a run.
    pub(crate) fn fire(&self, trigger: &str, run: &str) -> Answer<Value> {
        let run = self.run(run)?;
        if run.trigger_id != trigger {
            return Err(Refusal::not_found("Trigger", trigger));
        }
        Ok(json!({"trigger": {"id": trigger}, "runId": run.run_id, "cancelled": false}))
    }

    /// Runs that began on a day from the first on and before the second, newest first.
    pub(crate) fn runs_between(&self, project: &str, from: NaiveDate, to: NaiveDate) -> Vec<Value> {
        let begun = |run: &&Run| {
            let day = DateTime::from_timestamp_millis(run.start).map(|start| start.date_naive());
            day.is_some_and(|day| from <= day && day < to)
        };
        self.runs.iter().rev().filter(begun).map(|run| run.to_json(project, self)).collect()
    }

    /// How the last run ended, of those made while a bundle was active when one is named.
    pub(crate) fn last_outcome(&self, bundle: Option<&str>) -> Option<Outcome> {
        let counts = |run: &&Run| bundle.is_none() || run.bundle.as_deref() == bundle;
        let mut ended = self.runs.iter().rev().filter(|run| !run.is_running()).filter(counts);
        ended.next().map(|run| run.outcome)
    }

    fn local_state(&self) -> LocalState {
        LocalState {
            active: self.flag("active"),
            run_as_user: self.run_as_user().map(str::to_owned),
        }
    }

    /// Runs, newest first.
    pub(crate) fn runs_json(&self, project: &str, limit: usize, only_finished: bool) -> Vec<Value> {
        let newest_first = self.runs.iter().rev();
        let wanted = newest_first.filter(|run| !only_finished || !run.is_running());
        wanted.take(limit).map(|run| run.to_json(project, self)).collect()
    }
}

impl Project {
    /// Scenarios of a new bundle take the place of those of the old one, and of local ones with the
    /// same id (R-A7) unless the node leaves those alone. What the node knows of their triggers and users stays (R-A6); a scenario that
    /// was never here is inactive until somebody says otherwise.
    pub(crate) fn take_over_scenarios(
        &mut self,
        brought: Vec<Map<String, Value>>,
        active: &BTreeMap<String, bool>,
        overwrites: bool,
    ) {
        for (id, scenario) in &self.scenarios {
            if scenario.from_bundle {
                self.remembered.insert(id.clone(), scenario.local_state());
            }
        }
        let old = std::mem::take(&mut self.scenarios);
        let mut runs: BTreeMap<String, Vec<Run>> = BTreeMap::new();
        for (id, scenario) in old {
            if scenario.from_bundle {
                runs.insert(id, scenario.runs);
            } else {
                self.scenarios.insert(id, scenario);
            }
        }
        for (id, mut definition) in brought.into_iter().filter_map(by_id) {
            if !overwrites && self.scenarios.contains_key(&id) {
                continue;
            }
            let known = self.remembered.get(&id);
            let is_active = active.get(&id).copied();
            let is_active = is_active.unwrap_or_else(|| known.is_some_and(|known| known.active));
            definition.insert("active".to_owned(), json!(is_active));
            if let Some(known) = known {
                definition.insert("runAsUser".to_owned(), json!(known.run_as_user));
            }
            let runs = runs.remove(&id).unwrap_or_default();
            self.scenarios.insert(
                id,
                Scenario { definition, from_bundle: true, runs, ..Scenario::default() },
            );
        }
    }

    pub(crate) fn scenario(&self, id: &str) -> Answer<&Scenario> {
        self.scenarios.get(id).ok_or_else(|| Refusal::not_found("Scenario", id))
    }

    pub(crate) fn scenario_mut(&mut self, id: &str) -> Answer<&mut Scenario> {
        self.scenarios.get_mut(id).ok_or_else(|| Refusal::not_found("Scenario", id))
    }

    /// Replaces the definition of a scenario. Id and origin stay.
    pub(crate) fn save_scenario(
        &mut self,
        id: &str,
        mut definition: Map<String, Value>,
    ) -> Answer<()> {
        definition.insert("id".to_owned(), json!(id));
        self.scenario_mut(id)?.definition = definition;
        Ok(())
    }

    /// The light form changes these fields only; others are dropped without a word.
    pub(crate) fn save_light(&mut self, id: &str, light: &Map<String, Value>) -> Answer<Value> {
        const CHANGEABLE: [&str; 5] = ["active", "checklists", "description", "shortDesc", "tags"];
        let key = self.key.clone();
        let scenario = self.scenario_mut(id)?;
        for field in CHANGEABLE {
            if let Some(value) = light.get(field) {
                scenario.definition.insert(field.to_owned(), value.clone());
            }
        }
        Ok(scenario.summary(&key))
    }

    /// Makes a scenario on the node itself.
    pub(crate) fn add_local_scenario(&mut self, definition: Map<String, Value>) -> Answer<Value> {
        let (id, definition) =
            by_id(definition).ok_or_else(|| Refusal::illegal("The scenario has no id"))?;
        if self.scenarios.contains_key(&id) {
            return Err(Refusal::illegal(format!("Scenario exists already: {id}")));
        }
        let scenario = Scenario { definition, ..Scenario::default() };
        self.scenarios.insert(id.clone(), scenario);
        Ok(json!({"id": id}))
    }
}

impl NodeState {
    /// Starts a scenario. Its run has ended once it was asked for often enough.
    ///
    /// # Errors
    ///
    /// It is not there, or the caller may not run it: who holds nothing but `runScenarios` may run
    /// scenarios with a run-as user only.
    pub(crate) fn run_scenario(&mut self, caller: &Caller, key: &str, id: &str) -> Answer<Value> {
        let project = self.project(caller, key, "runScenarios")?;
        let scenario = project.scenario(id)?;
        let run_as = scenario.run_as_user();
        if run_as.is_none() && !caller.has("writeProjectContent", project) {
            return Err(Refusal::forbidden(format!(
                "{} may run only scenarios with a run-as user",
                caller.name()
            )));
        }
        let failure = run_as.and_then(|login| self.cannot_run_as(login));
        let place = (key.to_owned(), id.to_owned());
        let outcome = match failure {
            Some(_) => Outcome::Failed,
            None => self.outcomes.get(&place).copied().unwrap_or_default(),
        };
        let (start, polls_left) = (self.clock.now(), self.task_polls);
        let project = self.project_mut(caller, key, "runScenarios")?;
        let bundle = project.active_bundle.clone();
        let scenario = project.scenario_mut(id)?;
        let run_id = format!("run-{}", scenario.runs.len() + 1);
        let trigger_id = "manual".to_owned();
        let fire = json!({"trigger": {"id": trigger_id}, "runId": run_id, "cancelled": false});
        scenario.runs.push(Run { run_id, trigger_id, start, polls_left, outcome, failure, bundle });
        Ok(fire)
    }

    fn cannot_run_as(&self, login: &str) -> Option<String> {
        match self.users.get(login) {
            None => Some(format!("Unknown user: {login}")),
            Some(user) if !user.enabled => Some(format!("User is disabled: {login}")),
            Some(_) => None,
        }
    }

    /// The run that a start led to; each look brings it one step closer to its end.
    pub(crate) fn look_at_run(
        &mut self,
        caller: &Caller,
        key: &str,
        id: &str,
        run_id: &str,
    ) -> Answer<Value> {
        let scenario = self.project_mut(caller, key, "see")?.scenario_mut(id)?;
        let run = scenario.runs.iter_mut().find(|run| run.run_id == run_id);
        let Some(run) = run else { return Ok(json!({})) };
        let told = run.clone();
        run.polls_left = run.polls_left.saturating_sub(1);
        Ok(json!({"scenarioRun": told.to_json(key, scenario)}))
    }
}
