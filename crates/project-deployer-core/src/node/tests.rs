use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::identifier::{GroupName, Login};
use crate::infra::PermissionsPropagationPolicy as Policy;

fn outcome(state: Value) -> FutureOutcome {
    serde_json::from_value::<FutureState>(state).unwrap().outcome()
}

#[test]
fn a_future_without_an_end_in_sight_is_recognised() {
    // wire-facts 1.9: other clients spin forever on a task that ends without a result.
    assert_eq!(
        outcome(json!({"jobId": "f", "alive": true})),
        FutureOutcome::Running("f".to_owned())
    );
    assert_eq!(outcome(json!({"jobId": "f", "alive": false})), FutureOutcome::Lost);
    assert_eq!(outcome(json!({"jobId": "f", "alive": true, "unknown": true})), FutureOutcome::Lost);
    assert_eq!(outcome(json!({"jobId": null, "alive": true})), FutureOutcome::Lost);
}

#[test]
fn a_future_may_be_done_at_once() {
    let done = outcome(json!({"hasResult": true, "jobId": null, "result": {"messages": []}}));
    assert_eq!(done, FutureOutcome::Done(json!({"messages": []})));
    let aborted = json!({"alive": false, "hasResult": true, "aborted": true});
    assert_eq!(outcome(aborted), FutureOutcome::Aborted);
}

#[test]
fn a_task_that_does_not_say_whether_it_lives_has_not_ended() {
    // wire-facts 0.2, 1.9
    let running = FutureOutcome::Running("f".to_owned());
    for state in [
        json!({"jobId": "f"}),
        json!({"jobId": "f", "alive": null, "hasResult": null, "result": null, "aborted": null,
            "unknown": null, "startTime": null, "runningTime": null}),
        json!({"jobId": "f", "hasResult": false, "aborted": false, "unknown": false}),
    ] {
        assert_eq!(outcome(state.clone()), running, "{state}");
    }
    for state in [json!({}), json!({"jobId": ""}), json!({"jobId": "f", "unknown": true})] {
        assert_eq!(outcome(state.clone()), FutureOutcome::Lost, "{state}");
    }
    assert_eq!(outcome(json!({"jobId": "f", "aborted": true})), FutureOutcome::Aborted);
    assert_eq!(outcome(json!({"jobId": "f", "result": 7})), FutureOutcome::Done(json!(7)));
}

#[test]
fn a_task_that_lives_survives_a_write_and_a_read() {
    let state = FutureState { job_id: Some("f".to_owned()), alive: true, ..Default::default() };
    let written = serde_json::to_value(&state).unwrap();
    assert_eq!(written["alive"], true);
    assert_eq!(serde_json::from_value::<FutureState>(written).unwrap(), state);
    let ended = FutureState { alive: false, ..state };
    let written = serde_json::to_value(&ended).unwrap();
    assert_eq!(serde_json::from_value::<FutureState>(written).unwrap(), ended);
}

/// A document with null in every field reads like one without any, `kept` aside.
fn takes_null<T>(kept: &Value, nulls: &[&str])
where
    T: serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut document = kept.clone();
    for name in nulls {
        document[*name] = Value::Null;
    }
    let read: T = serde_json::from_value(document).unwrap();
    assert_eq!(read, serde_json::from_value::<T>(kept.clone()).unwrap());
}

#[test]
fn null_means_absent_in_every_answer_of_a_node() {
    // wire-facts 0.2
    let nothing = json!({});
    takes_null::<InstanceInfo>(&nothing, &["nodeId", "nodeName", "nodeType", "dssVersion"]);
    takes_null::<AuthInfo>(&nothing, &["authIdentifier", "groups", "admin"]);
    takes_null::<ProjectPermissions>(&nothing, &["owner", "permissions"]);
    takes_null::<ProjectPermission>(&nothing, &["group", "user"]);
    takes_null::<ProjectVariables>(&nothing, &["standard", "local"]);
    takes_null::<ProjectFolder>(&nothing, &["id", "name", "projectKeys"]);
    let scenario = ["id", "name", "active", "running", "markedAsTest", "runAsUser", "lastOutcome"];
    takes_null::<Scenario>(&nothing, &scenario);
    takes_null::<CodeEnv>(&json!({"envName": "py"}), &["envLang"]);
    takes_null::<Plugin>(&json!({"id": "geo"}), &["version"]);
}

