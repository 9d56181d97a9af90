//! D9, G7, G10, M18: infrastructures that are watched on a schedule, and what is found.

mod ignored;
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

/// Hundred infrastructures with a node each, of which the first ones hang twice. The last round of each after two
/// minutes, in which every one was looked at.
async fn hundred(hanging: usize) -> Vec<WatchRound> {
    let installation = Installation::new().await;
    let nodes: Vec<_> = (0..100).map(|number| format!("n{number:02}")).collect();
    let mut fleet = installation.fleet.clone();
    for (number, name) in nodes.iter().enumerate() {
        let node = node(&format!("auto-{name}"));
        for _ in 0..if number < hanging { 2 } else { 0 } {
            node.fail_next(Operation::InstanceInfo, Failure::Stuck);
        }
        fleet = fleet.with_node(address(name), ApiKeySecret::new(KEY).unwrap(), node);
        installation.register(name, "Development", Target::SingleNode(entry(name))).await;
    }
    let deployer = Deployer::builder(fleet)
        .clock(Ticking(Instant::now()))
        .on(installation.store.clone(), installation.archive.clone());
    let admin = deployer.acting_as(Caller::administrator(parsed("root")));
    let request = WatchRequest::new(WatchScope::Everything).with_health_every(Some(60));
    admin.set_watch(request).await.unwrap();
    deployer.watch_always(none());
    sleep(Duration::from_secs(121)).await;
    let watched = admin.watched().await.unwrap();
    let last = watched.into_iter().map(|infra| infra.checks[0].last.clone());
    last.map(|round| round.unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn of_a_hundred_nodes_twenty_that_hang_delay_no_other() {
    // G7, G10: the figure of the issue.
    let (well, sick) = (hundred(0).await, hundred(20).await);
    assert_eq!((well.len(), sick.len()), (100, 100));
    for round in &sick[..20] {
        let took = round.ended.millis_since(round.began);
        assert!((60_000..=66_000).contains(&took), "the deadline plus 10 %: {took} ms");
        assert_eq!(round.unknown.len(), 1);
    }
    assert_eq!(sick[20..], well[20..], "the others are no later than without the twenty");
}

fn asked(node: &FakeNode) -> usize {
    let calls = node.calls();
    calls.iter().filter(|call| call.operation == Operation::InstanceInfo).count()
}

#[tokio::test(start_paused = true)]
async fn of_two_processes_one_does_each_round_and_none_does_during_a_maintenance() {
    // D9, M7
    let installation = Installation::new().await.with_infras().await;
    let clock = Ticking(Instant::now());
    let process = |name: &str| {
        Deployer::builder(installation.fleet.clone())
            .name(name)
            .clock(clock.clone())
            .on(installation.store.clone(), installation.archive.clone())
    };
    let (one, two) = (process("one"), process("two"));
    let admin = one.acting_as(Caller::administrator(parsed("root")));
    let request = WatchRequest::new(WatchScope::Infra(dev())).with_health_every(Some(60));
    admin.set_watch(request).await.unwrap();
    one.watch_always(none());
    two.watch_always(none());
    sleep(Duration::from_secs(10 * 60 + 5)).await;
    assert_eq!(asked(&installation.dev), 10);
    assert_eq!(asked(&installation.prod), 0, "it is not watched");
    let maintenance = MaintenanceRequest::new(parsed("infrastructure/dev"), "disk");
    admin.start_maintenance(maintenance).await.unwrap();
    sleep(Duration::from_secs(10 * 60)).await;
    assert_eq!(asked(&installation.dev), 10);
    let watched = admin.watched().await.unwrap();
    assert!(watched[0].checks[0].in_maintenance && watched[0].checks[0].next.is_none());
    admin.end_maintenance(&parsed("infrastructure/dev")).await.unwrap();
    // The other one goes on alone.
    drop((one, admin));
    sleep(Duration::from_secs(2 * 60 + 5)).await;
    assert_eq!(asked(&installation.dev), 13, "what was missed is one round");
}

#[tokio::test]
async fn a_deployment_that_cannot_be_read_stops_the_watching_of_no_other() {
    // G10, R-I9
    let installation = updated().await;
    let admin = installation.admin();
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = "v2".into()).await;
    put(&installation, "deployment", "broken").await;
    let done = run(&admin, Check::Health).await;
    assert_eq!((done.opened, done.open), (1, 1), "{done:?}");
    assert_eq!(done.round.unknown.len(), 1, "it is no secret that something is unknown");
    assert!(!done.round.unknown[0].contains("broken"), "it may be on another one: {done:?}");
    assert_eq!(kinds(&open(&installation.dana()).await), [FindingKind::OutOfSync]);
}

#[tokio::test(start_paused = true)]
async fn a_maintenance_that_cannot_be_read_stops_the_rounds_of_its_own_infrastructure_visibly() {
    // M7, R-I9
    let installation = Installation::new().await.with_infras().await;
    let deployer = Deployer::builder(installation.fleet.clone())
        .name("one")
        .clock(Ticking(Instant::now()))
        .on(installation.store.clone(), installation.archive.clone());
    put(&installation, "maintenance", "infrastructure/prod").await;
    let admin = deployer.acting_as(Caller::administrator(parsed("root")));
    watch_health(&admin).await;
    deployer.watch_always(none());
    sleep(Duration::from_secs(10 * 60 + 5)).await;
    assert_eq!((asked(&installation.dev), asked(&installation.prod)), (10, 0));
    let watched = admin.watched().await.unwrap();
    let last = |place: usize| watched[place].checks[0].last.clone().unwrap();
    assert_eq!(last(0).unknown, [] as [String; 0]);
    assert!(last(1).unknown[0].contains("maintenance/infrastructure/prod"), "{:?}", last(1));
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

#[tokio::test(start_paused = true)]
async fn what_was_seen_of_an_infrastructure_that_changed_meanwhile_is_not_kept() {
    // D7
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    installation.dev.fail_next(Operation::InstanceInfo, Failure::Stuck);
    let directories = none();
    let infra = dev();
    let round = Box::pin(admin.run_watch(&infra, Check::Health, &directories));
    let changed = async {
        sleep(Duration::from_secs(1)).await;
        installation.change_infra("dev", |infra| infra.stage = parsed("Production")).await;
    };
    let (done, ()) = tokio::join!(round, changed);
    assert_eq!(done.unwrap_err().code(), "changed-meanwhile");
    assert_eq!(open(&admin).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_round_during_which_a_maintenance_begins_keeps_nothing() {
    // M7
    let installation = Installation::new().await.with_infras().await;
    let deployer = Deployer::builder(installation.fleet.clone())
        .name("one")
        .clock(Ticking(Instant::now()))
        .on(installation.store.clone(), installation.archive.clone());
    let admin = deployer.acting_as(Caller::administrator(parsed("root")));
    installation.dev.fail_next(Operation::InstanceInfo, Failure::Stuck);
    let request = WatchRequest::new(WatchScope::Infra(dev())).with_health_every(Some(60));
    admin.set_watch(request).await.unwrap();
    deployer.watch_always(none());
    while asked(&installation.dev) == 0 {
        sleep(Duration::from_secs(1)).await;
    }
    let maintenance = MaintenanceRequest::new(parsed("infrastructure/dev"), "disk");
    admin.start_maintenance(maintenance).await.unwrap();
    sleep(Duration::from_secs(120)).await;
    assert_eq!(open(&admin).await, []);
    assert_eq!(admin.watched().await.unwrap()[0].checks[0].last, None);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_answer_is_asked_less_often_until_its_first_answer() {
    // G7
    let installation = Installation::new().await.with_infras().await;
    let clock = Ticking(Instant::now());
    let process = |name: &str| {
        Deployer::builder(installation.fleet.clone())
            .name(name)
            .clock(clock.clone())
            .on(installation.store.clone(), installation.archive.clone())
    };
    let (one, two) = (process("one"), process("two"));
    let admin = two.acting_as(Caller::administrator(parsed("root")));
    let request = WatchRequest::new(WatchScope::Infra(dev())).with_health_every(Some(60));
    admin.set_watch(request).await.unwrap();
    installation.dev.set_reachable(false);
    one.watch_always(none());
    sleep(Duration::from_secs(10 * 60 + 5)).await;
    assert_eq!(open(&admin).await[0].times_seen, 4, "in the rounds 1, 2, 4 and 8");
    // Another process knows it as well.
    drop(one);
    two.watch_always(none());
    sleep(Duration::from_secs(21 * 60)).await;
    let found = open(&admin).await;
    let seen = (kinds(&found), found[0].times_seen);
    assert_eq!(seen, (vec![FindingKind::NodeUnknown], 5), "in round 16 of 31");
    let last = admin.watched().await.unwrap()[0].checks[0].last.clone().unwrap();
    assert!(last.unknown[0].contains("was not asked"), "{last:?}");
    assert!(last.unknown[0].contains("it is asked again at"), "{last:?}");
    installation.dev.set_reachable(true);
    sleep(Duration::from_secs(4 * 60)).await;
    assert_eq!(asked(&installation.dev), 4, "in round 32, and in each one after it");
    assert_eq!(open(&admin).await, []);
}
