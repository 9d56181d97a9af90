//! A deployment is there with its history, or it is gone: whatever fails, and whoever dies, on the way.

use std::time::Duration;

use project_deployer::Deployer;
use project_deployer::history::HistoryFilter;
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::rights::Caller;
use project_deployer_store::{
    Collection, Commit, Expected, FailingStore, FailureMode, JournalStream, Listing, MemoryStore,
    Store as _,
};
use serde_json::json;

use crate::installation::{Installation, dana, deployment, entries_of_updates, parsed};

const MINUTES: Duration = Duration::from_secs(600);

/// How many old updates there are: more than one commit removes.
const OLD: usize = 250;

/// An installation where `churn-dev` was updated once, with many older updates. One of them cannot be read.
async fn with_history() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    let mut commit = Commit::new();
    for number in 0..OLD {
        let id = format!("churn-dev/{number:020}");
        let task = format!("old{number}");
        let body = match number {
            7 => json!({"format": 2, "document": {"task": task}}),
            _ => json!({"format": 1, "document": {"deployment": "churn-dev", "start": number,
                "task": task, "bundle": "v1", "end": number, "requester": "dana",
                "status": "SUCCESS"}}),
        };
        commit = commit
            .put(Collection::new("update").key(id), Expected::Absent, body)
            .append(JournalStream(format!("update/{task}")), json!({"event": "old"}));
    }
    installation.store.commit(commit).await.unwrap();
    installation
}

/// The same state for a process whose store fails.
fn failing(installation: &Installation, mode: FailureMode) -> Deployer {
    let view = FailingStore::new(installation.store.clone(), mode);
    Deployer::builder(installation.fleet.clone()).on(view, installation.archive.clone())
}

async fn updates(store: &MemoryStore) -> (u64, usize) {
    let listing = Listing::of(Collection::new("update"), 1000);
    let listed = store.list(&listing).await.unwrap();
    (entries_of_updates(store).await, listed.len())
}

/// Every update of the deleted deployment is in the history with its journal, and nothing else is left of it.
async fn all_in_history(installation: &Installation, journals: u64) {
    // The journal of the one that cannot be read had no end.
    assert_eq!(updates(&installation.store).await, (journals + 1, 0));
    let filter = HistoryFilter::default().with_deployment(Some(parsed("churn-dev")));
    let page = installation.dana().history(&filter, None, 1000).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (OLD + 1, None));
    for kind in ["task", "latest-update", "deleted-deployment"] {
        let listing = Listing::of(Collection::new(kind), 10);
        let left = installation.store.list(&listing).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Deletes with a failure, and looks at what everybody sees.
async fn deleted_with(mode: FailureMode) {
    let installation = with_history().await;
    let before = updates(&installation.store).await;
    let id = parsed("churn-dev");
    let failed = failing(&installation, mode).acting_as(dana()).delete_deployment(&id).await;
    let dana_here = installation.dana();
    if dana_here.deployment(&id).await.is_ok() {
        assert!(failed.is_err(), "{mode:?}");
        assert_eq!(updates(&installation.store).await, before, "{mode:?}: all of it is there");
        assert_eq!(dana_here.updates(&id).await.unwrap().len(), OLD, "{mode:?}");
        return;
    }
    assert!(dana_here.updates(&id).await.is_err(), "{mode:?}: nobody sees a part of it");
    // Longer than a lease of the dead process.
    tokio::time::sleep(MINUTES).await;
    installation.another_deployer("second").resume_updates().await.unwrap();
    all_in_history(&installation, before.0).await;
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_anywhere_leaves_all_or_nothing() {
    // R2
    for commit in 0..6 {
        for mode in [
            FailureMode::Before(commit),
            FailureMode::After(commit),
            FailureMode::Missed(commit),
            FailureMode::AnswerLost(commit),
            FailureMode::ReadOnlyFrom(commit),
        ] {
            deleted_with(mode).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_refused_at_its_last_check_leaves_the_history() {
    // The project is changed between the caller's read and the commit.
    let mut refused = 0;
    for pause in 0..60 {
        let installation = Installation::racing().await.with_deployment().await;
        installation.update("churn-dev").await;
        let [dana] = installation.in_processes(dana()).await;
        let [admin] = installation.in_processes(Caller::administrator(parsed("root"))).await;
        let id = parsed("churn-dev");
        let change = async {
            for _ in 0..pause {
                tokio::task::yield_now().await;
            }
            let settings = admin.infra_settings(&parsed("dev")).await.unwrap();
            admin.save_infra_settings(&settings).await.unwrap();
        };
        let deletion = async {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            dana.delete_deployment(&id).await
        };
        let (deleted, ()) = futures::join!(deletion, change);
        if deleted.is_err() {
            refused += 1;
            assert_eq!(dana.updates(&id).await.unwrap().len(), 1, "{pause}");
            assert!(dana.last_update(&id).await.unwrap().logs.is_some(), "{pause}");
        }
    }
    assert!(refused > 0);
}

#[tokio::test(start_paused = true)]
async fn the_id_of_a_deployment_is_free_when_its_history_is_gone() {
    let installation = with_history().await;
    let before = updates(&installation.store).await;
    let id = parsed("churn-dev");
    let dying = failing(&installation, FailureMode::After(0)).acting_as(dana());
    let _ = dying.delete_deployment(&id).await;
    let dana_here = installation.dana();
    let again = deployment("churn-dev", "dev", "v1");
    // The dead process still has the lease.
    let busy = dana_here.create_deployment(&again, Warnings::AsErrors).await.unwrap_err();
    let text = busy.to_string();
    let says = ["`churn-dev` was deleted", "deployer-", "try again when", "choose another id"];
    assert!(says.iter().all(|part| text.contains(part)), "{text}");
    tokio::time::sleep(MINUTES).await;
    dana_here.create_deployment(&again, Warnings::AsErrors).await.unwrap();
    assert!(dana_here.updates(&id).await.unwrap().is_empty());
    all_in_history(&installation, before.0).await;
    installation.update("churn-dev").await;
    installation.another_deployer("second").resume_updates().await.unwrap();
    assert_eq!(dana_here.updates(&id).await.unwrap().len(), 1, "nothing of the new one is removed");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_no_lease() {
    let installation = with_history().await;
    let id = parsed("churn-dev");
    let _ = failing(&installation, FailureMode::After(0))
        .acting_as(dana())
        .delete_deployment(&id)
        .await;
    tokio::time::sleep(MINUTES).await;
    let racing = installation.another_racing_deployer("racing").acting_as(dana());
    let again = deployment("churn-dev", "dev", "v1");
    let mut dropped = Box::pin(racing.create_deployment(&again, Warnings::AsErrors));
    for _ in 0..60 {
        // Each poll is about one call to the store.
        if futures::poll!(dropped.as_mut()).is_ready() {
            break;
        }
        tokio::task::yield_now().await;
        if updates(&installation.store).await.1 < OLD + 1 {
            // In the middle of the removal.
            break;
        }
    }
    drop(dropped);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let lease = "deployed-project/dev/CHURN";
    let free = installation.store.take_lease(lease, "test", MINUTES).await;
    assert!(free.is_ok(), "{free:?}");
}