#[test]
fn an_empty_text_in_the_place_of_an_id_is_none() {
    let permissions: ProjectPermissions = serde_json::from_value(
        json!({"owner": "", "permissions": [{"group": "ops", "user": ""}, {"user": "mina", "group": ""}]}),
    )
    .unwrap();
    assert_eq!(permissions.owner, None);
    assert_eq!(permissions.permissions[0].user, None);
    assert_eq!(permissions.permissions[1].group, None);
    let info: InstanceInfo = serde_json::from_value(json!({"nodeId": "", "nodeType": ""})).unwrap();
    assert_eq!(info, InstanceInfo::default());
}

#[test]
fn an_outcome_of_a_later_release_is_worth_a_look() {
    let scenario: Scenario = serde_json::from_value(json!({"lastOutcome": "LUNAR"})).unwrap();
    assert_eq!(scenario.last_outcome, Some(ScenarioOutcome::Other));
    assert!(ScenarioOutcome::Warning < ScenarioOutcome::Other);
}

fn design() -> Vec<ProjectPermission> {
    serde_json::from_value(json!([
        {"group": "analysts", "writeProjectContent": true},
        {"group": "elsewhere", "admin": true},
        {"user": "mina", "admin": true},
        {"user": "ghost", "readDashboards": true}
    ]))
    .unwrap()
}

fn propagated(policy: Policy) -> (Value, Dropped) {
    let users = BTreeSet::from([Login::parse("mina").unwrap()]);
    let groups = BTreeSet::from([GroupName::parse("analysts").unwrap()]);
    let (kept, dropped) = propagate(policy, &design(), &users, &groups);
    (serde_json::to_value(kept).unwrap(), dropped)
}

#[test]
fn propagation_none_grants_nothing() {
    // R-S1
    assert_eq!(propagated(Policy::None), (json!([]), Dropped::default()));
}

#[test]
fn propagation_limited_makes_readers_and_full_copies() {
    // R-S2, R-S3
    let reads = json!({"readProjectContent": true, "readDashboards": true});
    let (limited, _) = propagated(Policy::ReadOnly);
    assert_eq!(limited[0]["group"], "analysts");
    assert_eq!(limited[0]["readProjectContent"], reads["readProjectContent"]);
    assert_eq!(limited[0].get("writeProjectContent"), None);
    let (full, _) = propagated(Policy::All);
    assert_eq!(
        full,
        json!([{"group": "analysts", "writeProjectContent": true}, {"user": "mina", "admin": true}])
    );
}

#[test]
fn granting_twice_changes_nothing() {
    // R4: a first try may have been written before its reply was lost.
    let once = ProjectPermissions::default().granting(design());
    assert_eq!(once.permissions, design());
    assert_eq!(once.clone().granting(design()), once);
}

#[test]
fn unknown_users_and_groups_are_dropped_and_named() {
    // R-S4
    let (_, dropped) = propagated(Policy::All);
    assert_eq!(dropped.users, BTreeSet::from([Login::parse("ghost").unwrap()]));
    assert_eq!(dropped.groups, BTreeSet::from([GroupName::parse("elsewhere").unwrap()]));
}

#[test]
fn a_node_type_of_a_later_release_is_kept() {
    let info: InstanceInfo =
        serde_json::from_value(json!({"nodeType": "LUNAR", "more": 1})).unwrap();
    assert_eq!(info.node_type, Some(NodeType::Other("LUNAR".to_owned())));
}
