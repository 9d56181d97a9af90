mod conformance;
mod fleet;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use project_deployer_core::accounts::SourceType;
use project_deployer_core::bundle::{BundleContents, BundleScenario};
use project_deployer_core::node::ScenarioOutcome;
use project_deployer_core::{ApiKeySecret, BundleId, Login, ProjectKey};

use super::{Failure, FakeCall, FakeNode, Operation};
use crate::automation_node::{AutomationNode, BundleProjectOptions, ScenarioChange};
use crate::conformance::NodeSeed;
use crate::connector::Identity;
use crate::error::{NodeError, NodeErrorKind, SideEffect};
use crate::node_accounts::{ExternalUser, NodeAccounts};
use crate::node_keys::NodeKeys as _;
use crate::stop_order::StopOrder;
use crate::upload::Upload;

fn churn() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

fn dana() -> Identity {
    Identity::Impersonate(Login::parse("dana").unwrap())
}

fn contents() -> BundleContents {
    let scenario = BundleScenario::new("NIGHTLY", String::new()).with_marked_as_test(false);
    BundleContents::empty(churn(), BundleId::parse("v1").unwrap()).with_scenarios(vec![scenario])
}

async fn create(node: &FakeNode) -> Result<ProjectKey, NodeError> {
    let archive = Upload::from_bytes("v1.zip", serde_json::to_vec(&contents()).unwrap());
    node.create_project_from_bundle(archive, &BundleProjectOptions::default()).await
}

async fn activate(node: &FakeNode) -> Result<(), NodeError> {
    let bundle = contents().bundle_id;
    node.activate_bundle(&churn(), &bundle, &BTreeMap::new()).await.map(|_| ())
}

#[tokio::test]
async fn a_failure_before_does_nothing_and_happens_once() {
    // R1
    let node = FakeNode::new("auto-1");
    let busy = NodeErrorKind::Busy(None);
    node.fail_next(Operation::CreateProjectFromBundle, Failure::Before(busy.clone()));
    let error = create(&node).await.unwrap_err();
    assert_eq!(error.kind, busy);
    assert_eq!((error.node.as_str(), error.kind.side_effect()), ("auto-1", SideEffect::None));
    assert_eq!(node.project(&churn()).await.unwrap(), None);
    create(&node).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_until_an_order_stops_it_and_then_has_changed_nothing() {
    let (stopper, order) = StopOrder::new();
    let node = FakeNode::new("auto-1").stopped_by(Some(order));
    node.fail_next(Operation::CreateProjectFromBundle, Failure::RunsUntilStopped);
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        stopper.stop();
    };
    let (created, ()) = futures::join!(create(&node), stopping);
    assert_eq!(created.unwrap_err().kind, NodeErrorKind::Aborted);
    assert_eq!(node.project(&churn()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn without_a_reply_a_call_never_returns_whether_it_had_its_effect_or_not() {
    let cases =
        [(Failure::NoReply, true), (Failure::Stuck, false), (Failure::RunsUntilStopped, false)];
    for (failure, has_effect) in cases {
        let node = FakeNode::new("auto-1");
        node.fail_next(Operation::CreateProjectFromBundle, failure.clone());
        let hour = Duration::from_secs(3600);
        assert!(tokio::time::timeout(hour, create(&node)).await.is_err(), "{failure:?}");
        let project = node.project(&churn()).await.unwrap();
        assert_eq!(project.is_some(), has_effect, "{failure:?}");
    }
}

#[tokio::test]
async fn a_lost_reply_leaves_the_effect_on_the_node() {
    // R1: an ambiguous step.
    let node = FakeNode::new("auto-1");
    create(&node).await.unwrap();
    node.fail_next(Operation::ActivateBundle, Failure::ReplyLost);
    let error = activate(&node).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Interrupted);
    assert_eq!(error.kind.side_effect(), SideEffect::Unknown);
    let project = node.project(&churn()).await.unwrap().unwrap();
    assert_eq!(project.active_bundle, Some(contents().bundle_id));
}

fn secret(text: &str) -> ApiKeySecret {
    ApiKeySecret::new(text).unwrap()
}

#[tokio::test]
async fn a_call_with_a_wrong_key_takes_no_effect_and_has_an_answer_at_once() {
    // R1
    let node = FakeNode::seeded(NodeSeed::usual());
    let stranger = node.with_key(&secret("wrong"), &secret("right"));
    for failure in [Failure::ReplyLost, Failure::NoReply] {
        node.fail_next(Operation::CreateProjectFromBundle, failure.clone());
        let error = create(&stranger).await.unwrap_err();
        assert!(matches!(error.kind, NodeErrorKind::Unauthorized(_)), "{failure:?}: {error}");
        assert_eq!(node.project(&churn()).await.unwrap(), None);
    }
    create(&node).await.unwrap();
}

#[tokio::test]
async fn a_node_checks_who_asks_before_it_refuses_to_delete_a_key() {
    // A5
    let node = FakeNode::seeded(NodeSeed::usual());
    let made = node.create_admin_key("other", "").await.unwrap();
    for id in [made.id.as_str(), "made-9"] {
        node.keep_global_key(id, true);
    }
    let stranger = node.with_key(&secret("wrong"), &secret("right"));
    let error = stranger.delete_global_key(&made.id).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Unauthorized(_)), "{error}");
    let error = node.as_caller(dana()).delete_global_key(&made.id).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    let error = node.delete_global_key("made-9").await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::NotFound(_)), "{error}");
    let error = node.delete_global_key(&made.id).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Refused { .. }), "{error}");
    node.fail_next(Operation::DeleteGlobalKey, Failure::ReplyLost);
    let error = node.delete_global_key(&made.id).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Interrupted);
    assert!(node.global_key_ids().contains(&made.id), "it is kept");
    node.keep_global_key(&*made.id, false);
    node.delete_global_key(&made.id).await.unwrap();
    assert!(!node.global_key_ids().contains(&made.id));
}

