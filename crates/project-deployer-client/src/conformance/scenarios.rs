//! Scenarios of a project on the node.

use std::collections::BTreeMap;

use project_deployer_core::node::ScenarioOutcome;

use super::NodeUnderTest;
use super::fixture::{Fixture, bundle, bundle_id, churn, login};
use crate::automation_node::ScenarioChange;

/// Which tests are among them (wire-facts 3.8).
pub async fn activation_brings_the_scenarios_of_the_bundle<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    assert!(fixture.node.scenarios(&churn()).await.unwrap().is_empty());
    fixture.activate("v1").await.unwrap();
    let mut scenarios = fixture.node.scenarios(&churn()).await.unwrap();
    scenarios.sort_by(|one, other| one.id.cmp(&other.id));
    let reported: Vec<_> = scenarios
        .iter()
        .map(|found| (found.id.as_str(), found.name.as_str(), found.marked_as_test))
        .collect();
    let expected = [("BROKEN", "Scenario BROKEN", true), ("NIGHTLY", "Scenario NIGHTLY", false)];
    assert_eq!(reported, expected);
    assert!(scenarios.iter().all(|found| !found.running && found.last_outcome.is_none()));
}

/// And leaves the others alone (R-D8).
pub async fn activation_sets_the_triggers_that_it_names<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    let activate = async |triggers: &[(&str, bool)]| {
        let named = triggers.iter().map(|(id, active)| ((*id).to_owned(), *active));
        let triggers = BTreeMap::from_iter(named);
        fixture.node.activate_bundle(&churn(), &bundle_id("v1"), &triggers).await.unwrap();
    };
    activate(&[("NIGHTLY", true), ("BROKEN", false)]).await;
    assert!(fixture.scenario("NIGHTLY").await.active);
    assert!(!fixture.scenario("BROKEN").await.active);
    activate(&[("BROKEN", true)]).await;
    assert!(fixture.scenario("NIGHTLY").await.active);
    assert!(fixture.scenario("BROKEN").await.active);
    activate(&[("NIGHTLY", false)]).await;
    assert!(!fixture.scenario("NIGHTLY").await.active);
}

/// R-A6.
pub async fn local_scenario_state_survives_a_second_activation<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    for (id, active) in [("NIGHTLY", true), ("BROKEN", false)] {
        let change = ScenarioChange { active: Some(active), run_as_user: Some(login("rita")) };
        fixture.node.configure_scenario(&churn(), id, &change).await.unwrap();
    }
    fixture.import(&bundle("v2")).await.unwrap();
    fixture.activate("v2").await.unwrap();
    for (id, active) in [("NIGHTLY", true), ("BROKEN", false)] {
        let scenario = fixture.scenario(id).await;
        assert_eq!((scenario.active, scenario.run_as_user.as_deref()), (active, Some("rita")));
    }
}

/// Of that scenario and of the others.
pub async fn a_change_of_a_scenario_leaves_the_rest<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let before = (fixture.scenario("NIGHTLY").await, fixture.scenario("BROKEN").await);
    let change = ScenarioChange { active: None, run_as_user: Some(login("rita")) };
    for _ in 0..2 {
        fixture.node.configure_scenario(&churn(), "NIGHTLY", &change).await.unwrap();
    }
    let mut expected = before.0;
    expected.run_as_user = Some("rita".to_owned());
    assert_eq!(fixture.scenario("NIGHTLY").await, expected);
    let change = ScenarioChange { active: Some(!expected.active), run_as_user: None };
    fixture.node.configure_scenario(&churn(), "NIGHTLY", &change).await.unwrap();
    expected.active = !expected.active;
    assert_eq!(fixture.scenario("NIGHTLY").await, expected);
    assert_eq!(fixture.scenario("BROKEN").await, before.1);
}

/// The list of scenarios shows it afterwards.
pub async fn a_scenario_run_ends_with_an_outcome<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    for (id, outcome) in
        [("NIGHTLY", ScenarioOutcome::Success), ("BROKEN", ScenarioOutcome::Failed)]
    {
        assert_eq!(fixture.node.run_scenario(&churn(), id).await.unwrap(), outcome);
        assert_eq!(fixture.scenario(id).await.last_outcome, Some(outcome));
    }
}

/// Neither to change nor to run.
pub async fn an_absent_scenario_is_not_found<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let error = fixture.node.run_scenario(&churn(), "ABSENT").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let change = ScenarioChange { active: Some(true), run_as_user: None };
    let error = fixture.node.configure_scenario(&churn(), "ABSENT", &change).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
