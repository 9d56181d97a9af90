use std::collections::BTreeMap;

use serde_json::Value;

use super::{DeployerState, Deployment, Right, text};
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::Outcome;
use crate::state::testing::TestResults;

/// The test scenarios of a bundle as they went on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestRun {
    /// The node of a multi-node infrastructure.
    node: Option<String>,
    bundle: String,
    results: TestResults,
}

impl DeployerState {
    /// How the tests went that ran last there (row 28).
    pub(crate) fn testing_status(
        &self,
        caller: &Caller,
        id: &str,
        bundle: Option<&str>,
        node: Option<String>,
    ) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Read)?;
        let node = self.node_of(deployment, node)?;
        let bundle = bundle.unwrap_or_else(|| deployment.bundle_id());
        let is_wanted = |run: &&TestRun| run.node == node && run.bundle == bundle;
        let found = deployment.test_runs.iter().rev().find(is_wanted);
        Ok(found
            .map_or_else(|| TestResults::of(BTreeMap::new()).status(), |run| run.results.status()))
    }

    /// Runs the test scenarios of the bundle that is on a node (row 29).
    pub(crate) fn run_tests(
        &mut self,
        caller: &Caller,
        id: &str,
        node: Option<String>,
    ) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Deploy)?;
        let node = self.node_of(deployment, node)?;
        let sent = deployment.sent.as_ref();
        let sent = sent.ok_or_else(|| Refusal::illegal(format!("Never deployed: {id}")))?;
        let bundle = text(sent, "bundleId").to_owned();
        let project = self.project(caller, deployment.project_key(), Right::Read)?;
        let scenarios = &project.bundle(&bundle)?.contents.scenarios;
        let tests = scenarios.iter().filter(|test| test.get("markedAsTest") == Some(&true.into()));
        let results =
            TestResults::of(tests.map(|test| outcome(deployment, text(test, "id"))).collect());
        let reported = results.status();
        let run = TestRun { node, bundle, results };
        self.deployment_mut(caller, id)?.test_runs.push(run);
        Ok(reported)
    }

    /// The node that is meant; one has to be named where there are several (R-I7).
    fn node_of(&self, deployment: &Deployment, node: Option<String>) -> Answer<Option<String>> {
        let nodes = self.infras.get(deployment.infra_id()).and_then(super::Infra::nodes);
        match (nodes, node) {
            (None, _) => Ok(None),
            (Some(_), None) => Err(Refusal::illegal("automationNodeId is missing")),
            (Some(nodes), Some(node)) if nodes.contains(&node.as_str()) => Ok(Some(node)),
            (Some(_), Some(node)) => Err(Refusal::not_found("Automation node", &node)),
        }
    }
}

fn outcome(deployment: &Deployment, scenario: &str) -> (String, Outcome) {
    let outcome = deployment.scenario_outcomes.get(scenario).copied().unwrap_or_default();
    (scenario.to_owned(), outcome)
}
