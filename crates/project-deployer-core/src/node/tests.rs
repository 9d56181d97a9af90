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
    // wire-facts.md 1.9: other clients spin forever on a task that ends without a result.
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
