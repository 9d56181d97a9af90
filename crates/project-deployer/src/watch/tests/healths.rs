//! G2, G9, G10: what a round of health says.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::Timestamp;
use project_deployer_core::health::{Health, NodeObservation, ObservedDeployment};
use project_deployer_core::messages::Severity;
use project_deployer_core::node::{Scenario, ScenarioOutcome};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::sync::{FieldDifference, SyncState};

use crate::watch::compare::Compared;
use crate::watch::deployment_state::{DeploymentState, ExecutionState, Verdict, states};
use crate::watch::health::{HealthFacts, How, Looked, judged};
use crate::watch::{Finding, FindingKind, Observation, Seen, WatchEventKind};

/// Without a rule.
fn compare(known: &[Finding], observation: &Observation) -> Compared {
    crate::watch::compare(known, observation, &[])
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn looked(how: How, nodes: Vec<(&str, Result<SyncState, String>)>) -> HealthFacts {
    let nodes = nodes.into_iter().map(|(node, answer)| {
        NodeObservation::new(node, answer.map(|sync| ObservedDeployment::new(sync, Vec::new())))
    });
    let looked = Looked {
        deployment: "churn".parse().unwrap(),
        uid: None,
        how,
        last_update: Some(UpdateStatus::Success),
        nodes: nodes.collect(),
        unasked: Vec::new(),
    };
    HealthFacts {
        infra: "prod".parse().unwrap(),
        deployments: vec![looked],
        sick: BTreeMap::new(),
        resting: BTreeMap::new(),
        unread: BTreeMap::new(),
        of_unknown_place: BTreeSet::new(),
    }
}

fn out_of_sync() -> SyncState {
    SyncState::OutOfSync(vec![FieldDifference::new("bundleId", "v2", "v1")])
}

fn kinds(observation: &Observation) -> Vec<(FindingKind, Option<String>)> {
    observation.seen.keys().map(|it| (it.kind, it.node.clone())).collect()
}

fn verdict_of(facts: &HealthFacts) -> Option<Verdict> {
    judged(facts, at(0)).1.into_values().next().unwrap()
}

#[test]
fn out_of_sync_is_a_finding_with_each_field_that_differs() {
    // G2, M18
    let facts =
        looked(How::Asked, vec![("auto-1", Ok(SyncState::InSync)), ("auto-2", Ok(out_of_sync()))]);
    let (observation, _) = judged(&facts, at(0));
    assert_eq!(kinds(&observation), [(FindingKind::OutOfSync, Some("auto-2".to_owned()))]);
    let seen = observation.seen.values().next().unwrap();
    assert_eq!(seen.details, ["bundleId should be v2 and is v1"]);
    assert_eq!(verdict_of(&facts).unwrap().health, Health::OutOfSync);
}

#[test]
fn an_aborted_update_was_cancelled_or_came_after_its_window() {
    // B5
    let mut facts = looked(How::Asked, vec![("auto-1", Ok(SyncState::InSync))]);
    facts.deployments[0].last_update = Some(UpdateStatus::Aborted);
    let (observation, _) = judged(&facts, at(0));
    assert_eq!(kinds(&observation), [(FindingKind::LastUpdate, None)]);
    let seen = observation.seen.values().next().unwrap();
    assert_eq!((seen.severity, seen.status.as_str()), (Severity::Warning, "aborted"));
    assert!(seen.summary.contains("was cancelled, or windows had closed"), "{}", seen.summary);
    assert!(seen.details[0].contains("when windows allow it"), "{:?}", seen.details);
}

#[test]
fn a_node_that_says_nothing_is_one_finding_and_resolves_none() {
    // G10, D7
    let known =
        compare(&[], &judged(&looked(How::Asked, vec![("auto-1", Ok(out_of_sync()))]), at(1)).0);
    let mut facts = looked(How::Asked, vec![("auto-1", Err("no route".to_owned()))]);
    facts.sick.insert("auto-1".to_owned(), "no route".to_owned());
    let sick = |time| judged(&facts, at(time)).0;
    assert_eq!(kinds(&sick(2)), [(FindingKind::NodeUnknown, Some("auto-1".to_owned()))]);
    let mut findings = known.findings;
    for time in 2..6 {
        findings = compare(&findings, &sick(time)).findings;
    }
    let open: Vec<_> =
        findings.iter().filter(|it| it.is_open()).map(|it| it.subject.kind).collect();
    assert_eq!(open, [FindingKind::NodeUnknown, FindingKind::OutOfSync]);
    let well = looked(How::Asked, vec![("auto-1", Ok(SyncState::InSync))]);
    for time in 6..8 {
        findings = compare(&findings, &judged(&well, at(time)).0).findings;
    }
    assert!(findings.iter().all(|finding| !finding.is_open()), "the node says that all is well");
}

#[test]
fn one_project_that_cannot_be_read_says_nothing_about_the_node() {
    // G10
    let facts = looked(How::Asked, vec![("auto-1", Err("it answered 500".to_owned()))]);
    let (observation, _) = judged(&facts, at(0));
    assert_eq!(kinds(&observation), [(FindingKind::DeploymentUnknown, Some("auto-1".to_owned()))]);
}

#[test]
fn what_changes_meanwhile_has_no_verdict_and_keeps_its_state() {
    // G9
    let facts = looked(How::Changing, vec![("auto-1", Ok(out_of_sync()))]);
    let (observation, verdicts) = judged(&facts, at(9));
    assert!(observation.seen.is_empty());
    let known =
        compare(&[], &judged(&looked(How::Asked, vec![("auto-1", Ok(out_of_sync()))]), at(1)).0);
    let kept = compare(&known.findings, &observation).findings;
    assert_eq!(kept, known.findings);
    let infra = "prod".parse().unwrap();
    let (before, _) = states(&infra, &[], &judged(&looked(How::Asked, Vec::new()), at(1)).1, at(1));
    let (after, events) = states(&infra, &before, &verdicts, at(9));
    assert_eq!((after, events.len()), (before, 0));
}

#[test]
fn a_state_has_since_when_and_a_change_of_it_is_an_event() {
    // G8, G9
    let infra = "prod".parse().unwrap();
    let round = |known: &[DeploymentState], sync, time| {
        let facts = looked(How::Asked, vec![("auto-1", Ok(sync))]);
        states(&infra, known, &judged(&facts, at(time)).1, at(time))
    };
    let (first, events) = round(&[], SyncState::InSync, 1);
    assert_eq!((first[0].health, first[0].since, events.len()), (Health::Healthy, at(1), 0));
    let (second, events) = round(&first, SyncState::InSync, 2);
    assert_eq!((second[0].since, second[0].checked, events.len()), (at(1), at(2), 0));
    let (third, events) = round(&second, out_of_sync(), 3);
    assert_eq!((third[0].health, third[0].since), (Health::OutOfSync, at(3)));
    assert_eq!(events[0].kind, WatchEventKind::HealthChanged);
    assert_eq!(events[0].data["from"], "HEALTHY");
    assert_eq!(events[0].data["to"], "OUT_OF_SYNC");
    assert_eq!(third[0].execution, ExecutionState::None);
    let (gone, _) = states(&infra, &third, &BTreeMap::new(), at(4));
    assert_eq!(gone, [], "a deployment that was deleted has no state");
}

#[test]
fn what_a_node_that_answers_was_not_asked_about_is_unknown_and_no_error() {
    // G7, G10
    let known =
        compare(&[], &judged(&looked(How::Asked, vec![("auto-1", Ok(out_of_sync()))]), at(1)).0);
    let mut facts = looked(How::Asked, Vec::new());
    facts.deployments[0].unasked = vec!["auto-1".to_owned()];
    let (observation, verdicts) = judged(&facts, at(2));
    assert!(observation.seen.is_empty(), "the node answers");
    assert!(verdicts.values().all(Option::is_none));
    assert_eq!(observation.reasons.len(), 1, "the round says so");
    assert_eq!(compare(&known.findings, &observation).findings, known.findings);
}

#[test]
fn a_deployment_that_cannot_be_read_keeps_its_findings_and_hides_no_other() {
    // G10, R-I9
    let out = looked(How::Asked, vec![("auto-1", Ok(out_of_sync()))]);
    let (first, verdicts) = judged(&out, at(1));
    let known = compare(&[], &first);
    let infra = "prod".parse().unwrap();
    let (before, _) = states(&infra, &[], &verdicts, at(1));
    let mut facts = HealthFacts { deployments: Vec::new(), ..out };
    facts.unread.insert("churn".parse().unwrap(), "it is damaged".to_owned());
    let mut findings = known.findings.clone();
    let mut kept = before.clone();
    for time in 2..6 {
        let (observation, verdicts) = judged(&facts, at(time));
        findings = compare(&findings, &observation).findings;
        kept = states(&infra, &kept, &verdicts, at(time)).0;
    }
    assert_eq!((findings, kept), (known.findings, before));
}

#[test]
fn what_nobody_looked_at_of_a_superseded_deployment_is_not_resolved() {
    // G10
    let known =
        compare(&[], &judged(&looked(How::Asked, vec![("auto-1", Ok(out_of_sync()))]), at(1)).0);
    let mut findings = known.findings;
    for time in 2..6 {
        let facts = looked(How::Superseded, Vec::new());
        findings = compare(&findings, &judged(&facts, at(time)).0).findings;
    }
    let open: Vec<_> =
        findings.iter().filter(|it| it.is_open()).map(|it| it.subject.kind).collect();
    assert_eq!(open, [FindingKind::OutOfSync, FindingKind::Superseded]);
}

#[test]
fn scenarios_are_well_only_if_every_node_says_so() {
    // G11
    let scenario = |outcome| {
        let mut scenario = Scenario::new("NIGHTLY", "Nightly");
        (scenario.active, scenario.last_outcome) = (true, Some(outcome));
        let observed = ObservedDeployment::new(SyncState::InSync, vec![scenario]);
        NodeObservation::new("auto-1", Ok(observed))
    };
    let silent = || NodeObservation::new("auto-2", Err("no route".to_owned()));
    let of = |nodes: &[NodeObservation]| ExecutionState::of(nodes);
    assert_eq!(of(&[scenario(ScenarioOutcome::Success)]), ExecutionState::Success);
    assert_eq!(of(&[scenario(ScenarioOutcome::Success), silent()]), ExecutionState::None);
    assert_eq!(of(&[scenario(ScenarioOutcome::Failed), silent()]), ExecutionState::Failed);
}

#[test]
fn details_have_a_bound() {
    // G8: a receiver refuses a body that is too long.
    let long = vec!["ä".repeat(1000); 200];
    let seen = Seen::new(Severity::Warning, "out-of-sync", "it differs").with_details(long);
    assert_eq!(seen.details.len(), 51);
    assert!(seen.details.iter().all(|it| it.len() <= 503));
    assert_eq!(seen.details.last().unwrap(), "and 150 more");
}
