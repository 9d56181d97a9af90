use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use project_deployer_core::messages::Severity;

use super::event::{NodeView, StepOutcome, UpdateEvent};
use super::plan::UpdatePlan;
use super::step::Step;

/// How often a step is tried before the update gives up (R7).
const TRIES: u32 = 3;

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
    /// A step whose outcome nobody knows, and what was known of the node before it.
    unsettled: Option<(Step, NodeView)>,
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
            self.leave_open(step);
        }
    }

    fn leave_open(&mut self, step: Step) {
        if self.tried(step) >= TRIES {
            self.failed = Some(step);
        }
        if !step.only_reads() {
            self.unsettled = Some((step, self.view.take().unwrap_or_default()));
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
            StepOutcome::Ambiguous { .. } => self.leave_open(step),
            StepOutcome::Compared { differences, .. } if differences.is_empty() => {
                self.done.insert(step);
            }
            StepOutcome::Compared { .. } => self.failed = Some(step),
        }
    }

    fn see(&mut self, plan: &UpdatePlan, view: &NodeView) {
        self.tries.remove(&Step::Inspect);
        self.view = Some(view.clone());
        if let Some((step, before)) = self.unsettled.take() {
            let happened = match step {
                Step::CreateFromBundle | Step::CreateEmpty => view.exists && !before.exists,
                Step::Import => view.imported && !before.imported,
                Step::Activate => {
                    let ours = Some(&plan.bundle.id);
                    view.active.as_ref() == ours && before.active.as_ref() != ours
                }
                // Safe to repeat, and Inspect does not look at what they write.
                _ => false,
            };
            if happened {
                // It got through after all, however often it was tried.
                self.failed = None;
                self.complete(plan, step);
            }
        }
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
