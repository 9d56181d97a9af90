//! A round of health: what the nodes of an infrastructure say about its deployments.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use project_deployer_client::DeployerError;
use project_deployer_core::health::{Health, NodeObservation, judge};
use project_deployer_core::messages::Severity;
use project_deployer_core::node::{Scenario, ScenarioOutcome};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::sync::{DesiredState, SyncState};
use project_deployer_core::{DeploymentId, InfraId, Timestamp};
use project_deployer_store::Revision;
use tokio::time::Instant;

use super::deployment_state::{ExecutionState, Verdict};
use super::finding::{FindingKind, FindingSubject};
use super::node_lane::{Lane, Wanted, ask};
use super::observation::{Observation, Seen, Unknown};
use crate::deployer::Deployer;
use crate::read_model::Snapshot;
use crate::state::DeploymentRecord;

/// What is known of one deployment.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    pub(super) deployment: DeploymentId,
    pub(super) how: How,
    pub(super) last_update: Option<UpdateStatus>,
    /// What each node that was asked says.
    pub(super) nodes: Vec<NodeObservation>,
}

/// How a deployment was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Its nodes were asked.
    Asked,
    /// Its nodes have what another deployment wrote.
    Superseded,
    /// It changed meanwhile, or an update runs: what nodes said proves nothing.
    Changing,
}

/// Everything that a round of health found out.
#[derive(Debug, Clone)]
pub(super) struct HealthFacts {
    pub(super) infra: InfraId,
    pub(super) deployments: Vec<Looked>,
    /// The nodes that cannot be asked, with the reason.
    pub(super) sick: BTreeMap<String, String>,
}

/// What a deployment is before its nodes are asked. If it is another one afterwards, the answers prove nothing.
#[derive(Debug, Clone)]
struct Before {
    record: Arc<DeploymentRecord>,
    revision: Revision,
    /// Of the infrastructure.
    infra: Option<Revision>,
    superseded: bool,
    update: Option<(Timestamp, UpdateStatus)>,
}

type Facts = (Revision, Option<Revision>, bool, Option<(Timestamp, UpdateStatus)>);

impl Before {
    /// What an update or somebody changes.
    fn facts(&self) -> Facts {
        (self.revision, self.infra, self.superseded, self.update)
    }

    fn is_asked(&self) -> bool {
        !self.superseded && self.update.is_some_and(|(_, status)| status != UpdateStatus::Running)
    }
}

/// Asks all nodes of an infrastructure at the same time, until the deadline.
pub(super) async fn gather(
    deployer: &Deployer,
    infra: &InfraId,
    deadline: Duration,
) -> Result<HealthFacts, DeployerError> {
    let by = Instant::now() + deadline;
    let before = deployments(&*deployer.snapshot().await?, infra)?;
    // After the snapshot: what changes from now on is noticed at the end.
    let infra = &deployer.watched(infra).await?.value;
    let asked: Vec<_> = before.iter().filter(|(_, found)| found.is_asked()).collect();
    let wanted: Vec<_> = asked
        .iter()
        .map(|(_, found)| Wanted {
            key: found.record.settings.deployed_project_key.clone(),
            desired: DesiredState::of(&found.record.settings, infra),
        })
        .collect();
    let entries = infra.target.entries();
    let mut lanes = Vec::with_capacity(entries.len());
    for entry in entries {
        lanes.push(ask(deployer, infra, entry, &wanted, by));
    }
    let lanes: Vec<Lane> = join_all(lanes).await;
    let after = deployments(&*deployer.snapshot().await?, &infra.id)?;
    let number_of: BTreeMap<&DeploymentId, usize> =
        asked.iter().enumerate().map(|(number, (id, _))| (*id, number)).collect();
    let looked = before.iter().filter_map(|(id, found)| {
        let how = match after.get(id) {
            // It is gone.
            None => return None,
            Some(now) if now.facts() != found.facts() || is_running(found) => How::Changing,
            Some(_) if found.superseded => How::Superseded,
            Some(_) => How::Asked,
        };
        let number = number_of.get(id).copied();
        let nodes = number.map(|number| lanes.iter().map(|lane| said(lane, number)).collect());
        let last_update = found.update.map(|(_, status)| status);
        Some(Looked { deployment: id.clone(), how, last_update, nodes: nodes.unwrap_or_default() })
    });
    Ok(HealthFacts {
        infra: infra.id.clone(),
        deployments: looked.collect(),
        sick: lanes
            .iter()
            .filter_map(|lane| Some((lane.node.clone(), lane.sick.clone()?)))
            .collect(),
    })
}

