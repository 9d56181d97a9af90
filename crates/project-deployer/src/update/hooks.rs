//! The hooks of an update, from its plan and its journal.

use project_deployer_client::Retry;
use project_deployer_core::infra::HookPhase;

use super::event::UpdateEvent;
use super::plan::UpdatePlan;
use crate::hooks::{HookOutcome, HookResult};

/// How far the hooks of a phase are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HooksOfPhase {
    /// This one is next.
    Run(usize),
    /// One before the update failed, so that no other runs.
    Failed,
    /// All have ended, or will not run.
    Ended {
        /// Whether one of them did not succeed.
        warned: bool,
    },
}

/// How far one hook is.
#[derive(Debug, Clone, Copy)]
enum HookState<'a> {
    /// How often it began without a recorded end: each time, its process died.
    Open(u32),
    Ended(&'a HookOutcome),
}

/// What hooks of a phase do next. They run one after the other. One whose outcome was recorded never runs again. One
/// whose outcome is unknown runs again with the same key, unless it is one after a failure: those run once.
pub(super) fn hooks_of(
    plan: &UpdatePlan,
    events: &[UpdateEvent],
    phase: HookPhase,
) -> HooksOfPhase {
    let is_pre = phase == HookPhase::Pre;
    let most = if phase == HookPhase::OnFailure { 1 } else { Retry::MOST_ATTEMPTS };
    let mut warned = false;
    for index in 0..plan.hooks.of(phase).len() {
        match state(events, phase, index) {
            HookState::Open(begun) if begun < most => return HooksOfPhase::Run(index),
            HookState::Open(_) if is_pre => return HooksOfPhase::Failed,
            HookState::Ended(outcome) if is_pre && outcome.status == HookResult::Error => {
                return HooksOfPhase::Failed;
            }
            HookState::Open(_) => warned = true,
            HookState::Ended(outcome) => warned |= outcome.status != HookResult::Success,
        }
    }
    HooksOfPhase::Ended { warned }
}

/// Whether a hook after a failure has begun or ended: the failure is known outside, and stays one.
pub(super) fn is_reported(events: &[UpdateEvent]) -> bool {
    events.iter().any(|event| match event {
        UpdateEvent::HookStarted { phase, .. } | UpdateEvent::HookFinished { phase, .. } => {
            *phase == HookPhase::OnFailure
        }
        _ => false,
    })
}

fn state(events: &[UpdateEvent], of: HookPhase, number: usize) -> HookState<'_> {
    let mut begun = 0;
    for event in events {
        match event {
            UpdateEvent::HookStarted { phase, index, .. } if (*phase, *index) == (of, number) => {
                begun += 1;
            }
            UpdateEvent::HookFinished { phase, index, outcome, .. }
                if (*phase, *index) == (of, number) =>
            {
                return HookState::Ended(outcome);
            }
            _ => {}
        }
    }
    HookState::Open(begun)
}

/// The name of a hook in the plan.
pub(super) fn name(plan: &UpdatePlan, phase: HookPhase, index: usize) -> &str {
    plan.hooks.of(phase).get(index).map_or("?", |hook| hook.name.as_str())
}

/// The hooks that did not succeed, each with its reason, for the end of the log.
#[must_use]
pub(crate) fn hook_failures(plan: &UpdatePlan, events: &[UpdateEvent]) -> Vec<String> {
    let mut failures = Vec::new();
    for phase in HookPhase::ALL {
        for (index, hook) in plan.hooks.of(phase).iter().enumerate() {
            let name = &hook.name;
            match state(events, phase, index) {
                HookState::Ended(outcome) if outcome.status == HookResult::Error => {
                    let effect = match phase {
                        HookPhase::Pre => ", and nothing was written to a node",
                        _ => "",
                    };
                    let message = &outcome.message;
                    failures.push(format!("{phase} hook `{name}` failed{effect}: {message}"));
                }
                HookState::Open(begun) if begun > 0 => {
                    failures.push(format!(
                        "the outcome of {phase} hook `{name}` is unknown: the Deployer that ran it stopped"
                    ));
                }
                _ => {}
            }
        }
    }
    failures
}
