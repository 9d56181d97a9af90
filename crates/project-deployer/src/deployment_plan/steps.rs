use std::collections::BTreeSet;

use project_deployer_core::Timestamp;
use project_deployer_core::messages::InfoMessages;

use crate::update::{Next, NodeView, Step, StepOutcome, UpdateEvent, UpdatePlan, next};

/// The steps that an update would take on a node whose every call succeeds. The function that decides about
/// updates decides here as well, over a journal that is only imagined.
#[must_use]
pub fn planned_steps(plan: &UpdatePlan, view: &NodeView, running_webapps: &[String]) -> Vec<Step> {
    let nodes = plan.nodes.iter().take(1).cloned().collect();
    let findings = InfoMessages::default();
    let plan = UpdatePlan { nodes, findings, ..plan.clone() };
    let (mut view, mut events, mut steps) = (view.clone(), Vec::new(), Vec::new());
    let at = Timestamp::from_millis(0);
    // Each step is taken a few times at most, so this ends; the bound keeps a plan from hanging if it did not.
    while steps.len() < 4 * Step::ALL.len() {
        let Next::Take { node, step, .. } = next(&plan, &events) else { break };
        let outcome = imagined(step, &mut view, running_webapps);
        events.push(UpdateEvent::StepStarted { at, node, step });
        events.push(UpdateEvent::StepFinished { at, node, step, outcome });
        steps.push(step);
    }
    steps
}

/// What a node answers to a step that succeeds, and what it has then.
fn imagined(step: Step, view: &mut NodeView, running_webapps: &[String]) -> StepOutcome {
    match step {
        Step::Inspect => return StepOutcome::Seen { view: view.clone() },
        Step::Verify => return StepOutcome::Compared { differences: Vec::new(), unknown: None },
        Step::CheckNeeds => {
            let (missing_code_envs, messages) = (Vec::new(), InfoMessages::default());
            return StepOutcome::Needs { missing_code_envs, messages };
        }
        Step::InspectWebapps => {
            return StepOutcome::Webapps {
                running: running_webapps.iter().cloned().collect(),
                down: BTreeSet::new(),
                messages: InfoMessages::default(),
            };
        }
        Step::CreateFromBundle => (view.exists, view.imported) = (true, true),
        Step::CreateEmpty => view.exists = true,
        Step::Import => view.imported = true,
        _ => {}
    }
    StepOutcome::done()
}
