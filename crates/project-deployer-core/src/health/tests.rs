use super::*;
use crate::sync::FieldDifference;

fn node(answer: Result<ObservedDeployment, String>) -> NodeObservation {
    NodeObservation { node: "auto-1".to_owned(), answer }
}

fn in_sync(scenarios: Vec<Scenario>) -> NodeObservation {
    node(Ok(ObservedDeployment { sync: SyncState::InSync, scenarios }))
}

fn scenario(active: bool, outcome: ScenarioOutcome) -> Scenario {
    Scenario {
        id: "NIGHTLY".to_owned(),
        active,
        last_outcome: Some(outcome),
        ..Scenario::default()
    }
}

fn health(last: Option<UpdateStatus>, nodes: &[NodeObservation]) -> Health {
    judge(last, nodes).0
}

#[test]
fn a_node_in_sync_with_good_scenarios_is_healthy() {
    let nodes = [in_sync(vec![scenario(true, ScenarioOutcome::Success)])];
    assert_eq!(
        judge(Some(UpdateStatus::Success), &nodes),
        (Health::Healthy, InfoMessages::default())
    );
}

#[test]
fn a_deployment_that_was_never_sent_is_unknown() {
    // R-D4
    let (health, messages) = judge(None, &[]);
    assert_eq!(health, Health::Unknown);
    assert_eq!(messages.0[0].code, "INFO_NEVER_DEPLOYED");
}

#[test]
fn an_aborted_update_was_cancelled_or_came_after_its_window() {
    // B5: both end it in the same way, and only its log says which.
    let (health, messages) = judge(Some(UpdateStatus::Aborted), &[]);
    assert_eq!(health, Health::Warning);
    for part in ["cancelled", "windows had closed before its turn came", "when windows allow it"] {
        assert!(messages.0[0].message.contains(part), "{part}: {messages:?}");
    }
}

#[test]
fn only_active_scenarios_count() {
    // R-D16: the worst of the enabled ones.
    let off = [in_sync(vec![scenario(false, ScenarioOutcome::Failed)])];
    assert_eq!(health(Some(UpdateStatus::Success), &off), Health::Healthy);
    let on = [in_sync(vec![
        scenario(true, ScenarioOutcome::Warning),
        scenario(true, ScenarioOutcome::Failed),
    ])];
    assert_eq!(health(Some(UpdateStatus::Success), &on), Health::Unhealthy);
}

#[test]
fn out_of_sync_names_every_field() {
    let difference = FieldDifference::new("bundleId", "v2", "v1");
    let nodes = [node(Ok(ObservedDeployment {
        sync: SyncState::OutOfSync(vec![difference]),
        scenarios: vec![],
    }))];
    let (health, messages) = judge(Some(UpdateStatus::Success), &nodes);
    assert_eq!(health, Health::OutOfSync);
    assert!(messages.0[0].message.contains("bundleId"), "{messages:?}");
}

#[test]
fn one_silent_node_of_two_is_an_error() {
    let nodes = [in_sync(vec![]), node(Err("connection refused".to_owned()))];
    assert_eq!(health(Some(UpdateStatus::Success), &nodes), Health::Error);
}

#[test]
fn a_failed_update_outweighs_a_node_that_looks_well() {
    assert_eq!(health(Some(UpdateStatus::Failed), &[in_sync(vec![])]), Health::Error);
    assert_eq!(health(Some(UpdateStatus::Warning), &[in_sync(vec![])]), Health::Warning);
}

#[test]
fn an_outcome_of_a_later_release_is_a_warning() {
    let nodes = [in_sync(vec![scenario(true, ScenarioOutcome::Other)])];
    let (health, messages) = judge(Some(UpdateStatus::Success), &nodes);
    assert_eq!(health, Health::Warning);
    assert!(messages.0[0].message.contains("unknown outcome"), "{messages:?}");
}
