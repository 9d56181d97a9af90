//! B5, M16: windows of an infrastructure, a stage, and everything, under the rights of callers.

mod queued;
mod race;
mod unreadable;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use project_deployer::audit::{AuditFilter, AuditOutcome};
use project_deployer::schedule::{ScheduleOutcome, ScheduleTime};
use project_deployer::windows::{Recurrence, WindowEffect, WindowRequest};
use project_deployer::{Clock, Deployer, DeployerError, DeployerSession};
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, Timestamp};

use crate::installation::{Installation, dana, parsed};

/// A clock that a test sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn at(text: &str) -> Self {
        let hand = Self::default();
        hand.set(text);
        hand
    }

    pub(crate) fn set(&self, text: &str) {
        self.0.store(at(text).as_millis(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) const NOON: &str = "2026-11-30T12:00:00Z";
pub(crate) const NIGHT: &str = "2026-11-30T22:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn churn_dev() -> DeploymentId {
    parsed("churn-dev")
}

/// Eight hours from ten on, every night.
pub(crate) fn nights(scope: &str) -> WindowRequest {
    let recurrence = Recurrence::new("0 22 * * *", 480, "UTC").unwrap();
    WindowRequest::new(parsed(scope), parsed("nights"), recurrence, "few users")
}

fn freeze(scope: &str) -> WindowRequest {
    let recurrence = Recurrence::new("0 0 * * *", 1440, "UTC").unwrap();
    let request = WindowRequest::new(parsed(scope), parsed("freeze"), recurrence, "audit week");
    request.with_effect(WindowEffect::Deny)
}

pub(crate) fn on(installation: &Installation, clock: &Hand) -> Deployer {
    Deployer::builder(installation.fleet.clone())
        .clock(clock.clone())
        .on(installation.store.clone(), installation.archive.clone())
}

pub(crate) fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("root")))
}

async fn refused(session: &DeployerSession) -> DeployerError {
    session.start_update(&churn_dev()).await.unwrap_err()
}

async fn succeeds(session: &DeployerSession) {
    let task = session.start_update(&churn_dev()).await.unwrap();
    assert_eq!(session.wait(&task).await.unwrap().status, UpdateStatus::Success);
}

#[tokio::test]
async fn updates_outside_the_windows_are_refused_with_the_next_opening_and_start_within() {
    // B5
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::at(NOON);
    let deployer = on(&installation, &clock);
    let (admin, dana) = (admin(&deployer), deployer.acting_as(dana()));
    for scope in ["infrastructure/dev", "stage/Development", "everything"] {
        admin.add_window(nights(scope)).await.unwrap();
        let moved = dana.update_to(&churn_dev(), &parsed("v1"), Warnings::AsErrors).await;
        for error in [refused(&dana).await, moved.unwrap_err()] {
            assert_eq!(error.code(), "outside-window");
            let text = error.to_string();
            for part in ["`nights`", "few users", "wait until 2026-11-30T22:00:00Z"] {
                assert!(text.contains(part), "{text}");
            }
        }
        let seen = dana.infra_windows(&parsed("dev")).await.unwrap();
        assert_eq!(seen.opens, Some(at(NIGHT)));
        assert_eq!(seen.refused.unwrap().scope, parsed(scope));
        assert_eq!(seen.sets.len(), 1);
        admin.remove_window(&parsed(scope), &parsed("nights")).await.unwrap();
        assert_eq!(dana.windows().await.unwrap(), []);
    }
    admin.add_window(nights("stage/Development")).await.unwrap();
    clock.set(NIGHT);
    succeeds(&dana).await;
    let seen = dana.infra_windows(&parsed("dev")).await.unwrap();
    assert_eq!((seen.refused, seen.opens), (None, Some(at(NIGHT))));
    admin.add_window(freeze("infrastructure/dev")).await.unwrap();
    let error = refused(&dana).await.to_string();
    assert!(error.contains("`freeze`") && error.contains("no time at which"), "{error}");
    dana.delete_deployment(&churn_dev()).await.unwrap();
}

