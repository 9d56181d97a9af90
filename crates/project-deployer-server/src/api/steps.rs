//! The steps of an update, from the events of its journal.

use project_deployer::UpdateTrace;
use project_deployer::core::Timestamp;
use project_deployer::core::infra::HookPhase;
use project_deployer::update::{StepLog, UpdateEvent};
use serde::Serialize;
use utoipa::ToSchema;

use super::request::word;

/// An update, with its steps.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateDetails {
    /// When it began, in milliseconds since 1970.
    start: i64,
    /// When it ended; none while it runs.
    end: Option<i64>,
    /// `RUNNING`, `SUCCESS`, `WARNING`, `FAILED` or `ABORTED`.
    status: String,
    /// Who asked for it.
    requester: String,
    /// The bundle.
    bundle: String,
    /// The id of its task.
    task: String,
    /// Who cancelled it, if somebody did.
    cancelled_by: Option<String>,
    /// Why it ended, where it failed or was cancelled.
    reason: Option<String>,
    /// Its nodes, in the order in which they are changed.
    nodes: Vec<NodeSteps>,
    /// The hooks that ran, in order. One that ran again is there again.
    hooks: Vec<HookRun>,
}

/// A run of a hook.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HookRun {
    /// `pre`, `post` or `on-failure`.
    phase: String,
    /// Its name.
    hook: String,
    /// When it ended, in milliseconds since 1970; none while it runs, and if its outcome is unknown.
    ended: Option<i64>,
    /// `SUCCESS`, `WARNING` or `ERROR`; none while it runs, and if it is unknown.
    status: Option<&'static str>,
    /// Its message, or why it failed.
    message: Option<String>,
}

/// The steps on a node.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct NodeSteps {
    /// The name of the node.
    node: String,
    /// The steps, in order. A step that is tried again is there again.
    steps: Vec<UpdateStep>,
}

/// A step of an update.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct UpdateStep {
    /// The step, such as `import`.
    step: String,
    /// The step in words.
    title: String,
    /// When it began, in milliseconds since 1970.
    started: i64,
    /// When it ended; none while it runs.
    ended: Option<i64>,
    /// `running`, `done`, `failed`, `ambiguous` or `differs`.
    outcome: &'static str,
    /// Why it failed.
    reason: Option<String>,
    /// The ends of logs of the node that belong to it, such as those of code environments that were built.
    logs: Vec<NodeLog>,
}

/// The end of a log of a node.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct NodeLog {
    /// What it is the log of.
    of: String,
    /// Its name on the node.
    name: String,
    /// Its last lines; empty for callers who may not read the settings of the infrastructure.
    text: String,
    /// Whether its beginning was left out.
    cut: bool,
}

impl From<&StepLog> for NodeLog {
    fn from(log: &StepLog) -> Self {
        let StepLog { of, name, text, cut, .. } = log.clone();
        Self { of, name, text, cut }
    }
}

pub(super) fn details(trace: &UpdateTrace) -> UpdateDetails {
    let planned = trace.plan.as_ref().map(|plan| plan.nodes.as_slice()).unwrap_or_default();
    let node = |name: &String| NodeSteps { node: name.clone(), steps: Vec::new() };
    let mut nodes: Vec<_> = planned.iter().map(|planned| node(&planned.name)).collect();
    let (mut cancelled_by, mut reason) = (None, None);
    for event in &trace.events {
        match event {
            UpdateEvent::StepStarted { at, node, step } => {
                if let Some(node) = nodes.get_mut(*node) {
                    node.steps.push(UpdateStep {
                        step: word(step),
                        title: step.to_string(),
                        started: at.as_millis(),
                        ended: None,
                        outcome: "running",
                        reason: None,
                        logs: Vec::new(),
                    });
                }
            }
            UpdateEvent::StepLog { node, log, .. } => {
                if let Some(step) = last_step(&mut nodes, *node) {
                    step.logs.push(NodeLog::from(log));
                }
            }
            UpdateEvent::StepFinished { at, node, outcome, .. } => {
                let last = last_step(&mut nodes, *node);
                if let Some(step) = last {
                    step.ended = Some(at.as_millis());
                    (step.outcome, step.reason) = (outcome.word(), outcome.reason());
                }
            }
            UpdateEvent::CancelRequested { by, .. } => cancelled_by = Some(by.to_string()),
            UpdateEvent::Closed { reason: why, .. } => reason = why.clone(),
            _ => {}
        }
    }
    UpdateDetails {
        start: trace.start.as_millis(),
        end: trace.end.map(Timestamp::as_millis),
        status: word(&trace.status),
        requester: trace.requester.to_string(),
        bundle: trace.bundle.to_string(),
        task: trace.task.clone(),
        cancelled_by,
        reason,
        nodes,
        hooks: hooks(trace),
    }
}

fn last_step(nodes: &mut [NodeSteps], node: usize) -> Option<&mut UpdateStep> {
    nodes.get_mut(node)?.steps.last_mut()
}

fn hooks(trace: &UpdateTrace) -> Vec<HookRun> {
    let name = |phase: HookPhase, index: usize| {
        let plan = trace.plan.as_ref();
        let hook = plan.and_then(|plan| plan.hooks.of(phase).get(index));
        hook.map(|hook| hook.name.clone()).unwrap_or_default()
    };
    let mut runs: Vec<((HookPhase, usize), HookRun)> = Vec::new();
    for event in &trace.events {
        let (phase, index, end) = match event {
            UpdateEvent::HookStarted { phase, index, .. } => (*phase, *index, None),
            UpdateEvent::HookFinished { at, phase, index, outcome } => {
                (*phase, *index, Some((at, outcome)))
            }
            _ => continue,
        };
        let is_open = |last: &((HookPhase, usize), HookRun)| {
            last.0 == (phase, index) && last.1.ended.is_none()
        };
        // One that got no slot in time ends without a beginning.
        if end.is_none() || !runs.last().is_some_and(is_open) {
            let (phase_word, hook) = (phase.to_string(), name(phase, index));
            let run = HookRun { phase: phase_word, hook, ended: None, status: None, message: None };
            runs.push(((phase, index), run));
        }
        if let (Some((at, outcome)), Some((_, run))) = (end, runs.last_mut()) {
            run.ended = Some(at.as_millis());
            run.status = Some(outcome.status.as_str());
            run.message = Some(outcome.message.clone()).filter(|text| !text.is_empty());
        }
    }
    runs.into_iter().map(|(_, run)| run).collect()
}
