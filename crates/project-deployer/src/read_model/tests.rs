use std::sync::Arc;

use futures::future::join_all;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_store::{
    Collection, Commit, CountingStore, Expected, MemoryStore, PacedStore, Store,
};
use serde_json::json;

use super::refresh::Refresh;
use super::{ReadModel, Snapshot};
use crate::state::{Record as _, RecordCommit as _};

#[cfg(feature = "sqlite")]
mod texts;
mod visibility;

fn project(key: &str) -> PublishedProjectSettings {
    PublishedProjectSettings::new(key.parse().unwrap(), "root".parse().unwrap())
}

async fn create(store: &dyn Store, key: &str) {
    store.commit(Commit::new().create(&project(key)).unwrap()).await.unwrap();
}

async fn delete(store: &dyn Store, key: &str) {
    let key = PublishedProjectSettings::KIND.key(key);
    store.commit(Commit::new().delete(key, Expected::Any)).await.unwrap();
}

fn model(store: impl Store) -> ReadModel {
    ReadModel::new(Arc::new(store))
}

fn projects(snapshot: &Snapshot) -> Vec<String> {
    snapshot.projects().map(|found| found.value.id.to_string()).collect()
}

/// A store whose calls wait twice: a refresh begins the next call before it needs the answer.
fn paced<S: Store>(inner: S) -> PacedStore<PacedStore<S>> {
    PacedStore::yielding(PacedStore::yielding(inner))
}

#[tokio::test]
async fn a_reader_that_begins_after_a_commit_shares_no_refresh_that_began_before() {
    let inner = CountingStore::new(MemoryStore::new());
    create(&inner, "ONE").await;
    let model = model(PacedStore::late(inner.clone()));
    model.snapshot().await.unwrap();
    assert!(inner.take().calls.contains_key("list"));
    let mut early = Box::pin(model.snapshot());
    // The store has answered, and the answer has not arrived yet.
    assert!(futures::poll!(&mut early).is_pending());
    assert_eq!(inner.take().calls.get("changes"), Some(&1));
    create(&inner, "TWO").await;
    let mut late = join_all((0..10).map(|_| model.snapshot()));
    assert!(futures::poll!(&mut late).is_pending());
    let (early, late) = futures::join!(early, late);
    assert_eq!(projects(&early.unwrap()), ["ONE"], "it read before the commit");
    for snapshot in late {
        assert_eq!(projects(&snapshot.unwrap()), ["ONE", "TWO"]);
    }
    assert_eq!(inner.take().calls.get("changes"), Some(&1), "the ten readers share one refresh");
}

#[tokio::test]
async fn a_reader_that_is_dropped_leaves_its_pages_to_the_next_one() {
    let inner = CountingStore::new(MemoryStore::new());
    for number in 0..1_200 {
        create(&inner, &format!("P{number:04}")).await;
    }
    let model = model(paced(inner.clone()));
    inner.take();
    let mut dropped = Box::pin(model.snapshot());
    for _ in 0..8 {
        assert!(futures::poll!(&mut dropped).is_pending());
    }
    let before = inner.take();
    drop(dropped);
    let snapshot = model.snapshot().await.unwrap();
    assert_eq!(snapshot.projects().count(), 1_200);
    let after = inner.take();
    assert!(before.documents >= 1_000, "{before:?}");
    assert_eq!(before.documents + after.documents, 1_200, "no page is read twice");
    assert_eq!(after.calls.get("status"), None);
}

#[tokio::test]
async fn compacted_changes_are_listed_again() {
    let store = MemoryStore::new();
    create(&store, "GONE").await;
    create(&store, "KEPT").await;
    let model = model(store.clone());
    let before = model.snapshot().await.unwrap();
    delete(&store, "GONE").await;
    create(&store, "NEW").await;
    store.compact(store.status().await.unwrap().revision).await.unwrap();
    assert_eq!(projects(&model.snapshot().await.unwrap()), ["KEPT", "NEW"]);
    create(&store, "GONE").await;
    assert_eq!(projects(&model.snapshot().await.unwrap()), ["GONE", "KEPT", "NEW"]);
    assert_eq!(projects(&before), ["GONE", "KEPT"], "a snapshot never changes");
}