fn is_running(found: &Before) -> bool {
    found.update.is_some_and(|(_, status)| status == UpdateStatus::Running)
}

/// It fails if one cannot be read: it is not gone.
fn deployments(
    model: &Snapshot,
    infra: &InfraId,
) -> Result<BTreeMap<DeploymentId, Before>, DeployerError> {
    let of_infra = model.infra(infra)?.map(|kept| kept.revision);
    let found = model.deployments_on(infra)?.into_iter().map(|kept| {
        let id = &kept.value.settings.id;
        let update = model.latest_update(id)?.map(|update| (update.start, update.status));
        let (record, superseded) = (Arc::clone(&kept.value), model.is_superseded(id));
        Ok((
            id.clone(),
            Before { record, revision: kept.revision, infra: of_infra, superseded, update },
        ))
    });
    found.collect()
}

fn said(lane: &Lane, number: usize) -> NodeObservation {
    let answer = match lane.answers.get(number) {
        Some(Some(answer)) => answer.clone(),
        _ => Err(lane.sick.clone().unwrap_or_else(|| "it was not asked".to_owned())),
    };
    NodeObservation::new(lane.node.clone(), answer)
}

/// What a round saw, and what it says about each deployment; none where nothing can be said.
pub(super) fn judged(
    facts: &HealthFacts,
    at: Timestamp,
) -> (Observation, BTreeMap<DeploymentId, Option<Verdict>>) {
    let mut observation = Observation::at(at);
    let mut verdicts = BTreeMap::new();
    for (node, reason) in &facts.sick {
        let subject = FindingSubject::new(FindingKind::NodeUnknown, Some(facts.infra.clone()));
        let summary = format!("node {node} does not say how its deployments are: {reason}");
        let seen = Seen::new(Severity::Error, "unknown", summary);
        observation.see(subject.with_node(node.clone()), seen);
        observation.unknown.push(Unknown { node: Some(node.clone()), ..Unknown::default() });
    }
    for looked in &facts.deployments {
        let verdict = match looked.how {
            How::Changing => {
                let deployment = Some(looked.deployment.clone());
                observation.unknown.push(Unknown { deployment, ..Unknown::default() });
                None
            }
            How::Superseded => {
                let summary = format!(
                    "deployment `{}` does not own its project any more: a newer deployment writes it",
                    looked.deployment
                );
                let subject = subject(facts, looked, FindingKind::Superseded);
                observation.see(subject, Seen::new(Severity::Warning, "superseded", summary));
                Some(Verdict {
                    health: Health::OutOfSync,
                    without_scenarios: Health::OutOfSync,
                    execution: ExecutionState::None,
                })
            }
            How::Asked => {
                of_update(facts, looked, &mut observation);
                looked.nodes.iter().for_each(|node| of_node(facts, looked, node, &mut observation));
                Some(verdict(looked))
            }
        };
        verdicts.insert(looked.deployment.clone(), verdict);
    }
    (observation, verdicts)
}

fn verdict(looked: &Looked) -> Verdict {
    let mut bare = looked.nodes.clone();
    for observed in bare.iter_mut().filter_map(|node| node.answer.as_mut().ok()) {
        observed.scenarios.clear();
    }
    Verdict {
        health: judge(looked.last_update, &looked.nodes).0,
        without_scenarios: judge(looked.last_update, &bare).0,
        execution: ExecutionState::of(&looked.nodes),
    }
}

