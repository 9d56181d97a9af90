//! Updates at a given time (M16).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use project_deployer::schedule::{ScheduleOutcome, ScheduledUpdate};
use project_deployer::{Clock, Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Warnings};
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::rights::Caller;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::{MeanwhileStore, MemoryStore, PacedStore};

use crate::hooks::in_process;
use crate::installation::{Installation, deployment, parsed};

const HOUR: i64 = 3600 * 1000;

#[derive(Debug, Clone)]
struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Dana may deploy to `dev`, where `churn-dev` has `v1`; the Deployer has a clock that the test sets.
struct Waiting {
    installation: Installation,
    deployer: Deployer,
    clock: TestClock,
}

impl Waiting {
    async fn new() -> Self {
        let installation = Installation::new().await.with_deployment().await;
        let group = Group::new(parsed("deployers"));
        installation.admin().create_group(&group).await.unwrap();
        let dana = User::new(parsed("dana"), SourceType::Local).in_groups([parsed("deployers")]);
        installation.admin().create_user(&dana).await.unwrap();
        let clock = TestClock(Arc::new(AtomicI64::new(1_800_000_000_000)));
        let deployer = on(&installation, "second", &clock);
        Self { installation, deployer, clock }
    }

    fn dana(&self) -> DeployerSession {
        self.deployer.acting_as_user(parsed("dana"))
    }

    /// In one hour.
    async fn in_an_hour(&self) -> ScheduledUpdate {
        let at = Timestamp::from_millis(self.clock.now().as_millis() + HOUR);
        self.dana().schedule_update(&id(), at).await.unwrap()
    }