#[tokio::test]
async fn what_changes_while_it_is_listed_is_not_missed() {
    // The store changes between two calls of the refresh, and is compacted there once.
    for compacted_at in 0..14 {
        let store = MemoryStore::new();
        for key in ["A", "B", "C"] {
            create(&store, key).await;
        }
        let model = model(paced(store.clone()));
        let mut reading = Box::pin(model.snapshot());
        let mut step = 0;
        let snapshot = loop {
            match futures::poll!(&mut reading) {
                std::task::Poll::Ready(snapshot) => break snapshot.unwrap(),
                std::task::Poll::Pending => {
                    delete(&store, ["A", "B", "C"][step % 3]).await;
                    create(&store, &format!("N{step:02}")).await;
                    if step % 2 == 0 {
                        create(&store, ["A", "B", "C"][step % 3]).await;
                    }
                    if step == compacted_at {
                        store.compact(store.status().await.unwrap().revision).await.unwrap();
                    }
                    step += 1;
                    assert!(step < 60);
                }
            }
        };
        let fresh = ReadModel::new(Arc::new(store)).snapshot().await.unwrap();
        assert_eq!(projects(&snapshot), projects(&fresh), "compacted at {compacted_at}");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_an_error_for_itself_only() {
    let store = MemoryStore::new();
    create(&store, "GOOD").await;
    let newer = PublishedProjectSettings::KIND.key("NEWER");
    let put = |body| Commit::new().put(newer.clone(), Expected::Any, body);
    store.commit(put(json!({"format": 99, "document": {}}))).await.unwrap();
    let other = PublishedProjectSettings::KIND.key("OTHER");
    let written = store.read(&PublishedProjectSettings::KIND.key("GOOD")).await.unwrap().unwrap();
    store.commit(Commit::new().put(other, Expected::Any, written.body.clone())).await.unwrap();
    let model = model(store.clone());
    let snapshot = model.snapshot().await.unwrap();
    assert_eq!(projects(&snapshot), ["GOOD"]);
    let error = snapshot.project(&"NEWER".parse().unwrap()).unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    assert!(text.contains("its format is 99"), "{text}");
    let error = snapshot.project(&"OTHER".parse().unwrap()).unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(text, "it has the id `GOOD` inside");
    assert!(snapshot.all_readable::<PublishedProjectSettings>().is_err());
    assert!(snapshot.all_readable_below::<PublishedProjectSettings>("GOOD").is_ok());
    assert!(snapshot.project(&"NONE".parse().unwrap()).unwrap().is_none());

    store.commit(Commit::new().delete(newer, Expected::Any)).await.unwrap();
    let snapshot = model.snapshot().await.unwrap();
    assert!(snapshot.project(&"NEWER".parse().unwrap()).unwrap().is_none());
}

#[tokio::test]
async fn a_store_that_went_back_is_listed_again() {
    let (newer, older) = (MemoryStore::new(), MemoryStore::new());
    create(&older, "ONE").await;
    for key in ["ONE", "TWO"] {
        create(&newer, key).await;
    }
    let mut refresh = Refresh::default();
    assert_eq!(projects(&refresh.run(&newer).await.unwrap()), ["ONE", "TWO"]);
    assert_eq!(projects(&refresh.run(&older).await.unwrap()), ["ONE"]);
}

#[tokio::test]
async fn kinds_that_are_not_kept_change_no_snapshot() {
    let store = MemoryStore::new();
    create(&store, "ONE").await;
    let model = model(store.clone());
    let before = model.snapshot().await.unwrap();
    let key = Collection::new("update").key("d/1");
    store.commit(Commit::new().put(key, Expected::Any, json!({}))).await.unwrap();
    assert!(Arc::ptr_eq(&before, &model.snapshot().await.unwrap()));
}