#[tokio::test]
async fn failures_of_one_operation_come_in_order_and_concern_no_other() {
    let node = FakeNode::new("auto-1");
    node.fail_next(Operation::Users, Failure::Before(NodeErrorKind::Empty));
    node.fail_next(Operation::Users, Failure::Before(NodeErrorKind::Lost));
    node.auth_info().await.unwrap();
    assert_eq!(node.users().await.unwrap_err().kind, NodeErrorKind::Empty);
    assert_eq!(node.users().await.unwrap_err().kind, NodeErrorKind::Lost);
    node.users().await.unwrap();
}

#[tokio::test]
async fn the_journal_tells_who_asked_for_what() {
    let node = FakeNode::seeded(NodeSeed::usual());
    create(&node.as_caller(dana())).await.unwrap();
    let stranger = node.as_caller(Identity::Impersonate(Login::parse("nobody").unwrap()));
    let error = activate(&stranger).await.unwrap_err();
    let created = FakeCall {
        acting: dana(),
        operation: Operation::CreateProjectFromBundle,
        project: Some(churn()),
        object: Some("v1".to_owned()),
    };
    let refused = FakeCall {
        acting: Identity::Impersonate(Login::parse("nobody").unwrap()),
        operation: Operation::ActivateBundle,
        project: Some(churn()),
        object: Some("v1".to_owned()),
    };
    assert_eq!(error.operation, refused.to_string());
    assert_eq!(error.operation, "activate bundle v1 of CHURN");
    assert_eq!(node.take_calls(), [created, refused]);
    assert!(node.calls().is_empty());
}

#[tokio::test]
async fn a_node_that_is_down_writes_nothing_down() {
    let node = FakeNode::new("auto-1");
    node.set_reachable(false);
    let error = create(&node).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Unreachable);
    assert!(node.calls().is_empty());
    node.set_reachable(true);
    create(&node).await.unwrap();
}

#[tokio::test]
async fn bundles_are_read_as_the_test_says() {
    let read = |bytes: &[u8]| bytes.starts_with(b"PK").then(contents);
    let node = FakeNode::new("auto-1").with_bundle_reader(Arc::new(read));
    assert!(matches!(create(&node).await.unwrap_err().kind, NodeErrorKind::Refused { .. }));
    let archive = Upload::from_bytes("v1.zip", "PK and more");
    let options = BundleProjectOptions::default();
    assert_eq!(node.create_project_from_bundle(archive, &options).await.unwrap(), churn());
}

#[tokio::test]
async fn a_scenario_of_a_user_who_is_gone_fails() {
    // R-S9
    let node = FakeNode::seeded(NodeSeed::usual());
    create(&node).await.unwrap();
    activate(&node).await.unwrap();
    let rita = Login::parse("rita").unwrap();
    let change = ScenarioChange { active: None, run_as_user: Some(rita.clone()) };
    node.configure_scenario(&churn(), "NIGHTLY", &change).await.unwrap();
    let outcome = node.run_scenario(&churn(), "NIGHTLY").await.unwrap();
    assert_eq!(outcome, ScenarioOutcome::Success);
    node.remove_user(&rita);
    let outcome = node.run_scenario(&churn(), "NIGHTLY").await.unwrap();
    assert_eq!(outcome, ScenarioOutcome::Failed);
}

#[tokio::test]
async fn accounts_are_for_administrators() {
    let node = FakeNode::seeded(NodeSeed::usual());
    let error = node.as_caller(dana()).users().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    let admin = Identity::Impersonate(Login::parse("admin").unwrap());
    node.as_caller(admin).users().await.unwrap();
}

#[tokio::test]
async fn provisioning_happens_as_a_whole_or_not_at_all() {
    let user = |login: &str| ExternalUser {
        login: Login::parse(login).unwrap(),
        display_name: None,
        email: None,
        source_group_names: Vec::new(),
        dku_group_names: Vec::new(),
    };
    let people = vec![user("ann"), user("rita")];
    let node = FakeNode::seeded(NodeSeed::usual().with_provisioning())
        .with_external_users(SourceType::Ldap, people.clone());
    let strangers = [user("ann"), user("bob")];
    for users in [&people[..], &strangers] {
        let error = node.provision_users(&SourceType::Ldap, users).await.unwrap_err();
        assert!(matches!(error.kind, NodeErrorKind::Refused { .. }), "{error}");
    }
    let users = node.users().await.unwrap();
    assert!(users.iter().all(|user| *user.source == SourceType::Local));
}
