//! D9, G7, G10, M18: infrastructures that are watched on a schedule, and what is found.

mod ignored;
mod rounds;
mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use project_deployer::ldap::{Directories, DirectoryConnector};
use project_deployer::maintenance::MaintenanceRequest;
use project_deployer::watch::{
    Check, Finding, FindingFilter, FindingKind, WatchRequest, WatchRound, WatchRun, WatchScope,
};
use project_deployer::{Clock, Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{Failure, FakeNode, NodeErrorKind, Operation, Warnings};
use project_deployer_core::health::Health;
use project_deployer_core::infra::Target;
use project_deployer_core::rights::Caller;
use project_deployer_core::{ApiKeySecret, InfraId, Timestamp};
use project_deployer_store::{Collection, Commit, Expected, Store as _};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::installation::{Installation, KEY, address, deployment, entry, node, parsed};

/// A clock that goes with the paused time of the test.
#[derive(Debug, Clone)]
struct Ticking(Instant);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        Timestamp::from_millis(1_800_000_000_000 + since)
    }
}

fn none() -> Arc<dyn DirectoryConnector> {
    Arc::new(Directories::none())
}

fn dev() -> InfraId {
    parsed("dev")
}

async fn run(session: &DeployerSession, check: Check) -> WatchRun {
    Box::pin(session.run_watch(&dev(), check, &none())).await.unwrap()
}

async fn watch_health(admin: &DeployerSession) {
    let request = WatchRequest::new(WatchScope::Everything).with_health_every(Some(60));
    admin.set_watch(request).await.unwrap();
}

/// A clock that the test moves, in milliseconds.
#[derive(Debug, Clone)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_800_000_000_000)))
    }

    fn later(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

async fn put(installation: &Installation, kind: &'static str, id: &str) {
    let body = json!({"format": 9});
    let commit = Commit::new().put(Collection::new(kind).key(id), Expected::Any, body);
    installation.store.commit(commit).await.unwrap();
}

async fn open(session: &DeployerSession) -> Vec<Finding> {
    session.findings(&FindingFilter::default()).await.unwrap()
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.subject.kind).collect()
}

async fn updated() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    installation
}

#[tokio::test]
async fn a_deployment_that_differs_is_a_finding_until_two_rounds_find_that_it_does_not() {
    // D9, G2, M18
    let installation = updated().await;
    let admin = installation.admin();
    let first = run(&admin, Check::Health).await;
    assert_eq!((first.opened, first.open), (0, 0), "{:?}", open(&admin).await);
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = "v2".into()).await;
    let second = run(&admin, Check::Health).await;
    assert_eq!((second.opened, second.open), (1, 1));
    run(&admin, Check::Health).await;
    let found = open(&installation.dana()).await;
    assert_eq!(kinds(&found), [FindingKind::OutOfSync]);
    assert_eq!(found[0].times_seen, 2);
    assert!(found[0].details[0].contains("should be `v2` and is `v1`"), "{found:?}");
    watch_health(&admin).await;
    let states = installation.dana().deployment_states().await.unwrap();
    assert_eq!(states[0].health, Health::OutOfSync);
    installation.update("churn-dev").await;
    assert_eq!(run(&admin, Check::Health).await.resolved, 0);
    assert_eq!(run(&admin, Check::Health).await.resolved, 1);
    assert_eq!(open(&admin).await, []);
    let all = FindingFilter::default().including_resolved(true);
    assert_eq!(admin.findings(&all).await.unwrap().len(), 1, "it is kept");
}

#[tokio::test]
async fn a_node_that_does_not_answer_resolves_nothing() {
    // G10, D7
    let installation = updated().await;
    let admin = installation.admin();
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = "v2".into()).await;
    run(&admin, Check::Health).await;
    installation.dev.set_reachable(false);
    for _ in 0..3 {
        let round = run(&admin, Check::Health).await.round;
        assert_eq!(round.unknown.len(), 1, "{round:?}");
    }
    let mut found = kinds(&open(&admin).await);
    found.sort_unstable();
    assert_eq!(found, [FindingKind::NodeUnknown, FindingKind::OutOfSync]);
}

