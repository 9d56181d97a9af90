//! M7: maintenance of an infrastructure, a stage, and everything, under the rights of callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use project_deployer::maintenance::{MaintenanceRequest, MaintenanceScope};
use project_deployer::{Clock, Deployer, DeployerError, DeployerSession};
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::{Collection, Commit, Expected, Store as _};

use crate::installation::{Installation, dana, parsed};

/// A clock that a test sets.
#[derive(Debug, Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

fn churn_dev() -> DeploymentId {
    parsed("churn-dev")
}

fn on(scope: &str) -> MaintenanceRequest {
    MaintenanceRequest::new(parsed(scope), "the disk is replaced")
}

async fn refused(session: &DeployerSession) -> DeployerError {
    session.start_update(&churn_dev()).await.unwrap_err()
}

#[tokio::test]
async fn updates_and_deletions_are_refused_with_who_why_and_until_when_and_go_on_after_the_end() {
    // A11, M7
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::default();
    clock.0.store(1_767_225_600_000, Ordering::SeqCst);
    let deployer = Deployer::builder(installation.fleet.clone())
        .clock(clock.clone())
        .on(installation.store.clone(), installation.archive.clone());
    let (admin, dana) =
        (deployer.acting_as(Caller::administrator(parsed("root"))), deployer.acting_as(dana()));
    let ends = Timestamp::from_millis(1_767_225_601_000);
    for scope in ["infrastructure/dev", "stage/Development", "everything"] {
        admin.start_maintenance(on(scope).with_until(Some(ends))).await.unwrap();
        let bundle = parsed("v1");
        let deleted = dana.delete_deployment(&churn_dev()).await.unwrap_err();
        let moved = dana.update_to(&churn_dev(), &bundle, Warnings::AsErrors).await.unwrap_err();
        for error in [refused(&dana).await, deleted, moved] {
            assert_eq!(error.code(), "in-maintenance");
            let text = error.to_string();
            for part in ["root", "the disk is replaced", "until 2026-01-01T00:00:01Z"] {
                assert!(text.contains(part), "{text}");
            }
        }
        let board = dana.board().await.unwrap();
        let shown = &board.stages[0].maintenance;
        assert_eq!(shown[0].scope.to_string(), scope);
        assert!(board.to_string().contains("is in maintenance: the disk is replaced"), "{board}");
        admin.end_maintenance(&parsed(scope)).await.unwrap();
        assert_eq!(dana.maintenances().await.unwrap(), []);
    }
    admin.start_maintenance(on("everything").with_until(Some(ends))).await.unwrap();
    clock.0.store(ends.as_millis(), Ordering::SeqCst);
    assert_eq!(dana.maintenances().await.unwrap(), [], "it has ended by itself");
    let task = dana.start_update(&churn_dev()).await.unwrap();
    assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success);
}

#[tokio::test]
async fn administrators_of_an_infrastructure_start_that_of_the_infrastructure_only() {
    // M7
    let installation = Installation::new().await.with_deployment().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let owner = installation.member("olga", &["owners"]);
    owner.start_maintenance(on("infrastructure/dev")).await.unwrap();
    for scope in ["stage/Development", "everything"] {
        let refused = owner.start_maintenance(on(scope)).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden", "{scope}");
    }
    let (dana, nobody) = (installation.dana(), installation.member("mallory", &[]));
    let start = |session: DeployerSession| async move {
        session.start_maintenance(on("infrastructure/dev")).await.unwrap_err().code()
    };
    assert_eq!(start(dana.clone()).await, "forbidden", "who deploys sees it and does not end it");
    assert_eq!(start(nobody.clone()).await, "not-found");
    let scope: MaintenanceScope = parsed("infrastructure/dev");
    assert_eq!(dana.end_maintenance(&scope).await.unwrap_err().code(), "forbidden");
    assert_eq!(dana.maintenances().await.unwrap().len(), 1);
    assert_eq!(nobody.maintenances().await.unwrap(), [], "R-P2");
    owner.end_maintenance(&scope).await.unwrap();
    assert_eq!(owner.end_maintenance(&scope).await.unwrap_err().code(), "not-found");
    let absent = installation.admin().start_maintenance(on("stage/Absent")).await.unwrap_err();
    assert_eq!(absent.code(), "not-found");
}

#[tokio::test]
async fn an_update_that_runs_goes_on() {
    // M7
    let installation = Installation::new().await.with_deployment().await;
    let dana = installation.dana();
    let task = dana.start_update(&churn_dev()).await.unwrap();
    installation.admin().start_maintenance(on("everything")).await.unwrap();
    assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success);
    assert_eq!(refused(&dana).await.code(), "in-maintenance");
}

