use std::time::Duration;

use project_deployer_core::infra::{HookPhase, PermissionsPropagationPolicy};
use project_deployer_core::messages::Severity;
use project_deployer_core::status::UpdateStatus;

use super::event::UpdateEvent;
use super::hooks::{HooksOfPhase, hooks_of, is_reported};
use super::plan::UpdatePlan;
use super::progress::NodeProgress;
use super::step::Step;
use super::windows::refused_by_windows;

/// The next action of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Carry out a step.
    Take {
        /// The index of the node.
        node: usize,
        /// The step.
        step: Step,
        /// The pause before it.
        pause: Duration,
    },
    /// Run a hook.
    Hook {
        /// When it runs.
        phase: HookPhase,
        /// Its place in the plan.
        index: usize,
    },
    /// End the update.
    Close(UpdateStatus),
}

enum OnNode {
    Take(Step),
    Finished,
    Cancelled,
    Failed,
}

/// Decides what an update does next, from its plan and its journal.
///
/// Nodes are changed one after the other. The first failure ends the update, and later nodes are
/// not changed.
///
/// Hooks run around the steps: those before it first, and one that fails ends the update before a node is written to.
/// Those after it run when it succeeded; a failure is a warning. Those after a failure run when it failed, and change
/// nothing. A cancelled update runs no hook. One that had failed before the cancel, or whose failure was reported to a
/// hook, stays failed.
///
/// After a cancel, nothing new begins. What has an unknown effect is inspected. Where the bundle was activated, the
/// cancel comes too late: the node is finished, since a half configured project is worse than either bundle.
///
/// An update that waited while windows closed ends as a cancelled one: it has begun nothing, and no hook runs.
#[must_use]
pub fn next(plan: &UpdatePlan, events: &[UpdateEvent]) -> Next {
    if refused_by_windows(events).is_some() {
        return Next::Close(UpdateStatus::Aborted);
    }
    if stays_failed(plan, events) {
        return failed(plan, events);
    }
    let cancelled = is_cancelled(events);
    let before = match hooks_of(plan, events, HookPhase::Pre) {
        HooksOfPhase::Ended { warned } => warned,
        // A hook that a cancel stopped has failed, and so has the update only if nobody cancelled it.
        HooksOfPhase::Run(_) | HooksOfPhase::Failed if cancelled => {
            return Next::Close(UpdateStatus::Aborted);
        }
        HooksOfPhase::Run(index) => return Next::Hook { phase: HookPhase::Pre, index },
        HooksOfPhase::Failed => return failed(plan, events),
    };
    match on_nodes(plan, events) {
        Next::Close(UpdateStatus::Failed) if !cancelled => failed(plan, events),
        Next::Close(status @ (UpdateStatus::Success | UpdateStatus::Warning)) => {
            succeeded(plan, events, before || status == UpdateStatus::Warning)
        }
        other => other,
    }
}

/// Whether a cancel comes after the failure of the update, which it does not change.
#[must_use]
pub(crate) fn stays_failed(plan: &UpdatePlan, events: &[UpdateEvent]) -> bool {
    is_reported(events) || had_failed_before_cancel(plan, events)
}

/// Whether the update had failed when somebody cancelled it: a hook after the failure may have waited for its turn.
fn had_failed_before_cancel(plan: &UpdatePlan, events: &[UpdateEvent]) -> bool {
    let Some(cancel) = events.iter().position(is_cancel) else { return false };
    let before = &events[..cancel];
    // What ran at the cancel has no outcome yet, and its last attempt would count as a failure.
    !runs_something(before)
        && matches!(
            next(plan, before),
            Next::Close(UpdateStatus::Failed) | Next::Hook { phase: HookPhase::OnFailure, .. }
        )
}

/// Whether a step or a hook has begun and has not ended.
fn runs_something(events: &[UpdateEvent]) -> bool {
    let last = events.iter().rev().find_map(|event| match event {
        UpdateEvent::StepStarted { .. } | UpdateEvent::HookStarted { .. } => Some(true),
        // What ran in a process that died runs no more.
        UpdateEvent::StepFinished { .. }
        | UpdateEvent::HookFinished { .. }
        | UpdateEvent::Resumed { .. } => Some(false),
        _ => None,
    });
    last.unwrap_or_default()
}

/// After the steps of an update that failed.
fn failed(plan: &UpdatePlan, events: &[UpdateEvent]) -> Next {
    match hooks_of(plan, events, HookPhase::OnFailure) {
        HooksOfPhase::Run(index) if !is_cancelled(events) => {
            Next::Hook { phase: HookPhase::OnFailure, index }
        }
        HooksOfPhase::Run(_) | HooksOfPhase::Failed | HooksOfPhase::Ended { .. } => {
            Next::Close(UpdateStatus::Failed)
        }
    }
}

/// After the steps of an update that succeeded.
fn succeeded(plan: &UpdatePlan, events: &[UpdateEvent], warned: bool) -> Next {
    let after = match hooks_of(plan, events, HookPhase::Post) {
        HooksOfPhase::Run(index) if !is_cancelled(events) => {
            return Next::Hook { phase: HookPhase::Post, index };
        }
        HooksOfPhase::Ended { warned } => warned,
        // The cancel came too late for the nodes, and in time for this hook.
        HooksOfPhase::Run(_) | HooksOfPhase::Failed => true,
    };
    let warned = warned || after;
    Next::Close(if warned { UpdateStatus::Warning } else { UpdateStatus::Success })
}