#[tokio::test]
async fn administrators_of_an_infrastructure_change_its_windows_and_see_no_others() {
    // B5, R-P2
    let installation = Installation::new().await.with_deployment().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let owner = installation.member("olga", &["owners"]);
    let own = "infrastructure/dev";
    owner.add_window(nights(own)).await.unwrap();
    installation.admin().add_window(freeze("infrastructure/prod")).await.unwrap();
    for scope in ["stage/Development", "everything"] {
        assert_eq!(
            owner.add_window(nights(scope)).await.unwrap_err().code(),
            "forbidden",
            "{scope}"
        );
    }
    let (dana, nobody) = (installation.dana(), installation.member("mallory", &[]));
    assert_eq!(dana.add_window(nights(own)).await.unwrap_err().code(), "forbidden");
    assert_eq!(nobody.add_window(nights(own)).await.unwrap_err().code(), "not-found");
    let remove = |session: DeployerSession| async move {
        let removed = session.remove_window(&parsed(own), &parsed("nights")).await;
        removed.unwrap_err().code()
    };
    assert_eq!(remove(dana.clone()).await, "forbidden");
    assert_eq!(remove(nobody.clone()).await, "not-found");
    let scopes = |sets: Vec<project_deployer::windows::WindowSet>| {
        sets.iter().map(|set| set.scope.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(scopes(owner.windows().await.unwrap()), [own]);
    assert_eq!(scopes(dana.windows().await.unwrap()), [own, "infrastructure/prod"]);
    assert_eq!(scopes(nobody.windows().await.unwrap()), [""; 0]);
    let hidden = owner.infra_windows(&parsed("prod")).await.unwrap_err();
    assert_eq!(hidden.code(), "not-found");
    owner.remove_window(&parsed(own), &parsed("nights")).await.unwrap();
    let again = owner.remove_window(&parsed(own), &parsed("nights")).await.unwrap_err();
    assert!(again.to_string().contains("no window `nights of infrastructure/dev`"), "{again}");
    let absent = installation.admin().add_window(nights("stage/Absent")).await.unwrap_err();
    assert_eq!(absent.code(), "not-found");
}

#[tokio::test]
async fn an_infrastructure_leaves_a_stage_that_has_windows_only_by_a_global_administrator() {
    // B5: its administrators would step around the windows of the stage, at once or when they close.
    let installation = Installation::new().await.with_deployment().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let clock = Hand::at(NOON);
    let deployer = on(&installation, &clock);
    let root = admin(&deployer);
    let olga = Caller::new(parsed("olga")).in_groups([parsed("owners")]);
    let olga = deployer.acting_as(olga);
    let old = olga.infra_settings(&parsed("dev")).await.unwrap();
    let mut moved = old.clone();
    moved.stage = parsed("Production");
    // Into a stage with windows, which narrow what it may do, and not out of it.
    root.add_window(nights("stage/Production")).await.unwrap();
    olga.save_infra_settings(&moved).await.unwrap();
    for time in [NOON, NIGHT] {
        clock.set(time);
        let error = olga.save_infra_settings(&old).await.unwrap_err().to_string();
        for part in ["`dev` may not leave stage `Production`", "administrator of the Deployer"] {
            assert!(error.contains(part), "{time}: {error}");
        }
    }
    olga.save_infra_settings(&moved).await.unwrap();
    root.save_infra_settings(&old).await.unwrap();
    let edits = AuditFilter::default().with_action(Some("edit".to_owned()));
    let page = root.audit(&edits, None, 1).await.unwrap();
    let record = &page.entries[0].record;
    assert_eq!(record.before.as_ref().unwrap()["stage"], "Production", "the audit has the move");
    assert_eq!(record.after.as_ref().unwrap()["stage"], "Development");
    root.remove_window(&parsed("stage/Production"), &parsed("nights")).await.unwrap();
    olga.save_infra_settings(&moved).await.unwrap();
    olga.save_infra_settings(&old).await.unwrap();
}

/// The change of the last update that was started.
async fn last_start(admin: &DeployerSession) -> Option<serde_json::Value> {
    let starts = AuditFilter::default().with_action(Some("update".to_owned()));
    let starts = starts.with_outcome(Some(AuditOutcome::Done));
    let page = admin.audit(&starts, None, 1).await.unwrap();
    page.entries.first().and_then(|entry| entry.record.after.clone())
}

#[tokio::test]
async fn an_administrator_breaks_the_glass_with_a_reason_that_the_audit_keeps() {
    // B5
    let installation = Installation::new().await.with_deployment().await;
    let both = InfraGrant::new(parsed("chiefs"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(both)).await;
    let clock = Hand::at(NOON);
    let deployer = on(&installation, &clock);
    let root = admin(&deployer);
    root.add_window(nights("stage/Development")).await.unwrap();
    let glass = |session: &DeployerSession| session.breaking_glass("the model harms customers");
    let dana = deployer.acting_as(dana());
    assert_eq!(refused(&glass(&dana)).await.code(), "forbidden", "who only deploys");
    let nobody = deployer.acting_as(Caller::new(parsed("mallory")));
    assert_eq!(refused(&glass(&nobody)).await.code(), "not-found");
    assert_eq!(refused(&root.breaking_glass(" ")).await.code(), "not-possible", "no reason");
    let chief = dana.caller().await.unwrap();
    let chief = chief.in_groups([parsed("deployers"), parsed("chiefs")]);
    let chief = deployer.acting_as(chief);
    assert_eq!(refused(&chief).await.code(), "outside-window", "without the word");
    succeeds(&glass(&chief)).await;
    let after = last_start(&root).await.unwrap();
    assert_eq!(after["breakGlass"]["reason"], "the model harms customers");
    let why = after["breakGlass"]["refused"].as_str().unwrap();
    assert!(why.contains("stage `Development`") && why.contains("`nights`"), "{why}");
    clock.set(NIGHT);
    succeeds(&glass(&chief)).await;
    // It would have passed over a window that closes in the queue.
    let after = last_start(&root).await.unwrap();
    let unneeded = serde_json::json!({"reason": "the model harms customers", "refused": null});
    assert_eq!(after["breakGlass"], unneeded);
    succeeds(&chief).await;
    assert_eq!(last_start(&root).await.unwrap().get("breakGlass"), None);
    // Nothing else is passed over.
    let everything =
        project_deployer::maintenance::MaintenanceRequest::new(parsed("everything"), "x");
    root.start_maintenance(everything).await.unwrap();
    assert_eq!(refused(&glass(&root)).await.code(), "in-maintenance");
}

#[tokio::test]
async fn windows_move_with_their_stage_and_go_with_their_infrastructure() {
    // B5
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    admin.add_window(nights("stage/Development")).await.unwrap();
    admin.add_window(nights("infrastructure/prod")).await.unwrap();
    admin.rename_stage(&parsed("Development"), &parsed("Lab")).await.unwrap();
    admin.delete_infra(&parsed("prod")).await.unwrap();
    let sets = admin.windows().await.unwrap();
    assert_eq!(sets.len(), 1);
    assert_eq!(sets[0].scope, parsed("stage/Lab"));
    let again = admin.add_window(nights("infrastructure/prod")).await.unwrap_err();
    assert_eq!(again.code(), "not-found");
    admin.delete_infra(&parsed("dev")).await.unwrap();
    admin.remove_stage(&parsed("Lab")).await.unwrap();
    assert_eq!(admin.windows().await.unwrap(), []);
}

#[tokio::test]
async fn a_window_takes_the_place_of_one_of_its_name_and_there_are_twenty_at_most() {
    // B5
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    for number in 0..20 {
        let mut request = nights("infrastructure/dev");
        request.name = parsed(&format!("w{number}"));
        admin.add_window(request.clone()).await.unwrap();
        admin.add_window(request).await.unwrap();
    }
    let error = admin.add_window(nights("infrastructure/dev")).await.unwrap_err();
    assert!(error.to_string().contains("has 20 windows"), "{error}");
    let mut never = nights("infrastructure/prod");
    never.recurrence = Recurrence::new("0 0 30 2 *", 60, "UTC").unwrap();
    let error = admin.add_window(never).await.unwrap_err();
    assert!(error.to_string().contains("never opens"), "{error}");
    assert_eq!(admin.windows().await.unwrap()[0].windows.len(), 20);
    assert_eq!(admin.windows().await.unwrap().len(), 1);
}

/// Dana as a user of the Deployer, who may schedule.
async fn user(installation: &Installation, deployer: &Deployer) -> DeployerSession {
    let group = Group::new(parsed("deployers"));
    installation.admin().create_group(&group).await.unwrap();
    let dana = User::new(parsed("dana"), SourceType::Local).in_groups([parsed("deployers")]);
    installation.admin().create_user(&dana).await.unwrap();
    deployer.acting_as_user(parsed("dana"))
}

async fn outcome(deployer: &Deployer, session: &DeployerSession) -> Option<ScheduleOutcome> {
    deployer.start_scheduled().await.unwrap();
    session.scheduled_updates().await.unwrap().into_iter().next().and_then(|found| found.outcome)
}

#[tokio::test(start_paused = true)]
async fn an_update_is_scheduled_for_the_next_window_and_starts_when_it_opens() {
    // B5, M16
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::at(NOON);
    let deployer = on(&installation, &clock);
    let dana = user(&installation, &deployer).await;
    let admin = admin(&deployer);
    admin.add_window(nights("stage/Development")).await.unwrap();
    let closed = dana.schedule_update(&churn_dev(), at("2026-11-30T15:00:00Z")).await.unwrap_err();
    assert_eq!(closed.code(), "outside-window", "a time at which it would be refused");
    let text = closed.to_string();
    for part in ["may not start at 2026-11-30T15:00:00Z", "name 2026-11-30T22:00:00Z or a later"] {
        assert!(text.contains(part) && !text.contains("glass"), "{text}");
    }
    let scheduled = dana.schedule_update(&churn_dev(), ScheduleTime::NextWindow).await.unwrap();
    assert_eq!(scheduled.at, at(NIGHT));
    clock.set("2026-11-30T21:59:59Z");
    assert_eq!(outcome(&deployer, &dana).await, None);
    clock.set(NIGHT);
    let done = outcome(&deployer, &dana).await;
    assert!(matches!(done, Some(ScheduleOutcome::Started { .. })), "{done:?}");
    let last = dana.last_update(&churn_dev()).await.unwrap();
    assert_eq!(last.start_timestamp, at(NIGHT));
}

#[tokio::test(start_paused = true)]
async fn without_a_closed_window_the_next_one_is_now() {
    // B5, M16
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::at(NOON);
    let deployer = on(&installation, &clock);
    let dana = user(&installation, &deployer).await;
    let scheduled = dana.schedule_update(&churn_dev(), ScheduleTime::NextWindow).await.unwrap();
    assert_eq!(scheduled.at, at(NOON));
    let done = outcome(&deployer, &dana).await;
    assert!(matches!(done, Some(ScheduleOutcome::Started { .. })), "{done:?}");
    admin(&deployer).add_window(freeze("everything")).await.unwrap();
    let never = dana.schedule_update(&churn_dev(), ScheduleTime::NextWindow).await.unwrap_err();
    assert!(never.to_string().contains("within a year"), "{never}");
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_update_whose_window_has_moved_is_refused_with_the_reason() {
    // B5, M16
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::at(NOON);
    let deployer = on(&installation, &clock);
    let dana = user(&installation, &deployer).await;
    let admin = admin(&deployer);
    admin.add_window(nights("infrastructure/dev")).await.unwrap();
    dana.schedule_update(&churn_dev(), ScheduleTime::NextWindow).await.unwrap();
    let mut moved = nights("infrastructure/dev");
    moved.recurrence = Recurrence::new("0 23 * * *", 60, "UTC").unwrap();
    admin.add_window(moved).await.unwrap();
    clock.set(NIGHT);
    match outcome(&deployer, &dana).await {
        Some(ScheduleOutcome::Refused { reason, .. }) => {
            assert!(reason.contains("`nights`") && reason.contains("23:00:00Z"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(dana.updates(&churn_dev()).await.unwrap().len(), 0);
}
