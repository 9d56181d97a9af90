//! A process that dies at any commit of an update, before or after it is written.

#[cfg(feature = "sqlite")]
mod in_a_file;

use std::time::Duration;

use project_deployer_client::prelude::*;
use project_deployer_client::{AutomationNode as _, Operation};
use project_deployer_core::infra::Target;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{
    Commit, FailingStore, FailureMode, JournalStream, MemoryStore, PacedStore, Store,
};
use serde_json::json;

use crate::installation::{Installation, churn, dana, entry, parsed};

/// The number of commits of the set-up, and of one whole run.
pub(crate) async fn commits() -> (usize, usize) {
    let inner = MemoryStore::new();
    let store = FailingStore::new(inner.clone(), FailureMode::Before(usize::MAX));
    let installation = Installation::on(store.clone(), inner).await.with_deployment().await;
    let prepared = store.commits();
    installation.update("churn-dev").await;
    (prepared, store.commits())
}

/// Runs an update in a process that dies, then another process on the same state.
async fn dies_and_is_resumed(mode: FailureMode, inner: impl Store + Clone) {
    let view = FailingStore::new(inner.clone(), mode);
    let installation = Installation::on(view, MemoryStore::new()).await.with_deployment().await;
    let began = installation.dana().start_update(&parsed("churn-dev")).await;
    // Longer than a lease: the lease of the first process has expired.
    tokio::time::sleep(Duration::from_secs(600)).await;
    let second = installation.deployer_on(inner, "second");
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
    let project = installation.dev.project(&churn()).await.unwrap().unwrap();
    assert_eq!(project.active_bundle.unwrap().as_str(), "v1", "{mode:?}");
    assert_done_once(&installation, &format!("{mode:?}"));
    assert_eq!(second.resume_updates().await.unwrap(), 0, "{mode:?}: nothing is left open");
}

