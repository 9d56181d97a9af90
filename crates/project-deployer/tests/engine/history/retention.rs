//! What retention removes, and that nothing is left of it.

use std::time::Duration;

use project_deployer::history::{HistoryRetention, HistoryTrim};
use project_deployer::state_admin::{FaultKind, Progress, State, verify};
use project_deployer::{Clock, Deployer, DeployerError};
use project_deployer_client::prelude::*;
use project_deployer_core::Timestamp;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{FailingStore, FailureMode, Maintenance as _, Store as _};

use super::{all, another, create, delete, entries, of};
use crate::installation::{Installation, entries_of_updates, parsed};

#[derive(Debug)]
struct FixedClock(Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn newest(number: usize) -> HistoryRetention {
    HistoryRetention::default().with_per_deployment(Some(number))
}

/// A process that keeps this much.
fn keeping(installation: &Installation, retention: HistoryRetention) -> Deployer {
    another(installation, |builder| builder.history_retention(retention))
}

async fn starts(installation: &Installation, id: &str) -> Vec<Timestamp> {
    let found = entries(&installation.admin(), &of(id)).await;
    found.iter().map(|entry| entry.start).collect()
}

/// No document names what does not exist, and no journal is left over.
async fn whole(installation: &Installation) {
    let state = State::of(installation.store.clone(), installation.archive.clone(), "memory");
    let found = verify(&state, Progress::silent()).await.unwrap();
    assert_eq!(found.faults, []);
    let history = entries(&installation.admin(), &all()).await.len() as u64;
    let audit = count(installation, "audit-day").await;
    assert_eq!(found.journals, history + audit, "each entry has its journal, and no other is left");
}

async fn count(installation: &Installation, kind: &str) -> u64 {
    let inventory = installation.store.inventory().await.unwrap();
    let found = inventory.documents.into_iter().find(|(found, _)| found.name() == kind);
    found.map_or(0, |(_, count)| count)
}

#[tokio::test]
async fn the_oldest_ones_go_with_all_that_belongs_to_them() {
    let installation = Installation::new().await.with_deployment().await;
    for _ in 0..5 {
        installation.update("churn-dev").await;
    }
    let before = starts(&installation, "churn-dev").await;
    let trimmed = keeping(&installation, newest(2)).trim_history().await.unwrap();
    assert_eq!((trimmed.examined, trimmed.removed, trimmed.failed), (5, 3, 0));
    assert_eq!(starts(&installation, "churn-dev").await, before[..2]);
    for kind in ["update", "task", "history", "deployment-history"] {
        assert_eq!(count(&installation, kind).await, 2, "{kind}");
    }
    whole(&installation).await;
    let dana = installation.dana();
    assert_eq!(dana.updates(&parsed("churn-dev")).await.unwrap().len(), 2);
    assert!(dana.last_update(&parsed("churn-dev")).await.unwrap().logs.is_some());
    let again = keeping(&installation, newest(2)).trim_history().await.unwrap();
    assert_eq!((again.examined, again.removed), (2, 0));
}

#[tokio::test]
async fn a_deployment_keeps_its_last_success_and_its_last_update() {
    let installation = Installation::new().await.with_deployment().await;
    for _ in 0..2 {
        installation.update("churn-dev").await;
    }
    // The node does not know this user any more.
    installation.change_infra("dev", |infra| infra.deploy_as_user = Some(parsed("nobody"))).await;
    for _ in 0..3 {
        assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Failed);
    }
    let before = starts(&installation, "churn-dev").await;
    let none = newest(0).with_age(Some(Duration::ZERO));
    keeping(&installation, none).trim_history().await.unwrap();
    assert_eq!(starts(&installation, "churn-dev").await, [before[0], before[3]]);
    whole(&installation).await;
    assert_eq!(
        installation.dana().last_update(&parsed("churn-dev")).await.unwrap().status,
        UpdateStatus::Failed
    );

    delete(&installation, "churn-dev").await;
    keeping(&installation, none).trim_history().await.unwrap();
    assert_eq!(starts(&installation, "churn-dev").await, []);
    whole(&installation).await;
    assert_eq!(entries_of_updates(&installation.store).await, 0);
}

#[tokio::test]
async fn what_is_older_than_the_age_goes() {
    let installation = Installation::new().await.with_deployment().await;
    let at = |millis| {
        another(&installation, |builder| {
            builder.clock(FixedClock(Timestamp::from_millis(millis))).history_retention(
                HistoryRetention::default().with_age(Some(Duration::from_millis(10))),
            )
        })
    };
    for millis in [1000, 1005, 1010] {
        let root = at(millis).acting_as(Caller::administrator(parsed("root")));
        let dana = at(millis).acting_as(crate::installation::dana());
        let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
        root.wait(&task).await.unwrap();
    }
    assert_eq!(at(1010).trim_history().await.unwrap().removed, 0);
    assert_eq!(at(1015).trim_history().await.unwrap().removed, 1);
    let left = starts(&installation, "churn-dev").await;
    assert_eq!(left, [1010, 1005].map(Timestamp::from_millis));
}