#[tokio::test]
async fn a_maintenance_moves_with_its_stage_and_goes_with_its_infrastructure() {
    // M7
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    admin.start_maintenance(on("stage/Development")).await.unwrap();
    admin.start_maintenance(on("infrastructure/prod")).await.unwrap();
    admin.rename_stage(&parsed("Development"), &parsed("Lab")).await.unwrap();
    admin.delete_infra(&parsed("prod")).await.unwrap();
    let scopes: Vec<_> =
        admin.maintenances().await.unwrap().iter().map(|it| it.scope.to_string()).collect();
    assert_eq!(scopes, ["stage/Lab"]);
    admin.delete_infra(&parsed("dev")).await.unwrap();
    admin.remove_stage(&parsed("Lab")).await.unwrap();
    assert_eq!(admin.maintenances().await.unwrap(), []);
}

#[tokio::test]
async fn an_infrastructure_leaves_a_stage_in_maintenance_only_by_a_global_administrator() {
    // M7: its administrators would step around the maintenance.
    let installation = Installation::new().await.with_deployment().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let (admin, olga) = (installation.admin(), installation.member("olga", &["owners"]));
    let mut moved = olga.infra_settings(&parsed("dev")).await.unwrap();
    moved.stage = parsed("Production");
    admin.start_maintenance(on("stage/Development")).await.unwrap();
    let error = olga.save_infra_settings(&moved).await.unwrap_err().to_string();
    for part in ["`dev` may not leave stage `Development`", "is in maintenance"] {
        assert!(error.contains(part), "{error}");
    }
    admin.save_infra_settings(&moved).await.unwrap();
    admin.end_maintenance(&parsed("stage/Development")).await.unwrap();
    olga.save_infra_settings(&moved).await.unwrap();
}

#[tokio::test]
async fn a_start_that_races_with_a_maintenance_is_refused_or_was_first() {
    // M7
    let installation = Installation::new().await.with_deployment().await;
    let stale = installation.another_deployer("second");
    let dana = stale.acting_as(dana());
    let (admin, id) = (installation.admin(), churn_dev());
    let (begun, started) =
        tokio::join!(dana.start_update(&id), admin.start_maintenance(on("everything")));
    started.unwrap();
    match begun {
        Ok(task) => assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success),
        Err(error) => {
            assert!(["in-maintenance", "changed-meanwhile"].contains(&error.code()), "{error}");
        }
    }
    assert_eq!(refused(&dana).await.code(), "in-maintenance");
    assert!(matches!(on("everything").scope, MaintenanceScope::Everything));
}

#[tokio::test]
async fn a_maintenance_that_cannot_be_read_refuses_updates_of_its_scope_alone_and_can_be_ended() {
    // M7, M3
    let installation = Installation::new().await.with_deployment().await;
    installation.deploy("churn-prod", "prod", "v1").await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let (admin, dana) = (installation.admin(), installation.dana());
    let owner = installation.member("olga", &["owners"]);
    admin.start_maintenance(on("infrastructure/dev")).await.unwrap();
    let broken = async || {
        let key = Collection::new("maintenance").key("infrastructure/prod");
        let body = serde_json::json!({"format": 9});
        let commit = Commit::new().put(key, Expected::Any, body);
        installation.store.commit(commit).await.unwrap();
    };
    broken().await;
    let prod: MaintenanceScope = parsed("infrastructure/prod");
    let cause = async |session: &DeployerSession| {
        let error = session.start_update(&parsed("churn-prod")).await.unwrap_err();
        format!("{error}: {}", std::error::Error::source(&error).unwrap())
    };
    let (whole, part) = (cause(&admin).await, cause(&dana).await);
    assert!(whole.contains("maintenance/infrastructure/prod"), "{whole}");
    assert!(part.contains("those who may end it see why"), "not for everybody: {part}");
    assert_eq!(refused(&dana).await.code(), "in-maintenance", "the other one is read");
    for session in [&admin, &dana, &owner] {
        assert_eq!(session.maintenances().await.unwrap().len(), 1);
    }
    dana.board().await.unwrap();
    let unreadable = admin.unreadable_maintenances().await.unwrap();
    assert_eq!((unreadable.len(), &unreadable[0].scope), (1, &prod));
    for session in [&dana, &owner] {
        assert_eq!(session.unreadable_maintenances().await.unwrap(), [], "it may not end it");
    }
    admin.rename_stage(&parsed("Development"), &parsed("Lab")).await.unwrap();
    assert_eq!(dana.end_maintenance(&prod).await.unwrap_err().code(), "forbidden");
    admin.end_maintenance(&prod).await.unwrap();
    assert_eq!(admin.end_maintenance(&prod).await.unwrap_err().code(), "not-found");
    let task = dana.start_update(&parsed("churn-prod")).await.unwrap();
    assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success);
    broken().await;
    admin.start_maintenance(on("infrastructure/prod")).await.unwrap();
    assert_eq!(admin.maintenances().await.unwrap().len(), 2, "a new one takes its place");
    assert_eq!(admin.unreadable_maintenances().await.unwrap(), []);
}
