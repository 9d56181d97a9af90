//! A cancel of an update whose process dies, before it, beside it, or while it stops.

use std::time::Duration;

use project_deployer_client::Operation;
use project_deployer_client::prelude::*;
use project_deployer_core::Timestamp;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{FailingStore, FailureMode, MemoryStore, PacedStore};

use super::{calls, id, log};
use crate::crashes::commits;
use crate::installation::{Installation, dana};

const MINUTES: Duration = Duration::from_secs(600);

/// An update whose process died after some of its steps.
async fn dead_after(commits_of_update: usize) -> (Installation, Timestamp) {
    let (prepared, _) = commits().await;
    let inner = MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::Before(prepared + commits_of_update));
    let installation = Installation::on(view, inner).await.with_deployment().await;
    let task = installation.dana().start_update(&id()).await.unwrap();
    (installation, Timestamp::from_millis(task.start_time))
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_owner_died_is_closed_by_whoever_recovers_it() {
    let (installation, start) = dead_after(6).await;
    let second = installation.another_deployer("second");
    // Its lease lasts, so nobody else may close it yet.
    let session = second.acting_as(dana());
    session.cancel_update(&id(), start).await.unwrap();
    assert_eq!(session.last_update(&id()).await.unwrap().status, UpdateStatus::Running);
    tokio::time::sleep(MINUTES).await;
    let third = installation.another_deployer("third");
    assert_eq!(third.resume_updates().await.unwrap(), 1);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let detail = third.acting_as(dana()).last_update(&id()).await.unwrap();
    let log = log(&detail);
    assert_eq!(detail.status, UpdateStatus::Aborted, "{log}");
    assert!(log.contains("resumed by third") && log.contains("cancelled by dana"), "{log}");
    assert_eq!(calls(&installation, Operation::ActivateBundle), 0);
}

#[tokio::test(start_paused = true)]
async fn once_the_lease_has_expired_the_process_that_cancels_closes_it() {
    let (installation, start) = dead_after(6).await;
    tokio::time::sleep(MINUTES).await;
    let session = installation.another_deployer("second").acting_as(dana());
    session.cancel_update(&id(), start).await.unwrap();
    tokio::time::sleep(Duration::from_secs(30)).await;
    let detail = session.last_update(&id()).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Aborted, "{}", log(&detail));
}

#[tokio::test(start_paused = true)]
async fn a_new_update_closes_a_cancelled_one_of_a_dead_process_as_aborted() {
    let (installation, start) = dead_after(6).await;
    installation
        .another_deployer("second")
        .acting_as(dana())
        .cancel_update(&id(), start)
        .await
        .unwrap();
    tokio::time::sleep(MINUTES).await;
    let session = installation.another_deployer("third").acting_as(dana());
    let task = session.start_update(&id()).await.unwrap();
    assert_eq!(session.wait(&task).await.unwrap().status, UpdateStatus::Success);
    let detail = session.update(&id(), start).await.unwrap();
    let log = log(&detail);
    assert_eq!(detail.status, UpdateStatus::Aborted, "{log}");
    for part in ["the deployer that ran it has stopped", "cancelled by dana; "] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_of_a_cancelled_update_loses_neither_update_nor_cancel() {
    // R2: the process dies at each commit, with the cancel requested before it.
    let (prepared, all) = commits().await;
    for commit in prepared + 1..all {
        for mode in [FailureMode::Before(commit), FailureMode::After(commit)] {
            let inner = MemoryStore::new();
            let slow = PacedStore::slow(inner.clone(), Duration::from_millis(200));
            let view = FailingStore::new(slow, mode);
            let installation = Installation::on(view, inner).await.with_deployment().await;
            let task = installation.dana().start_update(&id()).await.unwrap();
            let start = Timestamp::from_millis(task.start_time);
            let second = installation.another_deployer("second");
            // Some of the commits are before the first process knows of it, and some after.
            let cancelled = second.acting_as(dana()).cancel_update(&id(), start).await;
            tokio::time::sleep(MINUTES).await;
            second.resume_updates().await.unwrap();
            tokio::time::sleep(MINUTES).await;
            let detail = second.acting_as(dana()).update(&id(), start).await.unwrap();
            let log = log(&detail);
            assert_ne!(detail.status, UpdateStatus::Running, "{mode:?}: {log}");
            let activations = calls(&installation, Operation::ActivateBundle);
            assert!(activations <= 1, "{mode:?}: {log}");
            if cancelled.is_ok() {
                assert_eq!(log.matches("cancels the update").count(), 1, "{mode:?}: {log}");
                let expected = match activations {
                    0 => UpdateStatus::Aborted,
                    _ => UpdateStatus::Success,
                };
                assert_eq!(detail.status, expected, "{mode:?}: {log}");
            }
            assert_eq!(second.resume_updates().await.unwrap(), 0, "{mode:?}");
        }
    }
}
