//! Files of the estate that are applied at a given time (M16).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use project_deployer::estate::{EstateScheduleOutcome, PlanOptions, ScheduledEstate};
use project_deployer::schedule::ScheduleTime;
use project_deployer::windows::{Recurrence, WindowRequest};
use project_deployer::{Clock, Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_core::Timestamp;
use project_deployer_store::{
    Collection, Commit, Expected, FailingStore, FailureMode, MeanwhileStore, MemoryStore, Store,
};

use super::{brought, changes, estate, plan, secrets};
use crate::installation::{Installation, KEY, parsed};

const HOUR: i64 = 3600 * 1000;

const ACCOUNTS: &str = "\
version: 1
groups: [{name: chiefs, admin: true}]
users: [{login: chief, groups: [chiefs]}, {login: amy}]
infrastructures: [{id: dev, stage: Development}]
";

/// A right, and a node with its key.
const WANTED: &str = "\
version: 1
infrastructures:
  - id: dev
    nodes: [{id: auto-dev, url: 'https://dev.example:11200', adminApiKey: {env: KEY}}]
    rights: {deployers: deploy}
  - id: prod
    stage: Production
";

#[derive(Debug, Clone)]
struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An installation with an administrator, and processes with a clock that the test sets.
struct Waiting {
    installation: Installation,
    clock: TestClock,
}

impl Waiting {
    async fn new() -> Self {
        let installation = Installation::new().await;
        brought(&installation.admin(), ACCOUNTS, &PlanOptions::default()).await;
        let clock = TestClock(Arc::new(AtomicI64::new(1_800_000_000_000)));
        Self { installation, clock }
    }

    /// A process of its own.
    fn process(&self, name: &str) -> Deployer {
        self.process_on(name, self.installation.store.clone())
    }

    fn process_on(&self, name: &str, store: impl Store + 'static) -> Deployer {
        Deployer::builder(self.installation.fleet.clone())
            .clock(self.clock.clone())
            .name(name)
            .on(store, self.installation.archive.clone())
    }

    /// A process that dies when it has noted that it began a file.
    fn dying(&self) -> Deployer {
        let store = FailingStore::new(self.installation.store.clone(), FailureMode::Before(1));
        self.process_on("dying", store)
    }

    fn chief(&self) -> DeployerSession {
        self.process("first").acting_as_user(parsed("chief"))
    }

    async fn in_an_hour(&self) -> ScheduledEstate {
        let (chief, wanted) = (self.chief(), estate(WANTED));
        let made = plan(&chief, &wanted, &PlanOptions::default()).await.unwrap();
        assert_eq!(changes(&made), ["change dev", "create prod"]);
        chief.schedule_estate(&wanted, &made, &secrets(&wanted), self.at(HOUR)).await.unwrap()
    }

    fn at(&self, later: i64) -> Timestamp {
        Timestamp::from_millis(self.clock.now().as_millis() + later)
    }

    /// What became of it after this time, in another process.
    async fn after(&self, later: i64) -> Option<EstateScheduleOutcome> {
        self.clock.0.fetch_add(later, Ordering::SeqCst);
        self.process("second").apply_scheduled().await.unwrap();
        let [only] = <[_; 1]>::try_from(self.chief().scheduled_estates().await.unwrap()).unwrap();
        only.outcome
    }

    async fn infras(&self) -> usize {
        self.chief().infras().await.unwrap().len()
    }
}

/// What the store has of it: its document, and how many secrets are sealed beside it.
async fn kept(store: &MemoryStore) -> (String, usize) {
    let key = Collection::new("estate-schedule").key("1");
    let document = store.read(&key).await.unwrap().unwrap();
    (document.body.to_string(), document.secrets.len())
}

#[tokio::test]
async fn a_file_is_applied_at_its_time_by_whichever_process_runs() {
    // M16, M13, R13
    let waiting = Waiting::new().await;
    let scheduled = waiting.in_an_hour().await;
    assert_eq!(scheduled.changes, ["change infrastructure dev", "create infrastructure prod"]);
    let (document, secrets) = kept(&waiting.installation.store).await;
    assert!(!document.contains(KEY) && secrets == 1, "{document}");
    assert_eq!(waiting.after(HOUR - 1).await, None);
    assert_eq!(waiting.infras().await, 1);
    let applied = waiting.after(1).await.unwrap();
    assert!(
        matches!(
            applied,
            EstateScheduleOutcome::Applied { changes: 2, updates: 0, failed_updates: 0, .. }
        ),
        "{applied:?}"
    );
    let dev = waiting.chief().infra_settings(&parsed("dev")).await.unwrap();
    assert_eq!(dev.target.entries()[0].admin_api_key.as_ref().unwrap().expose(), KEY);
    assert_eq!(waiting.after(HOUR).await, Some(applied), "nothing twice");
    let (document, secrets) = kept(&waiting.installation.store).await;
    assert!(!document.contains("dev.example") && secrets == 0, "{document}");
    // It is forgotten some day.
    waiting.clock.0.fetch_add(31 * 24 * HOUR, Ordering::SeqCst);
    waiting.process("second").apply_scheduled().await.unwrap();
    assert!(waiting.chief().scheduled_estates().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_whose_plan_has_changed_is_refused_with_the_reason_and_writes_nothing() {
    // M16, F8
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    let mut settings = waiting.chief().infra_settings(&parsed("dev")).await.unwrap();
    settings.merge_authorized_objects = true;
    waiting.chief().save_infra_settings(&settings).await.unwrap();
    let refused = waiting.after(HOUR).await.unwrap();
    let EstateScheduleOutcome::Refused { reason, .. } = &refused else { panic!("{refused:?}") };
    assert!(reason.contains("have changed since it was requested: infrastructure dev"), "{reason}");
    assert_eq!(waiting.infras().await, 1);
}

#[tokio::test]
async fn whoever_lost_the_right_meanwhile_changes_nothing() {
    // M16
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    let root = waiting.installation.admin();
    let amy =
        root.users().await.unwrap().into_iter().find(|it| it.login.as_str() == "amy").unwrap();
    root.edit_user(&amy.in_groups([parsed("chiefs")])).await.unwrap();
    let chief = root.users().await.unwrap();
    let chief = chief.into_iter().find(|it| it.login.as_str() == "chief").unwrap();
    root.edit_user(&chief.in_groups([])).await.unwrap();
    waiting.clock.0.fetch_add(HOUR, Ordering::SeqCst);
    waiting.process("second").apply_scheduled().await.unwrap();
    let amy = waiting.process("third").acting_as_user(parsed("amy"));
    let all = amy.scheduled_estates().await.unwrap();
    assert!(matches!(all[0].outcome, Some(EstateScheduleOutcome::Refused { .. })), "{all:?}");
    assert_eq!(amy.infras().await.unwrap().len(), 1);
    // The waiting file of a user who is deleted goes with the user.
    let made = plan(&amy, &estate(WANTED), &PlanOptions::default()).await.unwrap();
    let wanted = estate(WANTED);
    amy.schedule_estate(&wanted, &made, &secrets(&wanted), waiting.at(HOUR)).await.unwrap();
    let root_again = project_deployer_core::accounts::User::new(
        parsed("root"),
        project_deployer_core::accounts::SourceType::Local,
    );
    root.create_user(&root_again.in_groups([parsed("chiefs")])).await.unwrap();
    root.delete_user(&parsed("amy")).await.unwrap();
    let all = root.scheduled_estates().await.unwrap();
    let found: Vec<_> = all.iter().map(|it| (it.requester.as_str(), it.state())).collect();
    assert_eq!(found, [("chief", "refused"), ("amy", "withdrawn")]);
}

#[tokio::test]
async fn a_file_that_no_process_could_apply_is_refused_after_an_hour() {
    let waiting = Waiting::new().await;
    waiting.in_an_hour().await;
    let refused = waiting.after(2 * HOUR + 1).await.unwrap();
    assert!(
        matches!(&refused, EstateScheduleOutcome::Refused { reason, .. } if reason.contains("no Deployer ran"))
    );
    assert_eq!(waiting.infras().await, 1);
}

#[tokio::test]
async fn a_file_is_scheduled_by_an_administrator_who_is_a_user_and_may_be_withdrawn() {
    let waiting = Waiting::new().await;
    let (chief, wanted) = (waiting.chief(), estate(WANTED));
    let made = plan(&chief, &wanted, &PlanOptions::default()).await.unwrap();
    let secrets = secrets(&wanted);
    let amy = waiting.process("first").acting_as_user(parsed("amy"));
    for (session, at) in [
        (&amy, waiting.at(HOUR)),
        (&waiting.installation.admin(), waiting.at(HOUR)),
        (&chief, waiting.at(0)),
        (&chief, waiting.at(400 * 24 * HOUR)),
    ] {
        session.schedule_estate(&wanted, &made, &secrets, at).await.unwrap_err();
    }
    let nothing = estate("version: 1");
    let empty = plan(&chief, &nothing, &PlanOptions::default()).await.unwrap();
    chief.schedule_estate(&nothing, &empty, &secrets, waiting.at(HOUR)).await.unwrap_err();
    assert!(chief.scheduled_estates().await.unwrap().is_empty());
    assert!(amy.scheduled_estates().await.is_err());
    let waits = waiting.in_an_hour().await;
    amy.unschedule_estate(&waits.id).await.unwrap_err();
    chief.unschedule_estate(&waits.id).await.unwrap();
    chief.unschedule_estate(&waits.id).await.unwrap_err();
    let all = chief.scheduled_estates().await.unwrap();
    let found: Vec<_> = all.iter().map(|it| (it.state(), it.reason())).collect();
    assert_eq!(found, [("withdrawn", Some("`chief` withdrew it"))]);
    let (document, secrets) = kept(&waiting.installation.store).await;
    assert!(!document.contains("dev.example") && secrets == 0, "R13: {document}");
    assert_eq!(waiting.after(2 * HOUR).await, all[0].outcome, "it is never applied");
}

#[tokio::test]
async fn an_id_is_never_given_again() {
    // M16: a late withdrawal hits no other file.
    let waiting = Waiting::new().await;
    let first = waiting.in_an_hour().await;
    waiting.chief().unschedule_estate(&first.id).await.unwrap();
    let second = waiting.in_an_hour().await;
    assert_eq!((&*first.id, &*second.id), ("1", "2"));
    waiting.chief().unschedule_estate(&second.id).await.unwrap();
    // Also when all are forgotten.
    waiting.clock.0.fetch_add(31 * 24 * HOUR, Ordering::SeqCst);
    waiting.process("second").apply_scheduled().await.unwrap();
    assert!(waiting.chief().scheduled_estates().await.unwrap().is_empty());
    assert_eq!(waiting.in_an_hour().await.id, "3");
    waiting.process("second").apply_scheduled().await.unwrap();
    let left = waiting.chief().scheduled_estates().await.unwrap();
    assert_eq!(left.iter().map(|it| &*it.id).collect::<Vec<_>>(), ["3"]);
    let key = Collection::new("estate-schedule").key("2");
    let store = &waiting.installation.store;
    assert!(store.read(&key).await.unwrap().is_none(), "it is removed behind the next one");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_hinders_no_later_one() {
    // M16, R-I9: its id is not given again either.
    let waiting = Waiting::new().await;
    let first = waiting.in_an_hour().await;
    let key = Collection::new("estate-schedule").key("7");
    let newer = serde_json::json!({"format": 9});
    let broken = Commit::new().put(key, Expected::Absent, newer);
    waiting.installation.store.commit(broken).await.unwrap();
    waiting.chief().unschedule_estate(&first.id).await.unwrap();
    assert_eq!(waiting.in_an_hour().await.id, "8");
    waiting.clock.0.fetch_add(31 * 24 * HOUR, Ordering::SeqCst);
    waiting.process("second").apply_scheduled().await.unwrap();
    let left = waiting.chief().scheduled_estates().await.unwrap();
    assert_eq!(left.iter().map(|it| &*it.id).collect::<Vec<_>>(), ["8"]);
}

/// The same, and an update of `churn-dev`.
const DEPLOYED: &str = "\
version: 1
deployments: [{id: churn-dev, project: CHURN, infrastructure: dev, bundle: v2}]
";

/// An hour in which updates may start.
fn nights(cron: &str) -> WindowRequest {
    let recurrence = Recurrence::new(cron, 60, "UTC").unwrap();
    WindowRequest::new(parsed("stage/Development"), parsed("nights"), recurrence, "few users")
}

/// An installation with `churn-dev` and bundle `v2`, in which dana is an administrator: her login is on the nodes.
async fn with_dana() -> (Waiting, DeployerSession) {
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    let accounts = "{version: 1, groups: [{name: chiefs, admin: true}], users: [{login: chief, groups: [chiefs]}, {login: dana, groups: [chiefs]}]}";
    brought(&installation.admin(), accounts, &PlanOptions::default()).await;
    let clock = TestClock(Arc::new(AtomicI64::new(1_800_000_000_000)));
    let waiting = Waiting { installation, clock };
    let chief = waiting.process("first").acting_as_user(parsed("dana"));
    (waiting, chief)
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_interrupted_goes_on_when_its_window_has_closed() {
    // M16, B5: its settings are complete. Its update did not start within the window.
    let (waiting, chief) = with_dana().await;
    chief.add_window(nights("0 22 * * *")).await.unwrap();
    let (wanted, deploys) = (estate(DEPLOYED), PlanOptions::default().with_deploy(true));
    let made = plan(&chief, &wanted, &deploys).await.unwrap();
    let next = ScheduleTime::NextWindow;
    let scheduled = chief.schedule_estate(&wanted, &made, &secrets(&wanted), next).await.unwrap();
    let left = i64::try_from(scheduled.at.millis_since(waiting.clock.now())).unwrap();
    waiting.clock.0.fetch_add(left, Ordering::SeqCst);
    let _ = waiting.dying().apply_scheduled().await;
    let (document, _) = kept(&waiting.installation.store).await;
    assert!(document.contains("begun"), "{document}");
    // The lease of the dead process ends.
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let applied = waiting.after(2 * HOUR).await.unwrap();
    assert!(
        matches!(
            applied,
            EstateScheduleOutcome::Applied { changes: 1, updates: 1, failed_updates: 1, .. }
        ),
        "{applied:?}"
    );
    let settings = chief.deployment_settings(&parsed("churn-dev")).await.unwrap();
    assert_eq!(settings.bundle_id.as_str(), "v2");
    assert!(chief.updates(&parsed("churn-dev")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_is_begun_while_its_user_is_deleted_is_stopped() {
    // M16: nobody says that nothing was written where something may be.
    let waiting = Waiting::new().await;
    let root = waiting.installation.admin();
    let amy =
        root.users().await.unwrap().into_iter().find(|it| it.login.as_str() == "amy").unwrap();
    root.edit_user(&amy.in_groups([parsed("chiefs")])).await.unwrap();
    waiting.in_an_hour().await;
    waiting.clock.0.fetch_add(HOUR, Ordering::SeqCst);
    // It is begun after the deletion has read it.
    let (store, dying) = (MeanwhileStore::new(waiting.installation.store.clone()), waiting.dying());
    store.before_a_commit_of("estate-schedule", async move {
        let _ = dying.apply_scheduled().await;
    });
    let amy = waiting.process_on("first", store.clone()).acting_as_user(parsed("amy"));
    amy.delete_user(&parsed("chief")).await.unwrap();
    assert!(store.is_done());
    let all = amy.scheduled_estates().await.unwrap();
    let found: Vec<_> = all.iter().map(|it| (it.state(), it.reason())).collect();
    let reason = "the user was deleted whose rights it would have had";
    assert_eq!(found, [("stopped", Some(reason))]);
}

#[tokio::test]
async fn a_file_is_applied_in_the_next_window_of_what_it_updates() {
    // M16, B5
    let (waiting, chief) = with_dana().await;
    let opens = Timestamp::parse("2027-01-15T22:00:00Z").unwrap();
    let wanted = estate(DEPLOYED);
    chief.add_window(nights("0 22 * * *")).await.unwrap();
    let only_settings = plan(&chief, &wanted, &PlanOptions::default()).await.unwrap();
    assert_eq!(only_settings.blockers().count(), 0, "settings may change at any time");
    let notes = only_settings.notes().iter().map(|it| it.hint.as_str());
    let hints: Vec<_> = notes.filter(|hint| hint.contains("break the glass")).collect();
    let expected =
        "its update can start from 2027-01-15T22:00:00Z on; break the glass if it cannot wait";
    assert_eq!(hints, [expected]);
    let (secrets, next) = (secrets(&wanted), ScheduleTime::NextWindow);
    let refused = chief.schedule_estate(&wanted, &only_settings, &secrets, next).await.unwrap_err();
    assert!(refused.to_string().contains("starts no updates"), "{refused}");
    let deploys = PlanOptions::default().with_deploy(true);
    let made = plan(&chief, &wanted, &deploys).await.unwrap();
    let blockers: Vec<_> = made.blockers().map(|it| format!("{}; {}", it.what, it.hint)).collect();
    assert!(matches!(&*blockers, [one] if one.contains("2027-01-15T22:00:00Z")), "{blockers:?}");
    assert!(blockers[0].contains("break the glass"), "{blockers:?}");
    assert_eq!(made.lasting_blockers().count(), 0, "at another time nothing prevents it");
    let early = chief.schedule_estate(&wanted, &made, &secrets, waiting.at(HOUR)).await;
    assert_eq!(early.unwrap_err().code(), "outside-window");
    let scheduled = chief.schedule_estate(&wanted, &made, &secrets, next).await.unwrap();
    assert_eq!(scheduled.at, opens);
    assert_eq!(waiting.after(HOUR).await, None);
    let left = i64::try_from(opens.millis_since(waiting.clock.now())).unwrap();
    let applied = waiting.after(left).await.unwrap();
    assert!(
        matches!(applied, EstateScheduleOutcome::Applied { updates: 1, failed_updates: 0, .. }),
        "{applied:?}"
    );
    // A window that has moved refuses it.
    let back = DEPLOYED.replace("v2", "v1");
    let back = estate(&back);
    waiting.clock.0.fetch_add(2 * HOUR, Ordering::SeqCst);
    let made = plan(&chief, &back, &deploys).await.unwrap();
    let scheduled = chief.schedule_estate(&back, &made, &secrets, next).await.unwrap();
    chief.add_window(nights("0 23 * * *")).await.unwrap();
    let left = i64::try_from(scheduled.at.millis_since(waiting.clock.now())).unwrap();
    waiting.clock.0.fetch_add(left, Ordering::SeqCst);
    waiting.process("second").apply_scheduled().await.unwrap();
    let all = waiting.chief().scheduled_estates().await.unwrap();
    let outcome = all.into_iter().find(|it| it.id == scheduled.id).unwrap().outcome;
    let Some(EstateScheduleOutcome::Refused { reason, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(reason.contains("`nights`"), "{reason}");
}