    fn later(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    async fn outcome(&self) -> Option<ScheduleOutcome> {
        self.deployer.start_scheduled().await.unwrap();
        let all = self.dana().scheduled_updates().await.unwrap();
        all.into_iter().next().and_then(|found| found.outcome)
    }

    async fn updates(&self) -> usize {
        self.dana().updates(&id()).await.unwrap().len()
    }
}

fn on(installation: &Installation, name: &str, clock: &TestClock) -> Deployer {
    let store: MemoryStore = installation.store.clone();
    Deployer::builder(installation.fleet.clone())
        .name(name)
        .clock(clock.clone())
        .on(store, installation.archive.clone())
}

fn id() -> DeploymentId {
    parsed("churn-dev")
}

fn reason(outcome: Option<ScheduleOutcome>) -> String {
    match outcome {
        Some(ScheduleOutcome::Refused { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

// M16
#[tokio::test(start_paused = true)]
async fn an_update_starts_once_when_its_time_comes() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    assert_eq!(waiting.outcome().await, None);
    waiting.later(HOUR - 1);
    assert_eq!(waiting.outcome().await, None);
    assert_eq!(waiting.updates().await, 0);
    waiting.later(1);
    let Some(ScheduleOutcome::Started { start }) = waiting.outcome().await else { panic!() };
    let third = on(&waiting.installation, "third", &waiting.clock);
    third.start_scheduled().await.unwrap();
    assert_eq!(waiting.updates().await, 1);
    let update = waiting.dana().update(&id(), start).await.unwrap();
    assert_eq!(update.requester, parsed("dana"));
    // The outcome is forgotten after a month, and another one may wait.
    waiting.later(31 * 24 * HOUR);
    assert_eq!(waiting.outcome().await, None);
    assert!(waiting.dana().scheduled_updates().await.unwrap().is_empty());
    waiting.in_an_hour().await;
}

// M16
#[tokio::test(start_paused = true)]
async fn an_update_that_would_do_something_else_is_refused() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    let settings =
        |settings: &mut serde_json::Value| settings["disableAutomaticTriggers"] = true.into();
    waiting.installation.change("churn-dev", settings).await;
    waiting.later(HOUR);
    let reason = reason(waiting.outcome().await);
    assert!(reason.contains("have changed"), "{reason}");
    assert_eq!(waiting.updates().await, 0);
}

// M16, C9
#[tokio::test(start_paused = true)]
async fn rights_are_those_of_the_time_at_which_it_starts() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    let change = |user: &mut User| user.enabled = false;
    let mut user = waiting.installation.admin().user_settings(&parsed("dana")).await.unwrap();
    change(&mut user);
    waiting.installation.admin().save_user(&user).await.unwrap();
    waiting.later(HOUR);
    waiting.deployer.start_scheduled().await.unwrap();
    let all = waiting.installation.admin().scheduled_updates().await.unwrap();
    let reason = reason(all.into_iter().next().unwrap().outcome);
    assert!(reason.contains("disabled"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_more_than_an_hour_late_is_refused() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    waiting.later(2 * HOUR + 1);
    let reason = reason(waiting.outcome().await);
    assert!(reason.contains("within an hour"), "{reason}");
    assert_eq!(waiting.updates().await, 0);
}

#[tokio::test(start_paused = true)]
async fn one_update_waits_until_it_is_withdrawn() {
    let waiting = Waiting::new().await;
    let first = waiting.in_an_hour().await;
    let second = waiting.dana().schedule_update(&id(), first.at).await.unwrap_err();
    assert!(second.to_string().contains("withdraw it first"), "{second}");
    waiting.dana().unschedule_update(&id()).await.unwrap();
    assert!(waiting.dana().scheduled_updates().await.unwrap().is_empty());
    let again = waiting.dana().unschedule_update(&id()).await.unwrap_err();
    assert!(again.to_string().contains("no update of deployment"), "{again}");
    waiting.later(HOUR);
    assert_eq!(waiting.outcome().await, None);
}

#[tokio::test(start_paused = true)]
async fn nobody_schedules_without_a_right_a_user_and_a_time_to_come() {
    let waiting = Waiting::new().await;
    let now = waiting.clock.now();
    let at = Timestamp::from_millis(now.as_millis() + HOUR);
    for wrong in [now, Timestamp::from_millis(now.as_millis() + 400 * 24 * HOUR)] {
        let refused = waiting.dana().schedule_update(&id(), wrong).await.unwrap_err();
        assert!(refused.to_string().contains("the time"), "{refused}");
    }
    let caller = waiting.installation.dana().schedule_update(&id(), at).await.unwrap_err();
    assert!(caller.to_string().contains("no user"), "{caller}");
    let stranger = waiting.installation.member("mo", &["others"]);
    let hidden = stranger.schedule_update(&id(), at).await.unwrap_err();
    assert!(matches!(hidden, DeployerError::NotFound(_)), "{hidden}");
    waiting.in_an_hour().await;
    assert!(stranger.scheduled_updates().await.unwrap().is_empty());
}

// M16, H1
#[tokio::test(start_paused = true)]
async fn an_update_whose_hooks_have_changed_is_refused() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    let hook = in_process("approve", "of-another-process");
    waiting.installation.change_infra("dev", |infra| infra.hooks.pre.push(hook)).await;
    waiting.later(HOUR);
    let reason = reason(waiting.outcome().await);
    assert!(reason.contains("have changed"), "{reason}");
}

// M16, H1
#[tokio::test(start_paused = true)]
async fn an_update_waits_for_a_process_that_runs_its_hooks() {
    let waiting = Waiting::new().await;
    let hook = in_process("approve", "of-another-process");
    waiting.installation.change_infra("dev", |infra| infra.hooks.pre.push(hook)).await;
    waiting.in_an_hour().await;
    waiting.later(HOUR);
    // No such hook is registered here; another process may have it.
    assert_eq!(waiting.outcome().await, None);
    waiting.later(2 * HOUR);
    assert!(reason(waiting.outcome().await).contains("within an hour"));
}

/// `newer` waits for its time, and another deployment of its project is being updated by a slow process.
async fn beside_a_sibling() -> (Waiting, Deployer) {
    let waiting = Waiting::new().await;
    let store = PacedStore::slow(waiting.installation.store.clone(), Duration::from_secs(2));
    let slow = Deployer::builder(waiting.installation.fleet.clone())
        .name("slow")
        .clock(waiting.clock.clone())
        .on(store, waiting.installation.archive.clone());
    slow.acting_as_user(parsed("dana")).start_update(&id()).await.unwrap();
    let newer = deployment("newer", "dev", "v1");
    waiting.dana().create_deployment(&newer, Warnings::AsErrors).await.unwrap();
    let at = Timestamp::from_millis(waiting.clock.now().as_millis() + HOUR);
    waiting.dana().schedule_update(&newer.deployment_id, at).await.unwrap();
    (waiting, slow)
}

// M16, R5
#[tokio::test(start_paused = true)]
async fn an_update_waits_for_the_end_of_a_sibling_and_starts_in_a_later_round() {
    let (waiting, slow) = beside_a_sibling().await;
    waiting.later(HOUR);
    assert_eq!(waiting.outcome().await, None, "it is tried again");
    let slow = slow.acting_as_user(parsed("dana"));
    while slow.last_update(&id()).await.unwrap().status == UpdateStatus::Running {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let started = waiting.outcome().await;
    assert!(matches!(started, Some(ScheduleOutcome::Started { .. })), "{started:?}");
}

// M16, R5
#[tokio::test(start_paused = true)]
async fn an_update_beside_a_sibling_that_does_not_end_is_refused_after_an_hour() {
    let (waiting, _slow) = beside_a_sibling().await;
    waiting.later(2 * HOUR);
    assert_eq!(waiting.outcome().await, None);
    waiting.later(1);
    let reason = reason(waiting.outcome().await);
    assert!(reason.contains("within an hour") && reason.contains("another update"), "{reason}");
    assert!(waiting.dana().updates(&parsed("newer")).await.unwrap().is_empty());
}

// M16
#[tokio::test(start_paused = true)]
async fn processes_that_race_start_an_update_once() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    waiting.later(HOUR);
    let third = on(&waiting.installation, "third", &waiting.clock);
    let (first, second) = tokio::join!(waiting.deployer.start_scheduled(), third.start_scheduled());
    first.unwrap();
    second.unwrap();
    third.start_scheduled().await.unwrap();
    assert_eq!(waiting.updates().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_goes_with_its_deployment_and_its_requester() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    waiting.installation.admin().delete_user(&parsed("dana")).await.unwrap();
    assert!(waiting.installation.admin().scheduled_updates().await.unwrap().is_empty());
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    waiting.dana().delete_deployment(&id()).await.unwrap();
    assert!(waiting.installation.admin().scheduled_updates().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_deletion_of_a_user_leaves_what_somebody_else_schedules_meanwhile() {
    // A schedule has the id of its deployment, whoever asked for it.
    let waiting = Waiting::new().await;
    let root = waiting.installation.admin();
    root.create_group(&Group::new(parsed("chiefs")).with_admin(true)).await.unwrap();
    let rita = User::new(parsed("rita"), SourceType::Local).in_groups([parsed("chiefs")]);
    root.create_user(&rita).await.unwrap();
    let at = waiting.in_an_hour().await.at;
    let (dana, rita) = (waiting.dana(), waiting.deployer.acting_as_user(parsed("rita")));
    let store = MeanwhileStore::new(waiting.installation.store.clone());
    store.before_a_commit_of("schedule", async move {
        dana.unschedule_update(&id()).await.unwrap();
        rita.schedule_update(&id(), at).await.unwrap();
    });
    let deleting = Deployer::builder(waiting.installation.fleet.clone())
        .on(store.clone(), waiting.installation.archive.clone());
    let deleting = deleting.acting_as(Caller::administrator(parsed("root")));
    deleting.delete_user(&parsed("dana")).await.unwrap();
    assert!(store.is_done());
    let left = waiting.installation.admin().scheduled_updates().await.unwrap();
    let left: Vec<_> = left.iter().map(|it| it.requester.as_str()).collect();
    assert_eq!(left, ["rita"]);
}