fn assert_done_once(installation: &Installation, what: &str) {
    let calls = installation.dev.calls();
    for operation in [Operation::CreateProjectFromBundle, Operation::ActivateBundle] {
        let count = calls.iter().filter(|call| call.operation == operation).count();
        assert_eq!(count, 1, "{what}: {operation} was called {count} times");
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_loses_and_doubles_nothing() {
    // R1, R2
    let (prepared, all) = commits().await;
    assert!(all - prepared > 12, "an update writes before and after each step: {prepared} {all}");
    for commit in prepared..all {
        dies_and_is_resumed(FailureMode::Before(commit), MemoryStore::new()).await;
        dies_and_is_resumed(FailureMode::After(commit), MemoryStore::new()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_a_moment_costs_an_update_nothing() {
    // R1: the process is alive, so nothing has to be resumed.
    let (prepared, all) = commits().await;
    for commit in prepared..all {
        for mode in [FailureMode::Missed(commit), FailureMode::AnswerLost(commit)] {
            let inner = MemoryStore::new();
            let installation =
                Installation::on(FailingStore::new(inner.clone(), mode), inner).await;
            let installation = installation.with_deployment().await;
            let dana = installation.dana();
            let task = match dana.start_update(&parsed("churn-dev")).await {
                Ok(task) => task,
                // The very first commit: nothing has begun, and nothing is left open.
                Err(_) => {
                    assert_eq!(mode, FailureMode::Missed(prepared));
                    assert!(dana.updates(&parsed("churn-dev")).await.unwrap().is_empty());
                    dana.start_update(&parsed("churn-dev")).await.unwrap()
                }
            };
            let hour = Duration::from_secs(3600);
            let ended = tokio::time::timeout(hour, dana.wait(&task)).await;
            let detail = ended.expect("it ends by itself").unwrap();
            assert_eq!(detail.status, UpdateStatus::Success, "{mode:?} {detail:?}");
            let calls = installation.dev.calls();
            let activations = calls.iter().filter(|c| c.operation == Operation::ActivateBundle);
            assert_eq!(activations.count(), 1, "{mode:?}");
            let lines = detail.logs.unwrap().lines;
            let ends = lines.iter().filter(|line| line.contains("ended: ")).count();
            assert_eq!(ends, 1, "{mode:?}: every entry is written once: {lines:#?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_deployer_died_gives_way_to_a_new_one() {
    let (prepared, _) = commits().await;
    let inner = MemoryStore::new();
    let failing = FailingStore::new(inner.clone(), FailureMode::Before(prepared + 3));
    let installation = Installation::on(failing, inner).await.with_deployment().await;
    installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let second = installation.another_deployer("second").acting_as(dana());
    let task = second.start_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(second.wait(&task).await.unwrap().status, UpdateStatus::Success);
    let updates = second.updates(&parsed("churn-dev")).await.unwrap();
    let statuses: Vec<_> = updates.iter().map(|update| update.status).collect();
    assert_eq!(statuses, [UpdateStatus::Success, UpdateStatus::Failed]);
}

#[tokio::test(start_paused = true)]
async fn a_deployer_that_dies_while_it_resumes_loses_and_doubles_nothing() {
    // R2: death during recovery.
    let (prepared, all) = commits().await;
    for first in prepared + 1..all {
        for second_life in 0..4 {
            dies_twice(first, second_life, MemoryStore::new()).await;
        }
    }
}

/// The process that resumes an update dies as well, and a third one resumes it.
async fn dies_twice(first: usize, second_life: usize, inner: impl Store + Clone) {
    let view = FailingStore::new(inner.clone(), FailureMode::After(first));
    let installation = Installation::on(view, MemoryStore::new()).await.with_deployment().await;
    installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let view = FailingStore::new(inner.clone(), FailureMode::Before(second_life));
    let second = installation.deployer_on(view, "second");
    let _ = second.resume_updates().await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let third = installation.deployer_on(inner, "third");
    third.resume_updates().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let detail = third.acting_as(dana()).last_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Success, "{first} {second_life} {detail:?}");
    assert_done_once(&installation, &format!("{first} {second_life}"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_update_keeps_its_lease_and_nobody_takes_it_over() {
    // R5: many short steps, together much longer than a lease.
    let inner = MemoryStore::new();
    let slow = PacedStore::slow(inner.clone(), Duration::from_secs(12));
    let installation = Installation::on(slow, inner).await.with_deployment().await;
    let began = tokio::time::Instant::now();
    let task = installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    let second = installation.another_deployer("second");
    let waiting = installation.dana();
    let end = waiting.wait(&task);
    tokio::pin!(end);
    let detail = loop {
        tokio::select! {
            detail = &mut end => break detail.unwrap(),
            () = tokio::time::sleep(Duration::from_secs(5)) => {
                assert_eq!(second.resume_updates().await.unwrap(), 0, "taken over while it lives");
            }
        }
    };
    assert_eq!(detail.status, UpdateStatus::Success);
    assert!(began.elapsed() > Duration::from_secs(180), "longer than three leases");
}

#[tokio::test(start_paused = true)]
async fn an_update_is_gone_on_with_on_the_nodes_that_it_began_with() {
    // The nodes have another order when the second process resumes.
    let (prepared, _) = commits().await;
    let inner = MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::Before(prepared + 20));
    let installation = Installation::on(view, inner).await.with_bundle().await;
    let both = |one, other| Target::MultiNode(vec![entry(one), entry(other)]);
    installation.register("both", "Test", both("dev", "prod")).await;
    installation.deploy("d", "both", "v1").await;
    installation.dana().start_update(&parsed("d")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let second = installation.another_deployer("second");
    let admin = second.acting_as(Caller::administrator(parsed("root")));
    let mut settings = admin.infra_settings(&parsed("both")).await.unwrap();
    settings.target = both("prod", "dev");
    admin.save_infra_settings(&settings).await.unwrap();
    assert_eq!(second.resume_updates().await.unwrap(), 1);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let detail = second.acting_as(dana()).last_update(&parsed("d")).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    for node in [&installation.dev, &installation.prod] {
        assert!(node.project(&churn()).await.unwrap().is_some(), "{detail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_cannot_be_read_is_ended_and_keeps_no_other_from_being_resumed() {
    let (prepared, _) = commits().await;
    let inner = MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::Before(prepared + 8));
    let installation = Installation::on(view, inner.clone()).await.with_bundle().await;
    installation.deploy("a-newer", "dev", "v1").await;
    installation.deploy("b-usual", "prod", "v1").await;
    let session = installation.dana();
    let (newer, usual) = (parsed("a-newer"), parsed("b-usual"));
    let begun = futures::join!(session.start_update(&newer), session.start_update(&usual));
    begun.1.unwrap();
    let task = begun.0.unwrap().job_id.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    // What a newer version of this program might write.
    let journal = JournalStream(format!("update/{task}"));
    inner.commit(Commit::new().append(journal, json!({"event": "teleported"}))).await.unwrap();

    let second = installation.another_deployer("second");
    assert_eq!(second.resume_updates().await.unwrap(), 1);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let acting = second.acting_as(dana());
    let usual = acting.last_update(&parsed("b-usual")).await.unwrap();
    assert_eq!(usual.status, UpdateStatus::Success, "{usual:?}");
    let newer = acting.last_update(&parsed("a-newer")).await.unwrap();
    assert_eq!(newer.status, UpdateStatus::Failed);
    let log = newer.logs.unwrap().lines.join("\n");
    assert!(log.contains("abandoned: entry"), "{log}");
    assert!(!log.contains("teleported"), "an entry may hold secrets: {log}");
    assert_eq!(second.resume_updates().await.unwrap(), 0);
}
