//! The history of updates on PostgreSQL: what retention removes, and that nothing is left of it.

use project_deployer::history::{HistoryEntry, HistoryFilter, HistoryRetention};
use project_deployer::prelude::*;
use project_deployer::state_admin::{Progress, restore, status, verify};
use project_deployer::store::MemoryArchive;
use tokio::task::JoinSet;

use crate::servers::database;
use crate::state::filled::{Filled, admin, parsed};

const UPDATES: usize = 6;
const KEPT: usize = 2;

/// A state in PostgreSQL with updates of one deployment.
async fn with_updates(url: &str) -> Filled {
    let filled = Filled::new().await;
    let one = filled.sqlite("one").open().await.unwrap();
    restore(&one, &filled.postgres(url), Progress::silent()).await.unwrap();
    let deployer = filled.open_in(url).await.unwrap();
    let admin = admin(&deployer);
    // The first one was in SQLite.
    for _ in 1..UPDATES {
        let task = admin.start_update(&parsed("churn")).await.unwrap();
        admin.wait(&task).await.unwrap();
    }
    filled
}

/// A process that keeps few of them, on a connection of its own, without anything in the background.
async fn keeping(filled: &Filled, url: &str) -> Deployer {
    let retention = HistoryRetention::default().with_per_deployment(Some(KEPT));
    let store = filled.store_in(url).await;
    Filled::builder().history_retention(retention).on(store, MemoryArchive::new())
}

async fn history(deployer: &Deployer) -> Vec<HistoryEntry> {
    admin(deployer).history(&HistoryFilter::default(), None, 100).await.unwrap().entries
}

/// The updates that are left, and that nothing names one that is gone.
async fn left(filled: &Filled, url: &str) -> [u64; 4] {
    let state = filled.postgres(url).open().await.unwrap();
    assert_eq!(verify(&state, Progress::silent()).await.unwrap().faults, []);
    let documents = status(&state).await.unwrap().documents;
    ["update", "task", "history", "deployment-history"]
        .map(|kind| documents.get(kind).copied().unwrap_or_default())
}

#[tokio::test]
async fn the_oldest_updates_go_with_all_that_belongs_to_them() {
    // R1
    let Some(url) = database().await else { return };
    let filled = with_updates(&url).await;
    let deployer = keeping(&filled, &url).await;
    let before = history(&deployer).await;
    assert_eq!(before.len(), UPDATES);
    let trimmed = deployer.trim_history().await.unwrap();
    assert_eq!(
        (trimmed.examined, trimmed.removed, trimmed.failed),
        (UPDATES as u64, (UPDATES - KEPT) as u64, 0)
    );
    assert_eq!(history(&deployer).await, before[..KEPT]);
    assert_eq!(left(&filled, &url).await, [KEPT as u64; 4]);
    let again = deployer.trim_history().await.unwrap();
    assert_eq!((again.examined, again.removed), (KEPT as u64, 0));
}

#[tokio::test]
async fn of_several_processes_one_removes_and_a_deleted_deployment_needs_none() {
    let Some(url) = database().await else { return };
    let filled = with_updates(&url).await;
    let deployer = keeping(&filled, &url).await;
    admin(&deployer).delete_deployment(&parsed("churn")).await.unwrap();
    let found = history(&deployer).await;
    assert!(found.len() == UPDATES && found.iter().all(|entry| !entry.deployment_exists));
    let mut trims = JoinSet::new();
    for _ in 0..4 {
        let deployer = keeping(&filled, &url).await;
        trims.spawn(async move { deployer.trim_history().await });
    }
    let mut removed = 0;
    while let Some(trim) = trims.join_next().await {
        match trim.unwrap() {
            Ok(trim) => removed += trim.removed,
            Err(DeployerError::NotPossible { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(removed, (UPDATES - KEPT) as u64);
    let [.., history, listings] = left(&filled, &url).await;
    assert_eq!((history, listings), (KEPT as u64, KEPT as u64));
}
