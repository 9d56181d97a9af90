use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use project_deployer_client::Retry;
use project_deployer_core::messages::Severity;
use project_deployer_core::node::CodeEnv;

use super::event::{NodeView, StepOutcome, UpdateEvent};
use super::plan::{PlannedNode, UpdatePlan};
use super::step::Step;

/// After a lost reply, the operation may still run on the node. The node is inspected again after
/// these pauses before the step counts as not done, so that no second call runs beside the first
/// (R1).
const INSPECT_AGAIN: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(9)];

/// The progress of an update on one node, from its journal.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodeProgress {
    /// The known state of the node; `None` when it has to be inspected.
    pub(crate) view: Option<NodeView>,
    /// Steps that are done.
    pub(crate) done: BTreeSet<Step>,
    /// The step that created the project in this update.
    pub(crate) created_by: Option<Step>,
    /// The webapps that ran before the activation, or when their user was set, once they were listed.
    pub(crate) running_webapps: BTreeSet<String>,
    /// The webapps that the update before left down.
    pub(crate) left_down: BTreeSet<String>,
    /// The webapps that should run after their restart and do not, once they were restarted.
    pub(crate) webapps_down: Option<BTreeSet<String>>,
    /// The code environments that the bundle needs and that were not there at the start.
    pub(crate) missing_code_envs: Vec<CodeEnv>,
    /// The step that ended the update.
    pub(crate) failed: Option<Step>,
    /// How long to wait before the next step.
    pub(crate) pause: Duration,
    /// Whether there are warnings.
    pub(crate) warned: bool,
    tries: BTreeMap<Step, u32>,
    running: Option<Step>,
    unsettled: Option<Unsettled>,
}

/// For each node of the next update the webapps that an update left down there, from its journal. Empty where there are
/// none.
#[must_use]
pub(crate) fn webapps_left_down(
    events: &[UpdateEvent],
    next: &UpdatePlan,
) -> Vec<BTreeSet<String>> {
    let plan = events.iter().find_map(|event| match event {
        UpdateEvent::Started { plan, .. } => Some(plan),
        _ => None,
    });
    // Another project on the node has webapps of its own.
    let same = plan.filter(|plan| plan.project_key == next.project_key);
    let Some(plan) = same else { return Vec::new() };
    let on_node = |node: &PlannedNode| {
        let number = plan.nodes.iter().position(|known| known == node);
        number.map(|number| NodeProgress::read(plan, events, number).leaves_down())
    };
    let all: Vec<_> = next.nodes.iter().map(|node| on_node(node).unwrap_or_default()).collect();
    if all.iter().all(BTreeSet::is_empty) { Vec::new() } else { all }
}

/// A step with an unknown outcome.
#[derive(Debug, Clone)]
struct Unsettled {
    step: Step,
    /// The known state of the node before it.
    before: NodeView,
    /// How often the node was inspected since then.
    inspections: usize,
}

impl NodeProgress {
    /// Reads the entries for one node from the journal of an update.
    pub(crate) fn read(plan: &UpdatePlan, events: &[UpdateEvent], on_node: usize) -> Self {
        let left_down = plan.left_down(on_node).cloned().collect();
        let mut progress = Self { left_down, ..Self::default() };
        for event in events {
            match event {
                UpdateEvent::StepStarted { node, step, .. } if *node == on_node => {
                    progress.start(*step);
                }
                UpdateEvent::StepFinished { node, step, outcome, .. } if *node == on_node => {
                    progress.finish(plan, *step, outcome);
                }
                _ => {}
            }
        }
        // A step without an end was interrupted by the death of its process.
        progress.cut_off();
        progress
    }

    fn start(&mut self, step: Step) {
        self.cut_off();
        self.running = Some(step);
        self.pause = Duration::ZERO;
        *self.tries.entry(step).or_default() += 1;
    }

    fn cut_off(&mut self) {
        if let Some(step) = self.running.take() {
            self.leave_open(step, Some(0));
        }
    }

    fn leave_open(&mut self, step: Step, retry_after_ms: Option<u64>) {
        if self.tried(step) >= Retry::MOST_ATTEMPTS || retry_after_ms.is_none() {
            self.failed = Some(step);
        }
        self.pause = Duration::from_millis(retry_after_ms.unwrap_or_default());
        if !step.only_reads() {
            let before = self.view.take().unwrap_or_default();
            self.unsettled = Some(Unsettled { step, before, inspections: 0 });
        }
    }

    /// How often a step was begun.
    pub(crate) fn tried(&self, step: Step) -> u32 {
        self.tries.get(&step).copied().unwrap_or_default()
    }

