use std::fmt;
use std::time::Duration;

use project_deployer_core::Timestamp;

use super::event::UpdateEvent;
use super::plan::UpdatePlan;
use super::step::Step;

/// A step that has run for longer than steps of its kind do. The update goes on: the node may still answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stalled {
    /// The name of the node.
    pub node: String,
    /// The step.
    pub step: Step,
    /// When it began.
    pub since: Timestamp,
    /// How long it has run.
    pub runs_for: Duration,
}

impl Step {
    /// The time after which a step of this kind counts as stalled. Most of it is for the node: creating code
    /// environments takes minutes, and large bundles take long to arrive.
    #[must_use]
    pub fn expected_time(self) -> Duration {
        let minutes = match self {
            Self::CheckNeeds
            | Self::Inspect
            | Self::InspectWebapps
            | Self::CreateEmpty
            | Self::WriteContainerSettings
            | Self::WriteVariables
            | Self::MergeAuthorizedObjects
            | Self::Verify => 2,
            Self::ApplyPermissions | Self::SetUpScenarios | Self::SetUpWebapps => 5,
            Self::Activate | Self::RestartWebapps => 15,
            Self::CreateFromBundle | Self::Import => 30,
            Self::Preload => 60,
        };
        Duration::from_secs(60 * minutes)
    }
}

/// Finds the step of a running update that outlives its expected time, from its journal.
#[must_use]
pub fn stalled(plan: &UpdatePlan, events: &[UpdateEvent], now: Timestamp) -> Option<Stalled> {
    let UpdateEvent::StepStarted { at, node, step } = last_but_logs(events)? else { return None };
    let runs_for = Duration::from_millis(now.millis_since(*at));
    (runs_for > step.expected_time()).then(|| Stalled {
        node: plan.nodes.get(*node).map_or("a node", |node| &node.name).to_owned(),
        step: *step,
        since: *at,
        runs_for,
    })
}

/// The last entry that is no log of a node: earlier versions wrote those while their step ran.
pub(crate) fn last_but_logs(events: &[UpdateEvent]) -> Option<&UpdateEvent> {
    events.iter().rev().find(|event| !matches!(event, UpdateEvent::StepLog { .. }))
}

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (node, step, since) = (&self.node, self.step, self.since);
        let (minutes, usual) = (self.runs_for.as_secs() / 60, step.expected_time().as_secs() / 60);
        write!(
            f,
            "{node}: stalled: \"{step}\" runs since {since}, for {minutes} minutes, and should end within \
             {usual}; check what the node does"
        )
    }
}
