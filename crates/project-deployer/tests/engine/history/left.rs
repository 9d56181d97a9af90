//! Updates that somebody else has to bring into the history: the one that ran them is dead, or their record is broken.

use std::time::Duration;

use project_deployer::history::NodeAfter;
use project_deployer::state_admin::{FaultKind, Progress, State, verify};
use project_deployer_client::prelude::*;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{
    Collection, Commit, Expected, FailingStore, FailureMode, JournalStream, MemoryStore, Store as _,
};
use serde_json::{Value, json};

use super::{all, another, create, delete, entries, log};
use crate::installation::{Installation, dana, parsed};

const MINUTES: Duration = Duration::from_secs(600);

/// An update whose process died after this many commits.
async fn left_after(commits: usize) -> Installation {
    let (prepared, _) = crate::crashes::commits().await;
    let inner = MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::Before(prepared + commits));
    let installation = Installation::on(view, inner).await.with_deployment().await;
    installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    tokio::time::sleep(MINUTES).await;
    let second = another(&installation, |builder| builder.name("second"));
    Installation { deployer: second, ..installation }
}

async fn references(installation: &Installation) -> Vec<String> {
    let state = State::of(installation.store.clone(), installation.archive.clone(), "memory");
    let faults = verify(&state, Progress::silent()).await.unwrap().faults;
    let references = faults.into_iter().filter(|fault| fault.kind == FaultKind::Reference);
    references.map(|fault| format!("{}: {}", fault.object, fault.what)).collect()
}

async fn put(installation: &Installation, kind: &'static str, id: &str, body: Value) {
    let commit = Commit::new().put(Collection::new(kind).key(id), Expected::Any, body);
    installation.store.commit(commit).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_open_update_of_a_deleted_deployment_enters_the_history_as_failed() {
    for commits in [1, 5, 9, 13] {
        let installation = left_after(commits).await;
        delete(&installation, "churn-dev").await;
        let [entry] = &entries(&installation.dana(), &all()).await[..] else { panic!() };
        assert_eq!(entry.status, UpdateStatus::Failed, "{commits}");
        let lines = log(&installation.dana(), &entry.id).await;
        assert!(lines.contains("its deployment was deleted"), "{lines}");
        assert_eq!(references(&installation).await, [""; 0]);
        assert_eq!(installation.deployer.resume_updates().await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_gave_way_to_another_is_in_the_history_with_what_it_left_on_the_node() {
    let mut unknown = 0;
    for commits in 1..12 {
        let installation = left_after(commits).await;
        installation.update("churn-dev").await;
        let found = entries(&installation.dana(), &all()).await;
        let statuses: Vec<_> = found.iter().map(|entry| entry.status).collect();
        assert_eq!(statuses, [UpdateStatus::Success, UpdateStatus::Failed], "{commits}");
        assert_eq!(found[0].previous_bundle, None, "the one before did not succeed");
        match &found[1].nodes[0].after {
            // What the bundle needs is asked of a node before the update gets to it.
            NodeAfter::NotReached => assert!(commits < 5, "{commits}"),
            NodeAfter::Unknown => unknown += 1,
            NodeAfter::Known { verified, .. } => assert!(!verified),
            _ => panic!(),
        }
        assert_eq!(references(&installation).await, [""; 0]);
    }
    assert!(unknown > 1, "a step without an end leaves an unknown node");
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_update_is_in_the_history_and_its_nodes_are_unknown() {
    let installation = left_after(8).await;
    let task = installation.dana().last_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(task.status, UpdateStatus::Running);
    let listing = project_deployer_store::Listing::of(Collection::new("task"), 1);
    let task = installation.store.list(&listing).await.unwrap().remove(0).id;
    let journal = JournalStream(format!("update/{task}"));
    let newer = Commit::new().append(journal, json!({"event": "teleported"}));
    installation.store.commit(newer).await.unwrap();
    installation.deployer.resume_updates().await.unwrap();
    let [entry] = &entries(&installation.dana(), &all()).await[..] else { panic!() };
    assert_eq!(entry.status, UpdateStatus::Failed);
    assert_eq!(entry.nodes[0].after, NodeAfter::Unknown);
    assert!(log(&installation.dana(), &entry.id).await.contains("abandoned: entry"));
}

#[tokio::test]
async fn of_a_record_that_cannot_be_read_the_journal_enters_the_history_and_nothing_dangles() {
    for body in [
        json!({"format": 9}),
        json!(null),
        json!("x"),
        json!({"format": 1, "document": {"task": ""}}),
    ] {
        let installation = Installation::new().await.with_deployment().await;
        installation.update("churn-dev").await;
        let start = installation.update("churn-dev").await.start_timestamp.as_millis();
        put(&installation, "update", &format!("churn-dev/{start:020}"), body.clone()).await;
        // Without its entry, as an earlier version left it.
        for kind in ["history", "deployment-history"] {
            for found in installation
                .store
                .list(&project_deployer_store::Listing::of(Collection::new(kind), 9))
                .await
                .unwrap()
            {
                let key = Collection::new(kind).key(found.id);
                installation.store.commit(Commit::new().delete(key, Expected::Any)).await.unwrap();
            }
        }
        delete(&installation, "churn-dev").await;
        let [entry] = &entries(&installation.dana(), &all()).await[..] else { panic!("{body}") };
        assert_eq!((entry.start.as_millis(), entry.status), (start, UpdateStatus::Success));
        assert_eq!(
            (entry.requester.clone(), entry.bundle.clone()),
            (Some(parsed("dana")), Some(parsed("v1")))
        );
        create(&installation, "churn-dev").await;
    }
}

#[tokio::test]
async fn a_broken_record_leaves_no_task_behind() {
    let installation = Installation::new().await.with_deployment().await;
    let start = installation.update("churn-dev").await.start_timestamp.as_millis();
    put(&installation, "update", &format!("churn-dev/{start:020}"), json!({"format": 9})).await;
    delete(&installation, "churn-dev").await;
    assert_eq!(references(&installation).await, [""; 0]);
    let tasks = project_deployer_store::Listing::of(Collection::new("task"), 9);
    assert_eq!(installation.store.list(&tasks).await.unwrap().len(), 0);
    assert_eq!(entries(&installation.dana(), &all()).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_died_in_the_middle_shows_each_update_once() {
    for mode in (0..4).flat_map(|commit| [FailureMode::Before(commit), FailureMode::After(commit)])
    {
        let installation = Installation::new().await.with_deployment().await;
        for _ in 0..120 {
            installation.update("churn-dev").await;
        }
        let view = FailingStore::new(installation.store.clone(), mode);
        let dying = project_deployer::Deployer::builder(installation.fleet.clone())
            .on(view, installation.archive.clone());
        let _ = dying.acting_as(dana()).delete_deployment(&parsed("churn-dev")).await;
        assert_eq!(entries(&installation.dana(), &all()).await.len(), 120, "{mode:?}");
        tokio::time::sleep(MINUTES).await;
        another(&installation, |builder| builder).resume_updates().await.unwrap();
        assert_eq!(entries(&installation.dana(), &all()).await.len(), 120, "{mode:?}");
        assert_eq!(references(&installation).await, [""; 0]);
    }
}