fn subject(facts: &HealthFacts, looked: &Looked, kind: FindingKind) -> FindingSubject {
    FindingSubject::new(kind, Some(facts.infra.clone())).with_deployment(looked.deployment.clone())
}

fn of_update(facts: &HealthFacts, looked: &Looked, observation: &mut Observation) {
    let (severity, status, how) = match looked.last_update {
        Some(UpdateStatus::Failed) => (Severity::Error, "failed", "failed"),
        Some(UpdateStatus::Aborted) => (Severity::Warning, "cancelled", "was cancelled"),
        Some(UpdateStatus::Warning) => (Severity::Warning, "warning", "ended with warnings"),
        _ => return,
    };
    let summary = format!("the last update of deployment `{}` {how}", looked.deployment);
    let seen = Seen::new(severity, status, summary)
        .with_details(vec!["read its log, then update again".to_owned()]);
    observation.see(subject(facts, looked, FindingKind::LastUpdate), seen);
}

fn of_node(
    facts: &HealthFacts,
    looked: &Looked,
    node: &NodeObservation,
    observation: &mut Observation,
) {
    let id = &looked.deployment;
    let name = &node.node;
    let subject = |kind| subject(facts, looked, kind).with_node(name.clone());
    let unknown =
        |kind| Unknown { kind, deployment: Some(id.clone()), node: Some(name.clone()), name: None };
    let not_enough = |reason: &str| {
        let summary = format!("node {name} does not say how deployment `{id}` is: {reason}");
        (subject(FindingKind::DeploymentUnknown), Seen::new(Severity::Error, "unknown", summary))
    };
    let observed = match &node.answer {
        Ok(observed) => observed,
        // One finding for the node says it.
        Err(_) if facts.sick.contains_key(name) => return,
        Err(reason) => {
            let (subject, seen) = not_enough(reason);
            observation.see(subject, seen);
            return observation.unknown.push(unknown(None));
        }
    };
    match &observed.sync {
        SyncState::InSync => {}
        SyncState::Unknown(reason) => {
            let (subject, seen) = not_enough(reason);
            observation.see(subject, Seen { severity: Severity::Warning, ..seen });
            observation.unknown.push(unknown(Some(FindingKind::OutOfSync)));
        }
        SyncState::OutOfSync(differences) => {
            let summary = format!("node {name} does not match the settings of deployment `{id}`");
            let details = differences.iter().map(ToString::to_string).collect();
            let seen = Seen::new(Severity::Warning, "out-of-sync", summary).with_details(details);
            observation.see(subject(FindingKind::OutOfSync), seen);
        }
    }
    for scenario in observed.scenarios.iter().filter(|scenario| scenario.active) {
        if let Some(seen) = of_scenario(id, name, scenario) {
            let subject = subject(FindingKind::Scenario).with_name(scenario.id.clone());
            observation.see(subject, seen);
        }
    }
}

fn of_scenario(id: &DeploymentId, node: &str, scenario: &Scenario) -> Option<Seen> {
    let name = if scenario.name.is_empty() { &scenario.id } else { &scenario.name };
    let (severity, status, how) = match scenario.last_outcome? {
        ScenarioOutcome::Success => return None,
        ScenarioOutcome::Failed => (Severity::Error, "failed", "failed"),
        ScenarioOutcome::Aborted => (Severity::Warning, "stopped", "was stopped"),
        ScenarioOutcome::Warning => (Severity::Warning, "warning", "ended with warnings"),
        _ => (Severity::Warning, "other", "ended with an unknown outcome"),
    };
    let summary =
        format!("the last run of scenario `{name}` of deployment `{id}` on node {node} {how}");
    Some(Seen::new(severity, status, summary))
}
