use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::NodeState;
use super::project::Project;
use super::scenarios::Scenario;
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::Outcome;

/// A run of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) run_id: String,
    trigger_id: String,
    pub(super) start: i64,
    polls_left: u32,
    outcome: Outcome,
    failure: Option<String>,
    /// The bundle that was active.
    bundle: Option<String>,
}

impl Run {
    pub(super) fn is_running(&self) -> bool {
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
        if !self.is_running() {
            run["result"] = json!({"outcome": self.outcome.as_str()});
            if let Some(failure) = &self.failure {
                let thrown = json!({"clazz": "Exception", "title": failure, "message": failure});
                run["result"]["thrown"] = thrown;
            }
        }
        run
    }
}

impl Scenario {
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

    /// Runs, newest first.
    pub(crate) fn runs_json(&self, project: &str, limit: usize, only_finished: bool) -> Vec<Value> {
        let newest_first = self.runs.iter().rev();
        let wanted = newest_first.filter(|run| !only_finished || !run.is_running());
        wanted.take(limit).map(|run| run.to_json(project, self)).collect()
    }
}

impl Project {
    /// The runs that are not over, as lists of long tasks return them. Which identifiers the payload has
    /// is our choice.
    pub(crate) fn running_scenarios(&self) -> Vec<Value> {
        let running = self.scenarios.iter().flat_map(|(id, scenario)| {
            let runs = scenario.runs.iter().filter(|run| run.is_running());
            runs.map(move |run| (id, run))
        });
        let reported = running.map(|(id, run)| {
            json!({
                "jobId": format!("{}-{id}-{}", self.key, run.run_id),
                "hasResult": false,
                "aborted": false,
                "alive": true,
                "unknown": false,
                "startTime": run.start,
                "runningTime": 412,
                "payload": {"projectKey": self.key, "scenarioId": id, "runId": run.run_id},
            })
        });
        reported.collect()
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
        let reported = run.clone();
        run.polls_left = run.polls_left.saturating_sub(1);
        Ok(json!({"scenarioRun": reported.to_json(key, scenario)}))
    }
}
