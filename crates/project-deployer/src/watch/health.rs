//! A round of health: what the nodes of an infrastructure say about its deployments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use project_deployer_client::DeployerError;
use project_deployer_core::health::{Health, NodeObservation, judge};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;
use project_deployer_core::node::{Scenario, ScenarioOutcome};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::sync::{DesiredState, SyncState};
use project_deployer_core::{DeploymentId, InfraId, Timestamp};
use tokio::time::Instant;

use super::before::{Found, deployments, is_running};
use super::deployment_state::{ExecutionState, Verdict};
use super::finding::{FindingKind, FindingSubject};
use super::node_lane::{Lane, Wanted, ask};
use super::observation::{Observation, Seen, Unknown};
use super::silent::{Moment, SilentNode, resting};
use super::state::NotSeen;
use crate::deployer::Deployer;
use crate::state::DeploymentUid;

/// What is known of one deployment.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    pub(super) deployment: DeploymentId,
    pub(super) uid: Option<DeploymentUid>,
    pub(super) how: How,
    pub(super) last_update: Option<UpdateStatus>,
    /// What each node that was asked says.
    pub(super) nodes: Vec<NodeObservation>,
    /// The nodes that answer and were not asked about it before the end of the round.
    pub(super) unasked: Vec<String>,
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
    /// The nodes that were not asked, since they did not answer before, with when they are.
    pub(super) resting: BTreeMap<String, String>,
    /// The deployments that cannot be read, with the reason, if they are on the infrastructure as far as is known.
    pub(super) unread: BTreeMap<DeploymentId, String>,
    /// Those that cannot be read and of which the infrastructure is not known.
    pub(super) of_unknown_place: BTreeSet<DeploymentId>,
}

/// What is known before the nodes are asked.
pub(super) struct KnownBefore<'a> {
    /// When each deployment was looked at for the last time.
    pub(super) checked: BTreeMap<DeploymentId, Timestamp>,
    /// The nodes that did not answer.
    pub(super) silent: &'a [SilentNode],
}

/// Asks all nodes of an infrastructure at the same time, until the deadline, but for those that did not answer and of which
/// the time has not come.
pub(super) async fn gather(
    deployer: &Deployer,
    infra: &InfraSettings,
    KnownBefore { checked, silent }: &KnownBefore<'_>,
    moment: Moment<'_>,
    deadline: Duration,
) -> Result<HealthFacts, DeployerError> {
    let by = Instant::now() + deadline;
    let Found { readable: before, unread } = deployments(&*deployer.snapshot().await?, &infra.id)?;
    let mut asked: Vec<_> = before.iter().filter(|(_, found)| found.is_asked()).collect();
    // First what was looked at the longest time ago: a round may end before all are asked.
    asked.sort_by_key(|(id, _)| checked.get(*id).copied());
    let wanted: Vec<_> = asked
        .iter()
        .map(|(_, found)| Wanted {
            key: found.record.settings.deployed_project_key.clone(),
            desired: DesiredState::of(&found.record.settings, infra),
        })
        .collect();
    let updates = before.values().filter_map(|found| found.update.map(|(start, _)| start));
    let resting = resting(silent, Moment { updated: updates.max(), ..moment });
    let entries = infra.target.entries();
    let mut lanes = Vec::with_capacity(entries.len());
    for entry in entries {
        lanes.push(async {
            match resting.get(&entry.label()) {
                Some(reason) => Lane::not_asked(entry.label(), reason.clone(), wanted.len()),
                None => ask(deployer, infra, entry, &wanted, by).await,
            }
        });
    }
    let lanes: Vec<Lane> = join_all(lanes).await;
    let Found { readable: after, unread: unread_since } =
        deployments(&*deployer.snapshot().await?, &infra.id)?;
    let unread: BTreeMap<_, _> = unread.into_iter().chain(unread_since).collect();
    let number_of: BTreeMap<&DeploymentId, usize> =
        asked.iter().enumerate().map(|(number, (id, _))| (*id, number)).collect();
    let looked = before.iter().filter_map(|(id, found)| {
        let how = match after.get(id) {
            _ if unread.contains_key(id) => return None,
            // It is gone.
            None => return None,
            Some(now) if now.facts() != found.facts() || is_running(found) => How::Changing,
            Some(_) if found.superseded => How::Superseded,
            Some(_) => How::Asked,
        };
        let (mut nodes, mut unasked) = (Vec::new(), Vec::new());
        for lane in number_of.get(id).into_iter().flat_map(|_| &lanes) {
            match number_of.get(id).and_then(|number| said(lane, *number)) {
                Some(said) => nodes.push(said),
                None => unasked.push(lane.node.clone()),
            }
        }
        let last_update = found.update.map(|(_, status)| status);
        let (deployment, uid) = (id.clone(), found.record.uid.clone());
        Some(Looked { deployment, uid, how, last_update, nodes, unasked })
    });
    let looked: Vec<_> = looked.collect();
    let is_here = |id: &DeploymentId| {
        before.contains_key(id) || after.contains_key(id) || checked.contains_key(id)
    };
    let (unread, elsewhere): (BTreeMap<_, _>, BTreeMap<_, _>) =
        unread.into_iter().partition(|(id, _)| is_here(id));
    Ok(HealthFacts {
        infra: infra.id.clone(),
        deployments: looked,
        unread,
        of_unknown_place: elsewhere.into_keys().collect(),
        sick: lanes
            .iter()
            .filter(|lane| !resting.contains_key(&lane.node))
            .filter_map(|lane| Some((lane.node.clone(), lane.sick.clone()?)))
            .collect(),
        resting: lanes
            .iter()
            .filter_map(|lane| Some((lane.node.clone(), resting.get(&lane.node)?.clone())))
            .collect(),
    })
}

