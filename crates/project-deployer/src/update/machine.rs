use std::time::Duration;

use project_deployer_core::infra::PermissionsPropagationPolicy;
use project_deployer_core::messages::Severity;
use project_deployer_core::status::UpdateStatus;

use super::event::UpdateEvent;
use super::plan::UpdatePlan;
use super::progress::NodeProgress;
use super::step::Step;

/// What an update does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Take a step.
    Take {
        /// On which node, counted from 0.
        node: usize,
        /// Which step.
        step: Step,
        /// After how long.
        pause: Duration,
    },
    /// End.
    Close(UpdateStatus),
}

enum OnNode {
    Take(Step),
    Finished,
    Failed,
}

/// Decides what an update does next, from its plan and from the journal of what it did so far.
///
/// Nodes are changed one after the other; the first that fails ends the update, and the ones after it
/// stay as they are.
#[must_use]
pub fn next(plan: &UpdatePlan, events: &[UpdateEvent]) -> Next {
    let mut warned = plan.findings.max_severity() >= Some(Severity::Warning);
    for node in 0..plan.nodes.len() {
        let progress = NodeProgress::read(plan, events, node);
        match on_node(plan, &progress) {
            OnNode::Take(step) => return Next::Take { node, step, pause: progress.pause },
            OnNode::Failed => return Next::Close(UpdateStatus::Failed),
            OnNode::Finished => warned |= progress.warned,
        }
    }
    Next::Close(if warned { UpdateStatus::Warning } else { UpdateStatus::Success })
}

fn on_node(plan: &UpdatePlan, progress: &NodeProgress) -> OnNode {
    // A step whose effect is not known is settled even after its last try: what was done must not be
    // reported as a failure.
    if progress.failed.is_some_and(|step| step == Step::Inspect || !progress.is_unsettled()) {
        return OnNode::Failed;
    }
    let Some(view) = &progress.view else { return OnNode::Take(Step::Inspect) };
    if !view.exists {
        let keeps_key = plan.keeps_the_bundles_key();
        return OnNode::Take(if keeps_key { Step::CreateFromBundle } else { Step::CreateEmpty });
    }
    // At once: a later update finds the project there, and leaves its permissions alone.
    if grants_permissions(plan, progress) && !progress.done.contains(&Step::ApplyPermissions) {
        return OnNode::Take(Step::ApplyPermissions);
    }
    if !view.imported {
        return OnNode::Take(Step::Import);
    }
    let wanted = [
        (Step::WriteContainerSettings, true),
        (Step::Preload, true),
        (Step::Activate, true),
        (Step::WriteVariables, !plan.desired.local_variables.is_empty()),
        (Step::SetUpScenarios, plan.changes_scenarios()),
        (Step::Verify, true),
    ];
    let open = wanted.into_iter().find(|(step, wanted)| *wanted && !progress.done.contains(step));
    open.map_or(OnNode::Finished, |(step, _)| OnNode::Take(step))
}

/// Permissions of a project that was there before are those of the node (R-S1).
fn grants_permissions(plan: &UpdatePlan, progress: &NodeProgress) -> bool {
    progress.created_by.is_some()
        && plan.permissions_propagation != PermissionsPropagationPolicy::None
}