#[tokio::test]
async fn an_update_of_a_new_deployment_with_the_same_start_is_not_the_old_one() {
    // The clock was set back between two deployments of one id.
    let installation = Installation::new().await.with_deployment().await;
    let stopped = another(&installation, |builder| {
        builder.clock(FixedClock(Timestamp::from_millis(7))).history_retention(newest(0))
    });
    let dana = stopped.acting_as(crate::installation::dana());
    for again in [false, true] {
        if again {
            delete(&installation, "churn-dev").await;
            create(&installation, "churn-dev").await;
        }
        let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
        assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success);
    }
    assert_eq!(starts(&installation, "churn-dev").await.len(), 2);
    assert_eq!(stopped.trim_history().await.unwrap().removed, 1);
    let [left] = &entries(&dana, &all()).await[..] else { panic!() };
    assert!(left.deployment_exists);
    assert_eq!(dana.updates(&parsed("churn-dev")).await.unwrap().len(), 1);
    whole(&installation).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_runs_is_never_removed() {
    let installation = Installation::new().await.with_deployment().await;
    let dana = installation.dana();
    let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
    let keeping = keeping(&installation, newest(0));
    assert_eq!(keeping.trim_history().await.unwrap().removed, 0);
    assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success);
    whole(&installation).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_it_removes_leaves_nothing_in_part() {
    // R2: more than two commits are needed.
    for mode in (0..3).flat_map(|commit| [FailureMode::Before(commit), FailureMode::After(commit)])
    {
        let installation = Installation::new().await.with_deployment().await;
        for _ in 0..120 {
            installation.update("churn-dev").await;
        }
        let view = FailingStore::new(installation.store.clone(), mode);
        let dying = Deployer::builder(installation.fleet.clone())
            .history_retention(newest(2))
            .on(view, installation.archive.clone());
        let _ = dying.trim_history().await;
        whole(&installation).await;
        let second = keeping(&installation, newest(2));
        assert!(
            matches!(second.trim_history().await, Err(DeployerError::NotPossible { .. })),
            "{mode:?}"
        );
        // Longer than the lease of the dead process.
        tokio::time::sleep(Duration::from_secs(600)).await;
        second.trim_history().await.unwrap();
        assert_eq!(starts(&installation, "churn-dev").await.len(), 2, "{mode:?}");
        whole(&installation).await;
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_stays_and_stops_no_other() {
    let installation = Installation::new().await.with_deployment().await;
    for _ in 0..3 {
        installation.update("churn-dev").await;
    }
    let oldest = entries(&installation.admin(), &all()).await.pop().unwrap();
    let key = project_deployer_store::Collection::new("deployment-history")
        .key(format!("churn-dev/{}", oldest.id));
    let broken = project_deployer_store::Commit::new().put(
        key,
        project_deployer_store::Expected::Any,
        serde_json::json!({"format": 9}),
    );
    installation.store.commit(broken).await.unwrap();
    let HistoryTrim { examined, removed, failed, .. } =
        keeping(&installation, newest(1)).trim_history().await.unwrap();
    assert_eq!((examined, removed, failed), (3, 1, 1));
    let state = State::of(installation.store.clone(), installation.archive.clone(), "memory");
    let faults = verify(&state, Progress::silent()).await.unwrap().faults;
    assert_eq!(faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Document]);
}

#[tokio::test(start_paused = true)]
async fn one_process_at_a_time_trims() {
    let installation = Installation::racing().await.with_deployment().await;
    for _ in 0..4 {
        installation.update("churn-dev").await;
    }
    let racing = || {
        let view = project_deployer_store::PacedStore::yielding(installation.store.clone());
        Deployer::builder(installation.fleet.clone())
            .history_retention(newest(1))
            .on(view, installation.archive.clone())
    };
    let (one, other) = (racing(), racing());
    let both = futures::join!(one.trim_history(), other.trim_history());
    let removed: u64 =
        [&both.0, &both.1].into_iter().flatten().map(|trimmed| trimmed.removed).sum();
    assert_eq!(removed, 3, "{both:?}");
    assert!(both.0.is_err() || both.1.is_err(), "{both:?}");
    whole(&installation).await;
}
