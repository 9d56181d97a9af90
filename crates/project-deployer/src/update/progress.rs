use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use project_deployer_core::messages::Severity;

use super::event::{NodeView, StepOutcome, UpdateEvent};
use super::plan::UpdatePlan;
use super::step::Step;

/// How often a step is tried before the update gives up (R7).
const TRIES: u32 = 3;

/// What a lost reply was about may still be under way on the node: this long it is looked at again
/// before it counts as not done, so that it is not asked for a second time beside the first (R1).
const LOOK_AGAIN: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(9)];

/// How far an update has come on one node, as its journal tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodeProgress {
    /// What the node holds, as far as it is known; none when it has to be asked.
    pub(crate) view: Option<NodeView>,
    /// Steps that are done.
    pub(crate) done: BTreeSet<Step>,
    /// The step that created the project in this update.
    pub(crate) created_by: Option<Step>,
    /// The step that ended the update.
    pub(crate) failed: Option<Step>,
    /// How long to wait before the next step.
    pub(crate) pause: Duration,
    /// Whether something is worth a look.
    pub(crate) warned: bool,
    tries: BTreeMap<Step, u32>,
    running: Option<Step>,
    unsettled: Option<Unsettled>,
}

/// A step whose outcome nobody knows.
#[derive(Debug, Clone)]
struct Unsettled {
    step: Step,
    /// What was known of the node before it.
    before: NodeView,
    /// How often the node was looked at since.
    looks: usize,
}

impl NodeProgress {
    /// Reads the journal of an update as far as one node is concerned.
    pub(crate) fn read(plan: &UpdatePlan, events: &[UpdateEvent], on_node: usize) -> Self {
        let mut progress = Self::default();
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
        // A step without an end was cut off by the death of its deployer.
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
        if self.tried(step) >= TRIES || retry_after_ms.is_none() {
            self.failed = Some(step);
        }
        self.pause = Duration::from_millis(retry_after_ms.unwrap_or_default());
        if !step.only_reads() {
            let before = self.view.take().unwrap_or_default();
            self.unsettled = Some(Unsettled { step, before, looks: 0 });
        }
    }

    fn tried(&self, step: Step) -> u32 {
        self.tries.get(&step).copied().unwrap_or_default()
    }

    fn finish(&mut self, plan: &UpdatePlan, step: Step, outcome: &StepOutcome) {
        self.running = None;
        match outcome {
            StepOutcome::Seen { view } => self.see(plan, view),
            StepOutcome::Done { messages, dropped } => {
                let worth_a_look = messages.max_severity() >= Some(Severity::Warning);
                self.warned |= worth_a_look || !dropped.is_empty();
                self.complete(plan, step);
            }
            StepOutcome::Failed { retry_after_ms: Some(pause), .. } if self.tried(step) < TRIES => {
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
            // It got through after all, however often it was tried.
            self.failed = None;
            self.done.insert(unsettled.step);
        } else if let Some(pause) = unsettled.look_again() {
            unsettled.looks += 1;
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

    /// Whether the last try of a step is still to be settled by asking the node.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.unsettled.is_some()
    }
}

impl Unsettled {
    /// Whether the node shows that the step was done. What Inspect does not look at is safe to
    /// repeat.
    fn happened(&self, plan: &UpdatePlan, view: &NodeView) -> bool {
        match self.step {
            Step::CreateFromBundle => self.creates(view) && view.imported,
            Step::CreateEmpty => self.creates(view),
            Step::Import => view.imported && !self.before.imported,
            Step::Activate => {
                let ours = Some(&plan.bundle.id);
                view.active.as_ref() == ours && self.before.active.as_ref() != ours
            }
            _ => false,
        }
    }

    /// Whether the project is there reason of the step, complete or not.
    fn creates(&self, view: &NodeView) -> bool {
        matches!(self.step, Step::CreateFromBundle | Step::CreateEmpty)
            && view.exists
            && !self.before.exists
    }

    /// After how long to look again; none when it counts as not done.
    fn look_again(&self) -> Option<Duration> {
        let may_land_later = matches!(
            self.step,
            Step::CreateFromBundle | Step::CreateEmpty | Step::Import | Step::Activate
        );
        LOOK_AGAIN.get(self.looks).copied().filter(|_| may_land_later)
    }
}
