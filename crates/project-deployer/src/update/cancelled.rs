//! What a cancelled update left on its nodes.

use std::fmt::Write as _;

use project_deployer_core::Login;

use super::event::UpdateEvent;
use super::machine::stays_failed;
use super::plan::UpdatePlan;
use super::progress::NodeProgress;
use super::step::Step;

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