#[tokio::test]
async fn findings_are_for_whoever_sees_the_deployment_and_logins_for_global_administrators() {
    // M18, R-P2, R-P8
    let installation = updated().await;
    let admin = installation.admin();
    installation.dev.remove_user(&parsed("dana"));
    let refused = Box::pin(installation.dana().run_watch(&dev(), Check::Health, &none())).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    run(&admin, Check::Parity).await;
    let found = open(&admin).await;
    let at = |node: &str| {
        let here = found.iter().filter(|it| it.subject.node.as_deref() == Some(node));
        here.map(|it| (it.subject.kind, it.subject.name.as_deref())).collect::<Vec<_>>()
    };
    assert_eq!(at("Deployer"), [(FindingKind::Login, Some("dana"))], "{found:#?}");
    // Nobody can say what the directory of the node has.
    assert_eq!(at("dev/auto-dev"), [(FindingKind::ParityUnknown, None)], "{found:#?}");
    assert_eq!(open(&installation.dana()).await, [], "names of others are not for all");
    assert_eq!(open(&installation.member("mallory", &[])).await, []);
    installation.dev.set_reachable(false);
    run(&admin, Check::Health).await;
    assert_eq!(kinds(&open(&installation.dana()).await), [FindingKind::NodeUnknown]);
    assert_eq!(open(&installation.member("mallory", &[])).await, []);
}

#[tokio::test]
async fn an_acknowledgement_survives_rounds_and_is_for_administrators_of_the_infrastructure() {
    // M18
    let installation = updated().await;
    let (admin, dana) = (installation.admin(), installation.dana());
    installation.dev.set_reachable(false);
    run(&admin, Check::Health).await;
    let id = open(&admin).await[0].id.clone();
    let refused = dana.acknowledge_finding(&id, "I know", None).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let hidden = installation.member("mallory", &[]);
    let hidden = hidden.acknowledge_finding(&id, "I know", None).await.unwrap_err();
    assert_eq!(hidden.code(), "not-found");
    admin.acknowledge_finding(&id, "the disk is replaced", None).await.unwrap();
    run(&admin, Check::Health).await;
    let found = open(&dana).await;
    let acknowledged = found[0].acknowledged.as_ref().unwrap();
    assert_eq!((acknowledged.by.as_str(), &*acknowledged.note), ("root", "the disk is replaced"));
    assert_eq!(found[0].times_seen, 2);
    admin.unacknowledge_finding(&id).await.unwrap();
    assert_eq!(open(&dana).await[0].acknowledged, None);
    installation.dev.set_reachable(true);
    run(&admin, Check::Health).await;
    run(&admin, Check::Health).await;
    let resolved = admin.acknowledge_finding(&id, "late", None).await.unwrap_err();
    assert_eq!(resolved.code(), "not-possible");
}

#[tokio::test]
async fn what_is_known_of_an_infrastructure_goes_with_it() {
    // D9
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    let scope = WatchScope::Infra(dev());
    let request = WatchRequest::new(scope).with_health_every(Some(60));
    let dana = installation.dana();
    assert_eq!(dana.set_watch(request.clone()).await.unwrap_err().code(), "forbidden");
    admin.set_watch(request).await.unwrap();
    installation.dev.set_reachable(false);
    run(&admin, Check::Health).await;
    assert_eq!(dana.watched().await.unwrap()[0].checks[0].open, 1);
    admin.delete_infra(&dev()).await.unwrap();
    assert_eq!(admin.watch_settings().await.unwrap(), []);
    assert_eq!(open(&admin).await, []);
}