    fn finish(&mut self, plan: &UpdatePlan, step: Step, outcome: &StepOutcome) {
        self.running = None;
        match outcome {
            StepOutcome::Seen { view } => self.see(plan, view),
            StepOutcome::Needs { missing_code_envs, messages } => {
                self.missing_code_envs.clone_from(missing_code_envs);
                self.warned |= messages.max_severity() >= Some(Severity::Warning);
                // It says nothing of the project.
                self.done.insert(step);
            }
            StepOutcome::Webapps { running, down, messages } => {
                self.warned |= messages.max_severity() >= Some(Severity::Warning);
                if step == Step::RestartWebapps {
                    self.webapps_down = Some(down.clone());
                } else {
                    // Those that somebody started meanwhile restart as well.
                    self.running_webapps.extend(running.iter().cloned());
                }
                self.complete(plan, step);
            }
            StepOutcome::Done { messages, dropped } => {
                let has_warnings = messages.max_severity() >= Some(Severity::Warning);
                self.warned |= has_warnings || !dropped.is_empty();
                self.complete(plan, step);
            }
            StepOutcome::Failed { retry_after_ms: Some(pause), .. }
                if self.tried(step) < Retry::MOST_ATTEMPTS =>
            {
                self.pause = Duration::from_millis(*pause);
            }
            StepOutcome::Failed { .. } => self.failed = Some(step),
            StepOutcome::Ambiguous { retry_after_ms, .. } => {
                self.leave_open(step, *retry_after_ms);
            }
            StepOutcome::Compared { differences, unknown } if differences.is_empty() => {
                // What could not be read back is no plain success (R6).
                self.warned |= unknown.is_some();
                self.done.insert(step);
            }
            StepOutcome::Compared { .. } => self.failed = Some(step),
        }
    }

    fn see(&mut self, plan: &UpdatePlan, view: &NodeView) {
        self.tries.remove(&Step::Inspect);
        let Some(mut unsettled) = self.unsettled.take() else {
            self.view = Some(view.clone());
            return;
        };
        if unsettled.happened(plan, view) {
            // It succeeded in the end, whatever the number of attempts.
            self.failed = None;
            self.done.insert(unsettled.step);
        } else if let Some(pause) = unsettled.inspect_again() {
            unsettled.inspections += 1;
            self.unsettled = Some(unsettled);
            self.pause = pause;
            return;
        }
        if unsettled.creates(view) {
            self.created_by = Some(unsettled.step);
        }
        self.view = Some(view.clone());
    }

    fn complete(&mut self, plan: &UpdatePlan, step: Step) {
        self.done.insert(step);
        let view = self.view.get_or_insert_default();
        match step {
            Step::CreateFromBundle => {
                self.created_by = Some(step);
                (view.exists, view.imported) = (true, true);
            }
            Step::CreateEmpty => {
                self.created_by = Some(step);
                view.exists = true;
            }
            Step::Import => view.imported = true,
            Step::Activate => view.active = Some(plan.bundle.id.clone()),
            _ => {}
        }
    }

    /// Whether this update activated the bundle.
    pub(crate) fn has_activated(&self) -> bool {
        self.done.contains(&Step::Activate)
    }

    /// The webapps that this update leaves down, for the next one: they ran, or were left down by the one before, and nobody
    /// saw them run since.
    pub(crate) fn leaves_down(&self) -> BTreeSet<String> {
        match &self.webapps_down {
            Some(down) => down.clone(),
            // An earlier version did not look at them after their restart, as a restart that was done needs none.
            None if self.done.contains(&Step::RestartWebapps) => BTreeSet::new(),
            // The node may have ended their backends.
            None if self.tried(Step::Activate) > 0 => self.running_webapps.clone(),
            None => self.left_down.clone(),
        }
    }

    /// The step whose effect is unknown.
    pub(crate) fn unsettled_step(&self) -> Option<Step> {
        self.unsettled.as_ref().map(|unsettled| unsettled.step)
    }

    /// Whether the last attempt of a step has to be decided by inspecting the node.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.unsettled.is_some()
    }
}

impl Unsettled {
    /// Whether the node shows that the step was done. Steps whose effect Inspect does not show are
    /// safe to repeat.
    fn happened(&self, plan: &UpdatePlan, view: &NodeView) -> bool {
        match self.step {
            Step::CreateFromBundle => self.creates(view) && view.imported,
            Step::CreateEmpty => self.creates(view),
            Step::Import => view.imported && !self.before.imported,
            Step::Activate => {
                let planned = Some(&plan.bundle.id);
                view.active.as_ref() == planned && self.before.active.as_ref() != planned
            }
            _ => false,
        }
    }

    /// Whether the step created the project, complete or not.
    fn creates(&self, view: &NodeView) -> bool {
        matches!(self.step, Step::CreateFromBundle | Step::CreateEmpty)
            && view.exists
            && !self.before.exists
    }

    /// The pause before the next inspection; `None` when the step counts as not done.
    fn inspect_again(&self) -> Option<Duration> {
        let may_land_later = matches!(
            self.step,
            Step::CreateFromBundle | Step::CreateEmpty | Step::Import | Step::Activate
        );
        INSPECT_AGAIN.get(self.inspections).copied().filter(|_| may_land_later)
    }
}
