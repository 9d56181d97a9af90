//! The last known health of deployments, for those who do not ask the nodes themselves.

use std::collections::BTreeMap;

use project_deployer_core::health::{Health, NodeObservation};
use project_deployer_core::node::ScenarioOutcome;
use project_deployer_core::{DeploymentId, InfraId, Timestamp};
use serde::{Deserialize, Serialize};

use super::event::WatchEvent;
use super::setting::Check;
use crate::state::DeploymentUid;

/// How the last runs of the active scenarios of a deployment ended, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExecutionState {
    /// There is none, none has run, or a node does not say.
    None,
    /// All succeeded.
    Success,
    /// One ended with warnings, or was stopped.
    Warning,
    /// One failed.
    Failed,
}

impl ExecutionState {
    /// The worst of all nodes. A node that does not say may hide a failure, and not improve one.
    pub(super) fn of(nodes: &[NodeObservation]) -> Self {
        let observed = nodes.iter().filter_map(|node| node.answer.as_ref().ok());
        let scenarios =
            observed.flat_map(|node| &node.scenarios).filter(|scenario| scenario.active);
        let states = scenarios.filter_map(|scenario| {
            Some(match scenario.last_outcome? {
                ScenarioOutcome::Success => Self::Success,
                ScenarioOutcome::Failed => Self::Failed,
                ScenarioOutcome::Warning | ScenarioOutcome::Other | ScenarioOutcome::Aborted => {
                    Self::Warning
                }
                _ => Self::Warning,
            })
        });
        let worst = states.max().unwrap_or(Self::None);
        let all_answered = nodes.iter().all(|node| node.answer.is_ok());
        if all_answered || worst == Self::Failed { worst } else { Self::None }
    }
}

/// The last known health of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentState {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its health.
    pub health: Health,
    /// The health without what its scenarios say.
    pub without_scenarios: Health,
    /// What its scenarios say.
    pub execution: ExecutionState,
    /// Since when it has this health.
    pub since: Timestamp,
    /// When it was looked at.
    pub checked: Timestamp,
    /// Which of the deployments that had this id one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<DeploymentUid>,
}

impl DeploymentState {
    /// Whether it still says something: two rounds may fail before it does not.
    pub(crate) fn is_current(&self, every: u64, now: Timestamp) -> bool {
        let longest = every.saturating_mul(2000).saturating_add(Check::Health.deadline(every));
        now <= self.checked || now.millis_since(self.checked) <= longest
    }
}

/// What a round says about a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) health: Health,
    pub(crate) without_scenarios: Health,
    pub(crate) execution: ExecutionState,
    pub(crate) uid: Option<DeploymentUid>,
}

/// The states after a round, and what changed. A deployment without a verdict keeps its state, as while an update runs; one
/// that is not named is gone.
pub(crate) fn states(
    infra: &InfraId,
    known: &[DeploymentState],
    verdicts: &BTreeMap<DeploymentId, Option<Verdict>>,
    at: Timestamp,
) -> (Vec<DeploymentState>, Vec<WatchEvent>) {
    let known: BTreeMap<_, _> = known.iter().map(|state| (&state.deployment, state)).collect();
    let (mut states, mut events) = (Vec::with_capacity(verdicts.len()), Vec::new());
    for (deployment, verdict) in verdicts {
        let old = known.get(deployment).copied();
        let Some(verdict) = verdict.clone() else {
            states.extend(old.cloned());
            continue;
        };
        let Verdict { health, without_scenarios, execution, uid } = verdict;
        // The state of an earlier deployment with this id is none of this one.
        let old = old.filter(|old| old.uid == uid);
        let since = old.filter(|old| old.health == health).map_or(at, |old| old.since);
        let deployment = deployment.clone();
        let checked = at;
        let new = DeploymentState {
            deployment,
            health,
            without_scenarios,
            execution,
            since,
            checked,
            uid,
        };
        if let Some(old) = old.filter(|old| old.health != health) {
            events.push(WatchEvent::of_health(infra, old, &new));
        }
        states.push(new);
    }
    (states, events)
}