/// The next step on the nodes, or their result.
fn on_nodes(plan: &UpdatePlan, events: &[UpdateEvent]) -> Next {
    let cancelled = is_cancelled(events);
    let mut warned = plan.findings.max_severity() >= Some(Severity::Warning);
    if let Some(check) = needs_check(plan, events) {
        return check;
    }
    for node in 0..plan.nodes.len() {
        let progress = NodeProgress::read(plan, events, node);
        let on_node = match on_node(plan, &progress) {
            OnNode::Take(_) if cancelled && !must_go_on(plan, &progress) => OnNode::Cancelled,
            OnNode::Failed if cancelled && !progress.has_activated() => OnNode::Cancelled,
            other => other,
        };
        match on_node {
            OnNode::Take(step) => return Next::Take { node, step, pause: progress.pause },
            OnNode::Cancelled => return Next::Close(UpdateStatus::Aborted),
            OnNode::Failed => return Next::Close(UpdateStatus::Failed),
            OnNode::Finished => warned |= progress.warned,
        }
    }
    Next::Close(if warned { UpdateStatus::Warning } else { UpdateStatus::Success })
}

/// All nodes are asked before the first of them is written to: a later one that lacks something would leave the nodes
/// different from each other.
fn needs_check(plan: &UpdatePlan, events: &[UpdateEvent]) -> Option<Next> {
    let step = Step::CheckNeeds;
    if !plan.checks_needs() {
        return None;
    }
    for node in 0..plan.nodes.len() {
        let progress = NodeProgress::read(plan, events, node);
        if progress.done.contains(&step) {
            continue;
        }
        return Some(match (is_cancelled(events), progress.failed == Some(step)) {
            (true, _) => Next::Close(UpdateStatus::Aborted),
            (false, true) => Next::Close(UpdateStatus::Failed),
            (false, false) => Next::Take { node, step, pause: progress.pause },
        });
    }
    None
}

/// Whether somebody cancelled the update.
pub(crate) fn is_cancelled(events: &[UpdateEvent]) -> bool {
    events.iter().any(is_cancel)
}

fn is_cancel(event: &UpdateEvent) -> bool {
    matches!(event, UpdateEvent::CancelRequested { .. })
}

/// Whether a cancelled update goes on with a node: to find out what the node has, or because the cancel comes too
/// late.
fn must_go_on(plan: &UpdatePlan, progress: &NodeProgress) -> bool {
    // Later updates do not change the permissions of a project that exists.
    let owes_permissions = progress.created_by == Some(Step::CreateEmpty)
        && grants_permissions(plan, progress)
        && !progress.done.contains(&Step::ApplyPermissions);
    progress.is_unsettled() || progress.has_activated() || owes_permissions
}

/// Whether a cancel stops a step that runs, instead of waiting for its end.
pub(crate) fn is_stopped_by_cancel(plan: &UpdatePlan, events: &[UpdateEvent], node: usize) -> bool {
    // A step that runs counts as unsettled; before it, the node was in this state.
    let before = events.iter().rposition(|event| matches!(event, UpdateEvent::StepStarted { .. }));
    let before = &events[..before.unwrap_or(events.len())];
    !must_go_on(plan, &NodeProgress::read(plan, before, node))
}

fn on_node(plan: &UpdatePlan, progress: &NodeProgress) -> OnNode {
    // A step with an unknown effect is inspected even after its last attempt: a success must not be
    // reported as a failure.
    if progress.failed.is_some_and(|step| step == Step::Inspect || !progress.is_unsettled()) {
        return OnNode::Failed;
    }
    let Some(view) = &progress.view else { return OnNode::Take(Step::Inspect) };
    if !view.exists {
        let keeps_key = plan.keeps_the_bundles_key();
        return OnNode::Take(if keeps_key { Step::CreateFromBundle } else { Step::CreateEmpty });
    }
    // At once: a later update finds an existing project, and does not change its permissions.
    if grants_permissions(plan, progress) && !progress.done.contains(&Step::ApplyPermissions) {
        return OnNode::Take(Step::ApplyPermissions);
    }
    if !view.imported {
        return OnNode::Take(Step::Import);
    }
    let sets_webapps = plan.desired.webapps_run_as.is_some();
    let wanted = [
        (Step::WriteContainerSettings, true),
        (Step::Preload, true),
        (Step::InspectWebapps, sets_webapps),
        (Step::Activate, true),
        (Step::WriteVariables, !plan.desired.local_variables.is_empty()),
        (Step::SetUpScenarios, plan.changes_scenarios()),
        (Step::SetUpWebapps, sets_webapps),
        (Step::RestartWebapps, sets_webapps && !progress.running_webapps.is_empty()),
        (Step::MergeAuthorizedObjects, plan.desired.authorized_objects.is_some()),
        (Step::Verify, true),
    ];
    let open = wanted.into_iter().find(|(step, wanted)| *wanted && !progress.done.contains(step));
    open.map_or(OnNode::Finished, |(step, _)| OnNode::Take(step))
}

/// A project that existed before keeps the permissions that it has on the node (R-S1).
fn grants_permissions(plan: &UpdatePlan, progress: &NodeProgress) -> bool {
    progress.created_by.is_some()
        && plan.permissions_propagation != PermissionsPropagationPolicy::None
}
