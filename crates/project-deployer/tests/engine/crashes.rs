//! A deployer that dies at any commit of an update, before or after it was written.

use std::time::Duration;

use project_deployer_client::{AutomationNode as _, Operation, ProjectDeployer as _};
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{FailingStore, FailureMode, MemoryStore};

use crate::world::{World, churn, dana, parsed};

/// The commits that the preparation of the world takes, and one whole run.
async fn commits() -> (usize, usize) {
    let inner = MemoryStore::new();
    let store = FailingStore::new(inner.clone(), FailureMode::Before(usize::MAX));
    let world = World::on(store.clone(), inner).await.with_deployment().await;
    let prepared = store.commits();
    world.update("churn-dev").await;
    (prepared, store.commits())
}

/// Runs an update on a deployer that dies, then another deployer on the same state.
async fn dies_and_is_resumed(mode: FailureMode) {
    let inner = MemoryStore::new();
    let world = World::on(FailingStore::new(inner.clone(), mode), inner).await;
    let world = world.with_deployment().await;
    let began = world.dana().start_update(&parsed("churn-dev")).await;
    // Longer than a lease: the first one is dead by now.
    tokio::time::sleep(Duration::from_secs(600)).await;
    let second = world.another_deployer("second");
    let resumed = second.resume_updates().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let acting = second.acting_as(dana());
    let updates = acting.updates(&parsed("churn-dev")).await.unwrap();
    if updates.is_empty() {
        assert!(began.is_err(), "{mode:?}: an update that was promised is lost");
        return;
    }
    let detail = acting.last_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Success, "{mode:?} {resumed} {detail:?}");
    let project = world.dev.project(&churn()).await.unwrap().unwrap();
    assert_eq!(project.active_bundle.unwrap().as_str(), "v1", "{mode:?}");
    let calls = world.dev.calls();
    for operation in [Operation::CreateProjectFromBundle, Operation::ActivateBundle] {
        let count = calls.iter().filter(|call| call.operation == operation).count();
        assert_eq!(count, 1, "{mode:?}: {operation} was asked {count} times");
    }
    assert_eq!(second.resume_updates().await.unwrap(), 0, "{mode:?}: nothing is left open");
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_loses_and_doubles_nothing() {
    // R1, R2
    let (prepared, all) = commits().await;
    assert!(all - prepared > 12, "an update writes before and after each step: {prepared} {all}");
    for commit in prepared..all {
        dies_and_is_resumed(FailureMode::Before(commit)).await;
        dies_and_is_resumed(FailureMode::After(commit)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_deployer_died_gives_way_to_a_new_one() {
    let (prepared, _) = commits().await;
    let inner = MemoryStore::new();
    let failing = FailingStore::new(inner.clone(), FailureMode::Before(prepared + 3));
    let world = World::on(failing, inner).await.with_deployment().await;
    world.dana().start_update(&parsed("churn-dev")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let second = world.another_deployer("second").acting_as(dana());
    let task = second.start_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(second.wait(&task).await.unwrap().status, UpdateStatus::Success);
    let updates = second.updates(&parsed("churn-dev")).await.unwrap();
    let statuses: Vec<_> = updates.iter().map(|update| update.status).collect();
    assert_eq!(statuses, [UpdateStatus::Success, UpdateStatus::Failed]);
}
