use std::fmt::Write as _;

use project_deployer_core::messages::{InfoMessages, Severity};
use project_deployer_core::node::Dropped;

use super::event::{NodeView, StepOutcome, UpdateEvent};
use super::plan::UpdatePlan;

/// The log of an update as people read it. It is made from the journal and stored nowhere.
#[must_use]
pub fn lines(plan: &UpdatePlan, events: &[UpdateEvent]) -> Vec<String> {
    events.iter().filter_map(|event| line(plan, event)).collect()
}

/// What one entry of the journal says; the beginning of a step says nothing yet.
#[must_use]
pub fn line(plan: &UpdatePlan, event: &UpdateEvent) -> Option<String> {
    let text = match event {
        UpdateEvent::StepStarted { .. } => return None,
        UpdateEvent::Started { plan, .. } => started(plan),
        UpdateEvent::Resumed { holder, .. } => {
            format!("taken over by {holder}, since the deployer that ran it is gone")
        }
        UpdateEvent::StepFinished { node, step, outcome, .. } => {
            let node = plan.nodes.get(*node).map_or("a node", |node| node.name.as_str());
            format!("{node}: {step}: {}", ended(outcome))
        }
        UpdateEvent::Closed { status, reason, .. } => match reason {
            Some(reason) => format!("ended: {status}; {reason}"),
            None => format!("ended: {status}"),
        },
    };
    Some(format!("{} {text}", event.at()))
}

/// Where an update that failed did not go on: the last step that did not go through, on which node.
/// The line of that step says why.
#[must_use]
pub fn where_failed(plan: &UpdatePlan, events: &[UpdateEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| {
        let UpdateEvent::StepFinished { node, step, outcome, .. } = event else { return None };
        let failed = match outcome {
            StepOutcome::Failed { .. } | StepOutcome::Ambiguous { .. } => true,
            StepOutcome::Compared { differences, .. } => !differences.is_empty(),
            StepOutcome::Seen { .. } | StepOutcome::Done { .. } => false,
        };
        let node = plan.nodes.get(*node).map_or("a node", |node| node.name.as_str());
        failed.then(|| format!("on {node} this did not go through: {step}"))
    })
}

fn started(plan: &UpdatePlan) -> String {
    let mut text = format!(
        "{} asks for bundle {} as project {} on {}",
        plan.requester, plan.bundle.id, plan.project_key, plan.infra
    );
    if plan.acting != plan.requester {
        let _ = write!(text, ", deployed as {}", plan.acting);
    }
    text + &told(&plan.findings)
}

fn ended(outcome: &StepOutcome) -> String {
    match outcome {
        StepOutcome::Seen { view } => seen(view),
        StepOutcome::Done { messages, dropped } => {
            format!("done{}{}", told(messages), not_known(dropped))
        }
        StepOutcome::Failed { reason, retry_after_ms: None } => format!("failed: {reason}"),
        StepOutcome::Failed { reason, retry_after_ms: Some(_) } => {
            format!("did not work: {reason}")
        }
        StepOutcome::Ambiguous { reason, .. } => {
            format!("nobody knows whether it worked, so the node is asked: {reason}")
        }
        StepOutcome::Compared { differences, unknown } if differences.is_empty() => {
            unknown.as_ref().map_or_else(
                || "as it should be".to_owned(),
                |what| format!("no difference found, but {what}"),
            )
        }
        StepOutcome::Compared { differences, .. } => {
            let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
            format!("not as it should be: {}", differences.join("; "))
        }
    }
}

fn seen(view: &NodeView) -> String {
    match (view.exists, view.imported, &view.active) {
        (false, ..) => "no such project".to_owned(),
        (true, true, Some(active)) => format!("bundle imported, {active} active"),
        (true, false, Some(active)) => format!("bundle not imported, {active} active"),
        (true, true, None) => "bundle imported".to_owned(),
        (true, false, None) => "bundle not imported".to_owned(),
    }
}

fn told(messages: &InfoMessages) -> String {
    let worth = messages.0.iter().filter(|message| message.severity >= Severity::Warning);
    worth.map(|message| format!("; {message}")).collect()
}

fn not_known(dropped: &Dropped) -> String {
    let list = |kind: &str, names: Vec<&str>| match names.as_slice() {
        [] => String::new(),
        _ => format!("; {kind} not known there, ignored: {}", names.join(", ")),
    };
    let users = dropped.users.iter().map(AsRef::as_ref).collect();
    let groups = dropped.groups.iter().map(AsRef::as_ref).collect();
    list("users", users) + &list("groups", groups)
}
