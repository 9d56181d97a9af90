use std::fmt::Write as _;

use project_deployer_core::messages::{InfoMessages, Severity};
use project_deployer_core::node::Dropped;

use super::event::{NodeView, StepOutcome, UpdateEvent};
use super::hooks::name;
use super::plan::UpdatePlan;
use super::step::Step;
use crate::hooks::{HookOutcome, HookResult};

/// The log of an update as text. It is computed from the journal and not stored.
#[must_use]
pub fn lines(plan: &UpdatePlan, events: &[UpdateEvent]) -> Vec<String> {
    events.iter().flat_map(|event| lines_of(plan, event)).collect()
}

/// The log lines of one journal entry: [`line()`], and behind it the lines of a log of the node.
#[must_use]
pub fn lines_of(plan: &UpdatePlan, event: &UpdateEvent) -> Vec<String> {
    let text = match event {
        UpdateEvent::StepLog { log, .. } => log.text.as_str(),
        _ => "",
    };
    let quoted = text.lines().map(|line| format!("    | {line}"));
    line(plan, event).into_iter().chain(quoted).collect()
}

/// The log line of one journal entry; `None` for the start of a step or a hook.
#[must_use]
pub fn line(plan: &UpdatePlan, event: &UpdateEvent) -> Option<String> {
    let text = match event {
        UpdateEvent::StepStarted { .. } | UpdateEvent::HookStarted { .. } => return None,
        UpdateEvent::Started { plan, .. } => started(plan),
        UpdateEvent::Resumed { holder, .. } => {
            format!("resumed by {holder}, since the deployer that ran it has stopped")
        }
        UpdateEvent::Queued { position, node, .. } => queued(*position, node.as_deref()),
        UpdateEvent::OutsideWindow { refused, break_glass, .. } => match break_glass {
            Some(reason) => {
                format!("its turn came after a window had closed; the glass is broken: {reason}")
            }
            None => format!("its turn came after a window had closed: {refused}"),
        },
        UpdateEvent::CancelRequested { by, .. } => format!("{by} cancels the update"),
        UpdateEvent::StepFinished { node, step, outcome, .. } => {
            let node = plan.nodes.get(*node).map_or("a node", |node| node.name.as_str());
            format!("{node}: {step}: {}", ended(*step, outcome))
        }
        UpdateEvent::StepLog { node, step, log, .. } => {
            let node = plan.nodes.get(*node).map_or("a node", |node| node.name.as_str());
            let end = if log.cut { "the end of the log" } else { "the log" };
            format!("{node}: {step}: {end} {} of {}", log.name, log.of)
        }
        UpdateEvent::HookFinished { phase, index, outcome, .. } => {
            format!("{phase} hook `{}`: {}", name(plan, *phase, *index), hook_ended(outcome))
        }
        UpdateEvent::Closed { status, reason, .. } => match reason {
            Some(reason) => format!("ended: {status}; {reason}"),
            None => format!("ended: {status}"),
        },
    };
    Some(format!("{} {text}", event.at()))
}

/// Where a failed update stopped: the last step that did not succeed, and its node. The line of
/// that step has the reason.
#[must_use]
pub fn where_failed(plan: &UpdatePlan, events: &[UpdateEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| {
        let UpdateEvent::StepFinished { node, step, outcome, .. } = event else { return None };
        let failed = match outcome {
            StepOutcome::Failed { .. } | StepOutcome::Ambiguous { .. } => true,
            StepOutcome::Compared { differences, .. } => !differences.is_empty(),
            StepOutcome::Seen { .. }
            | StepOutcome::Webapps { .. }
            | StepOutcome::Needs { .. }
            | StepOutcome::Done { .. } => false,
        };
        let node = plan.nodes.get(*node).map_or("a node", |node| node.name.as_str());
        failed.then(|| format!("on {node} this step failed: {step}"))
    })
}

fn queued(position: usize, node: Option<&str>) -> String {
    match node {
        Some(node) => format!("waits for other updates of {node}: number {position} of the queue"),
        None => format!("waits for other updates: number {position} of the queue"),
    }
}

fn started(plan: &UpdatePlan) -> String {
    let mut text = format!(
        "{} requests bundle {} as project {} on {}",
        plan.requester, plan.bundle.id, plan.project_key, plan.infra
    );
    if plan.acting != plan.requester {
        let _ = write!(text, ", deployed as {}", plan.acting);
    }
    let _ = write!(text, "; the bundle has the digest {}", plan.bundle.digest);
    if !plan.bundle.origin.is_empty() {
        let _ = write!(text, ", {}", plan.bundle.origin);
    }
    text + &warnings(&plan.findings)
}

fn ended(step: Step, outcome: &StepOutcome) -> String {
    match outcome {
        StepOutcome::Seen { view } => seen(view),
        StepOutcome::Needs { messages, .. } if messages.0.is_empty() => "all is there".to_owned(),
        StepOutcome::Needs { messages, .. } => {
            let texts: Vec<_> = messages.0.iter().map(|message| message.message.as_str()).collect();
            texts.join("; ")
        }
        StepOutcome::Webapps { messages, .. } if step == Step::RestartWebapps => {
            format!("done{}", warnings(messages))
        }
        StepOutcome::Webapps { running, messages, .. } if running.is_empty() => {
            format!("none is known to run{}", warnings(messages))
        }
        StepOutcome::Webapps { running, messages, .. } => {
            let running: Vec<_> = running.iter().map(String::as_str).collect();
            format!("to be restarted afterwards: {}{}", running.join(", "), warnings(messages))
        }
        StepOutcome::Done { messages, dropped } => {
            format!("done{}{}", warnings(messages), not_known(dropped))
        }
        StepOutcome::Failed { reason, retry_after_ms: None } => format!("failed: {reason}"),
        StepOutcome::Failed { reason, retry_after_ms: Some(_) } => {
            format!("failed, to be retried: {reason}")
        }
        StepOutcome::Ambiguous { reason, .. } => {
            format!("its effect is unknown, so the node is inspected: {reason}")
        }
        StepOutcome::Compared { differences, unknown } if differences.is_empty() => {
            unknown.as_ref().map_or_else(
                || "matches the settings".to_owned(),
                |what| format!("no difference found, but {what}"),
            )
        }
        StepOutcome::Compared { differences, .. } => {
            let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
            format!("differs from the settings: {}", differences.join("; "))
        }
    }
}

fn hook_ended(outcome: &HookOutcome) -> String {
    let word = match outcome.status {
        HookResult::Success => "done",
        HookResult::Warning => "warns",
        HookResult::Error => "failed",
    };
    match outcome.message.as_str() {
        "" => word.to_owned(),
        message => format!("{word}: {message}"),
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

fn warnings(messages: &InfoMessages) -> String {
    let worth = messages.0.iter().filter(|message| message.severity >= Severity::Warning);
    worth.map(|message| format!("; {message}")).collect()
}

fn not_known(dropped: &Dropped) -> String {
    let list = |kind: &str, names: Vec<&str>| match names.as_slice() {
        [] => String::new(),
        _ => format!("; unknown {kind} ignored: {}", names.join(", ")),
    };
    let users = dropped.users.iter().map(AsRef::as_ref).collect();
    let groups = dropped.groups.iter().map(AsRef::as_ref).collect();
    list("users", users) + &list("groups", groups)
}
