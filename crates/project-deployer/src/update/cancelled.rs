//! What a cancelled update left on its nodes, and how an update ends that nobody goes on with.

use std::fmt::Write as _;

use project_deployer_core::Login;
use project_deployer_core::status::UpdateStatus;

use super::event::UpdateEvent;
use super::machine::stays_failed;
use super::plan::UpdatePlan;
use super::progress::NodeProgress;
use super::step::Step;
use super::windows::refused_by_windows;

/// Who cancelled an update; the first one counts.
#[must_use]
pub fn cancelled_by(events: &[UpdateEvent]) -> Option<&Login> {
    events.iter().find_map(|event| match event {
        UpdateEvent::CancelRequested { by, .. } => Some(by),
        _ => None,
    })
}

/// What a cancelled update left on its nodes, from its journal: what was written, what was not, and what is unknown.
/// `None` if nobody cancelled it.
#[must_use]
pub fn after_cancel(plan: &UpdatePlan, events: &[UpdateEvent]) -> Option<String> {
    let by = cancelled_by(events)?;
    let nodes: Vec<_> = (0..plan.nodes.len()).map(|node| node_line(plan, events, node)).collect();
    let is_complete = |node| is_complete(&NodeProgress::read(plan, events, node));
    let mut text = if stays_failed(plan, events) {
        format!("{by} cancelled it after it had failed")
    } else if (0..plan.nodes.len()).all(is_complete) {
        format!("{by} cancelled it too late: every node was updated")
    } else {
        format!("cancelled by {by}")
    };
    for line in nodes {
        let _ = write!(text, "; {line}");
    }
    Some(text)
}

/// How an update ends that nobody goes on with, and why. It is aborted if windows refused it, or if somebody cancelled it
/// before it had failed, as where it ends by itself; else it has failed. What a cancel left on the nodes is known only from a
/// journal that is whole.
#[must_use]
pub(crate) fn broken_off(
    events: &[UpdateEvent],
    is_whole: bool,
    cause: &str,
) -> (UpdateStatus, String) {
    let plan = events.iter().find_map(|event| match event {
        UpdateEvent::Started { plan, .. } => Some(plan.as_ref()),
        _ => None,
    });
    let had_failed = plan.is_some_and(|plan| stays_failed(plan, events));
    let cancelled = match plan.filter(|_| is_whole) {
        Some(plan) => after_cancel(plan, events),
        None => cancelled_by(events).map(|by| match had_failed {
            true => format!("{by} cancelled it after it had failed"),
            false => format!("cancelled by {by}"),
        }),
    };
    let refused = refused_by_windows(events);
    let status = match (&refused, &cancelled) {
        (Some(_), _) => UpdateStatus::Aborted,
        (None, Some(_)) if !had_failed => UpdateStatus::Aborted,
        (None, _) => UpdateStatus::Failed,
    };
    let reasons: Vec<_> = refused.into_iter().chain([cause.to_owned()]).chain(cancelled).collect();
    (status, reasons.join("; "))
}

/// Verification is the last step on a node.
fn is_complete(progress: &NodeProgress) -> bool {
    progress.done.contains(&Step::Verify)
}

fn node_line(plan: &UpdatePlan, events: &[UpdateEvent], node: usize) -> String {
    let name = plan.nodes.get(node).map_or("a node", |node| node.name.as_str());
    let progress = NodeProgress::read(plan, events, node);
    if is_complete(&progress) {
        return format!("{name}: updated, bundle {} is active", plan.bundle.id);
    }
    let unknown = progress.unsettled_step();
    let written: Vec<_> = progress.done.iter().filter(|step| !step.only_reads()).collect();
    if written.is_empty() && unknown.is_none() {
        return format!("{name}: nothing was written{}", active(&progress));
    }
    let mut line = format!("{name}: ");
    if !written.is_empty() {
        let written: Vec<_> = written.iter().map(ToString::to_string).collect();
        let _ = write!(line, "done: {}; ", written.join(", "));
    }
    match unknown {
        Some(step) => {
            let _ = write!(
                line,
                "unknown on node: whether \"{step}\" had its effect; check the status of the deployment"
            );
        }
        None if progress.has_activated() => {
            let _ =
                write!(line, "bundle {} is active, and its set-up is incomplete", plan.bundle.id);
        }
        None => {
            let _ = write!(line, "not done: activate the bundle{}", active(&progress));
        }
    }
    line
}

fn active(progress: &NodeProgress) -> String {
    let view = progress.view.as_ref();
    let active = view.and_then(|view| view.active.as_ref());
    active.map(|bundle| format!(", {bundle} is still active")).unwrap_or_default()
}
