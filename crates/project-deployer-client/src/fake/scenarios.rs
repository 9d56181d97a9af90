//! Scenarios of a project, and what the node keeps of them over activations.

use std::collections::BTreeMap;

use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::BundleScenario;
use project_deployer_core::node::{Scenario, ScenarioOutcome};

use super::caller::{Caller, ProjectRight};
use super::projects::Project;
use super::refusal::{Answer, not_found};
use super::state::NodeState;
use crate::automation_node::ScenarioChange;

/// What belongs to the node and not to the bundle that brings the scenario.
#[derive(Debug, Clone, Default)]
pub(super) struct LocalState {
    active: bool,
    run_as_user: Option<String>,
    last_outcome: Option<ScenarioOutcome>,
}

impl Project {
    /// The scenarios of the bundle take the place of those that were there; what the node knows of
    /// the same ids stays (R-A6). A scenario that was never there before is not active.
    pub(super) fn replace_scenarios(
        &mut self,
        brought: &[BundleScenario],
        triggers: &BTreeMap<String, bool>,
    ) {
        for (id, active) in triggers {
            self.remembered.entry(id.clone()).or_default().active = *active;
        }
        let scenarios = brought.iter().map(|scenario| (scenario.id.clone(), self.merged(scenario)));
        self.scenarios = scenarios.collect();
    }

    fn merged(&self, brought: &BundleScenario) -> Scenario {
        let local = self.remembered.get(&brought.id).cloned().unwrap_or_default();
        Scenario {
            id: brought.id.clone(),
            name: brought.name.clone(),
            active: local.active,
            running: false,
            marked_as_test: brought.marked_as_test,
            run_as_user: local.run_as_user.or_else(|| brought.run_as_user.clone()),
            last_outcome: local.last_outcome,
        }
    }

    /// Changes what the node keeps of a scenario, and the scenario with it.
    fn change_scenario(&mut self, id: &str, change: impl FnOnce(&mut LocalState)) -> Answer<()> {
        let scenario = self.scenarios.get_mut(id).ok_or_else(|| not_found("scenario", id))?;
        let local = self.remembered.entry(id.to_owned()).or_default();
        change(local);
        scenario.active = local.active;
        scenario.last_outcome = local.last_outcome;
        if local.run_as_user.is_some() {
            scenario.run_as_user.clone_from(&local.run_as_user);
        }
        Ok(())
    }
}

impl NodeState {
    pub(super) fn scenarios(&self, caller: &Caller, key: &ProjectKey) -> Answer<Vec<Scenario>> {
        let project = self.project_for(caller, key, ProjectRight::See)?;
        Ok(project.scenarios.values().cloned().collect())
    }

    pub(super) fn configure_scenario(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        id: &str,
        change: &ScenarioChange,
    ) -> Answer<()> {
        let project = self.project_mut_for(caller, key, ProjectRight::Write)?;
        project.change_scenario(id, |local| {
            local.active = change.active.unwrap_or(local.active);
            if let Some(login) = &change.run_as_user {
                local.run_as_user = Some(login.as_str().to_owned());
            }
        })
    }

    pub(super) fn run_scenario(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        id: &str,
    ) -> Answer<ScenarioOutcome> {
        let outcome = self.outcome_of(caller, key, id)?;
        let project = self.project_mut_for(caller, key, ProjectRight::RunScenarios)?;
        project.change_scenario(id, |local| local.last_outcome = Some(outcome))?;
        Ok(outcome)
    }

    /// How a run would end: badly, when its user is not there or kept out (R-S9).
    fn outcome_of(&self, caller: &Caller, key: &ProjectKey, id: &str) -> Answer<ScenarioOutcome> {
        let project = self.project_for(caller, key, ProjectRight::RunScenarios)?;
        let scenario = project.scenarios.get(id).ok_or_else(|| not_found("scenario", id))?;
        let may_log_in = |login: &str| self.users.get(login).is_some_and(|user| user.enabled);
        if scenario.run_as_user.as_deref().is_some_and(|login| !may_log_in(login)) {
            return Ok(ScenarioOutcome::Failed);
        }
        let chosen = self.outcomes.get(&(key.clone(), id.to_owned())).copied();
        Ok(chosen.unwrap_or(ScenarioOutcome::Success))
    }
}