#[tokio::test]
async fn what_is_watched_says_nothing_about_deployments_that_the_caller_does_not_see() {
    // M18, R-P2
    let installation = updated().await;
    let admin = installation.admin();
    watch_health(&admin).await;
    let failure = Failure::Before(NodeErrorKind::Forbidden("no".to_owned()));
    installation.dev.fail_next(Operation::Project, failure);
    run(&admin, Check::Health).await;
    let sees = async |session: DeployerSession| {
        let watched = session.watched().await.unwrap();
        let check = watched.iter().find(|it| it.infra == dev()).unwrap().checks[0].clone();
        (check.last.unwrap().unknown.len(), check.open)
    };
    assert_eq!(sees(installation.dana()).await, (1, 1));
    assert_eq!(sees(installation.member("eve", &["deployers"])).await, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_project_that_hangs_says_nothing_about_its_node_and_its_other_projects() {
    // G7, G10
    let installation = updated().await;
    let admin = installation.admin();
    let mut second = deployment("second", "dev", "v1");
    second.deployed_project_key = Some(parsed("SECOND"));
    installation.dana().create_deployment(&second, Warnings::AsErrors).await.unwrap();
    installation.update("second").await;
    installation.dev.fail_next(Operation::Project, Failure::Stuck);
    watch_health(&admin).await;
    run(&admin, Check::Health).await;
    let found = open(&admin).await;
    assert_eq!(kinds(&found), [FindingKind::DeploymentUnknown], "{found:#?}");
    let states = admin.deployment_states().await.unwrap();
    let healthy: Vec<_> = states.iter().filter(|it| it.health == Health::Healthy).collect();
    assert_eq!((states.len(), healthy.len()), (2, 1), "{states:#?}");
}

#[tokio::test]
async fn a_state_is_shown_only_while_it_is_current() {
    // G11
    let clock = Hand::new();
    let installation = Installation::set_up(|builder| builder.clock(clock.clone())).await;
    let installation = installation.with_bundle().await;
    installation.deploy("churn-dev", "dev", "v1").await;
    installation.update("churn-dev").await;
    let (admin, dana) = (installation.admin(), installation.dana());
    let shown = async || {
        let states = dana.deployment_states().await.unwrap().len();
        let monitored = dana.monitored_deployments().await.unwrap();
        assert_eq!(monitored.iter().filter(|it| it.state.is_some()).count(), states);
        states
    };
    run(&admin, Check::Health).await;
    assert_eq!(shown().await, 0, "it is not watched");
    watch_health(&admin).await;
    assert_eq!(shown().await, 1);
    clock.later(3 * 60_000);
    assert_eq!(shown().await, 1, "a round may fail");
    clock.later(1);
    assert_eq!(shown().await, 0, "rounds have stopped");
    run(&admin, Check::Health).await;
    assert_eq!(shown().await, 1);
    admin.remove_watch(&WatchScope::Everything).await.unwrap();
    assert_eq!(shown().await, 0);
    watch_health(&admin).await;
    assert_eq!(shown().await, 1);
    dana.delete_deployment(&parsed("churn-dev")).await.unwrap();
    installation.deploy("churn-dev", "dev", "v1").await;
    assert_eq!(shown().await, 0, "it is another deployment");
}

#[tokio::test]
async fn an_acknowledgement_is_not_shown_after_its_end() {
    // M18
    let clock = Hand::new();
    let installation = Installation::set_up(|builder| builder.clock(clock.clone())).await;
    let installation = installation.with_infras().await;
    let admin = installation.admin();
    installation.dev.set_reachable(false);
    run(&admin, Check::Health).await;
    let id = open(&admin).await[0].id.clone();
    let until = Timestamp::from_millis(clock.now().as_millis() + 1000);
    admin.acknowledge_finding(&id, "the disk is replaced", Some(until)).await.unwrap();
    assert!(open(&admin).await[0].acknowledged.is_some());
    clock.later(1000);
    assert_eq!(open(&admin).await[0].acknowledged, None);
}