/// What a node says about a deployment; none if it answers and was not asked about this one.
fn said(lane: &Lane, number: usize) -> Option<NodeObservation> {
    let answer = match (lane.answers.get(number), &lane.sick) {
        (Some(Some(answer)), _) => answer.clone(),
        (_, Some(reason)) => Err(reason.clone()),
        (_, None) => return None,
    };
    Some(NodeObservation::new(lane.node.clone(), answer))
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
    of_resting(facts, &mut observation);
    of_unread(facts, &mut observation);
    of_unasked(facts, &mut observation);
    verdicts.extend(facts.unread.keys().map(|id| (id.clone(), None)));
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
                // Nobody looked at these.
                for kind in [
                    FindingKind::DeploymentUnknown,
                    FindingKind::OutOfSync,
                    FindingKind::LastUpdate,
                    FindingKind::Scenario,
                ] {
                    let deployment = Some(looked.deployment.clone());
                    let kind = Some(kind);
                    observation.unknown.push(Unknown { kind, deployment, ..Unknown::default() });
                }
                Some(Verdict {
                    health: Health::OutOfSync,
                    without_scenarios: Health::OutOfSync,
                    execution: ExecutionState::None,
                    uid: looked.uid.clone(),
                })
            }
            How::Asked => {
                of_update(facts, looked, &mut observation);
                looked.nodes.iter().for_each(|node| of_node(facts, looked, node, &mut observation));
                looked.unasked.is_empty().then(|| verdict(looked))
            }
        };
        verdicts.insert(looked.deployment.clone(), verdict);
    }
    (observation, verdicts)
}

/// What was not asked since it did not answer keeps its findings. Its deployments are judged as if it did not answer again.
fn of_resting(facts: &HealthFacts, observation: &mut Observation) {
    for (node, reason) in &facts.resting {
        let subject = FindingSubject::new(FindingKind::NodeUnknown, Some(facts.infra.clone()));
        let reason = format!("node {node} was not asked: {reason}");
        observation.reasons.push(NotSeen::new(subject.with_node(node.clone()), reason));
        observation.unknown.push(Unknown { node: Some(node.clone()), ..Unknown::default() });
    }
}

/// What cannot be read keeps its findings and its state.
fn of_unread(facts: &HealthFacts, observation: &mut Observation) {
    let of_infra = |kind| FindingSubject::new(kind, Some(facts.infra.clone()));
    for (id, reason) in &facts.unread {
        let deployment = Some(id.clone());
        observation.unknown.push(Unknown { deployment, ..Unknown::default() });
        let subject = of_infra(FindingKind::DeploymentUnknown).with_deployment(id.clone());
        let reason = format!("deployment `{id}` cannot be read: {reason}");
        observation.reasons.push(NotSeen::new(subject, reason));
    }
    for id in &facts.of_unknown_place {
        let deployment = Some(id.clone());
        observation.unknown.push(Unknown { deployment, ..Unknown::default() });
    }
    if !facts.of_unknown_place.is_empty() {
        // Without their names: whoever sees the infrastructure may not see them.
        let reason = format!(
            "{} deployments cannot be read, and may be on this infrastructure",
            facts.of_unknown_place.len()
        );
        observation.reasons.push(NotSeen::new(of_infra(FindingKind::NodeUnknown), reason));
    }
}

/// What a node that answers was not asked about any more.
fn of_unasked(facts: &HealthFacts, observation: &mut Observation) {
    let mut by_node: BTreeMap<&String, usize> = BTreeMap::new();
    for looked in facts.deployments.iter().filter(|looked| looked.how == How::Asked) {
        for node in &looked.unasked {
            let (deployment, node_of) = (Some(looked.deployment.clone()), Some(node.clone()));
            let unknown = Unknown { deployment, node: node_of, ..Unknown::default() };
            observation.unknown.push(unknown);
            *by_node.entry(node).or_default() += 1;
        }
    }
    for (node, number) in by_node {
        let subject = FindingSubject::new(FindingKind::NodeUnknown, Some(facts.infra.clone()));
        let reason = format!(
            "node {node} did not say how {number} of its deployments are before the end of the round"
        );
        observation.reasons.push(NotSeen::new(subject.with_node(node.clone()), reason));
    }
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
        uid: looked.uid.clone(),
    }
}

fn subject(facts: &HealthFacts, looked: &Looked, kind: FindingKind) -> FindingSubject {
    FindingSubject::new(kind, Some(facts.infra.clone())).with_deployment(looked.deployment.clone())
}

fn of_update(facts: &HealthFacts, looked: &Looked, observation: &mut Observation) {
    let again = "read its log, then update again";
    let (severity, status, how, remedy) = match looked.last_update {
        Some(UpdateStatus::Failed) => (Severity::Error, "failed", "failed", again),
        // Its log alone has the cause.
        Some(UpdateStatus::Aborted) => (
            Severity::Warning,
            "aborted",
            "was cancelled, or windows had closed before its turn came",
            "read its log, then update again when windows allow it",
        ),
        Some(UpdateStatus::Warning) => (Severity::Warning, "warning", "ended with warnings", again),
        _ => return,
    };
    let summary = format!("the last update of deployment `{}` {how}", looked.deployment);
    let seen = Seen::new(severity, status, summary).with_details(vec![remedy.to_owned()]);
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
        Err(_) if facts.sick.contains_key(name) || facts.resting.contains_key(name) => return,
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
            let fields = differences.iter().map(|it| it.field.clone()).collect();
            let seen = Seen::new(Severity::Warning, "out-of-sync", summary);
            let seen = seen.with_details(details).with_fields(fields);
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
