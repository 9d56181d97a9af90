//! Failures of an open store: each has its own error. Some may pass, others stay.

use std::fs;

use rusqlite::Connection;
use serde_json::json;

use super::{OnDisk, SecretsAtRest, SqliteStore, new_store, with_secrets};
use crate::commit::{Commit, Expected};
use crate::document::{Collection, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::page::Listing;
use crate::store::Store;

const INFRAS: Collection = Collection::new("infras");

fn infra(id: &str) -> DocumentKey {
    INFRAS.key(id)
}

fn put(id: &str, length: usize) -> Commit {
    Commit::new().put(infra(id), Expected::Any, json!("x".repeat(length)))
}

/// Runs a statement on the connection that writes.
async fn on_the_writer(store: &SqliteStore, statement: &'static str) {
    let run = move |file: &Connection| {
        file.execute_batch(statement).map_err(|error| StoreError::unavailable("prepare", error))
    };
    store.writer.write("prepare", run).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_an_error_of_its_own_and_may_pass() {
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    store.commit(put("dev", 10)).await.unwrap();
    // SQLite takes the present size as the limit.
    on_the_writer(store, "PRAGMA max_page_count = 1").await;
    let full = store.commit(put("large", 100_000)).await.unwrap_err();
    assert!(matches!(&full, StoreError::Full { .. }), "{full:?}");
    assert!(full.is_transient());
    assert!(store.read(&infra("large")).await.unwrap().is_none());
    on_the_writer(store, "PRAGMA max_page_count = 100000").await;
    store.commit(put("large", 100_000)).await.unwrap();
}

#[tokio::test]
async fn every_member_of_a_group_that_a_full_disk_ended_gets_that_error() {
    // A refusal may rest on a write that is not there in the end.
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    store.commit(put("dev", 10)).await.unwrap();
    on_the_writer(store, "PRAGMA max_page_count = 1").await;
    let absent = || Commit::new().put(infra("new"), Expected::Absent, json!(1));
    let commits = [absent(), absent(), put("large", 100_000), absent()];
    let results = group(store, commits).await;
    for result in &results {
        assert!(matches!(result, Err(StoreError::Full { .. })), "{results:?}");
    }
    assert!(store.read(&infra("new")).await.unwrap().is_none());
    on_the_writer(store, "PRAGMA max_page_count = 100000").await;
    store.commit(absent()).await.unwrap();
}

/// Commits in one group: they wait while another write runs.
async fn group<const N: usize>(
    store: &SqliteStore,
    commits: [Commit; N],
) -> Vec<Result<Revision, StoreError>> {
    let held = hold(store).await;
    let mut waiting: Vec<_> =
        commits.into_iter().map(|commit| Box::pin(store.commit(commit))).collect();
    for commit in &mut waiting {
        // The first poll puts it into the queue.
        assert!(futures::poll!(commit.as_mut()).is_pending());
    }
    held.send(()).unwrap();
    futures::future::join_all(waiting).await
}

/// Keeps the writer busy until a message is sent: what is asked meanwhile is one group.
async fn hold(store: &SqliteStore) -> std::sync::mpsc::Sender<()> {
    let (started, starts) = std::sync::mpsc::channel::<()>();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let writer = store.writer.clone();
    tokio::spawn(async move {
        let hold = move |_: &Connection| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        };
        writer.write("hold", hold).await
    });
    tokio::task::spawn_blocking(move || starts.recv()).await.unwrap().unwrap();
    go
}

#[tokio::test]
async fn a_store_that_became_read_only_is_an_error_that_stays() {
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    store.commit(put("dev", 10)).await.unwrap();
    on_the_writer(store, "PRAGMA query_only = ON").await;
    let refused = store.commit(put("prod", 10)).await.unwrap_err();
    assert!(matches!(&refused, StoreError::ReadOnly { .. }), "{refused:?}");
    assert!(!refused.is_transient() && !refused.is_decided());
    let time = std::time::Duration::from_secs(60);
    let lease = store.take_lease("d", "one", time).await;
    assert!(matches!(lease, Err(StoreError::ReadOnly { .. })), "{lease:?}");
    assert!(store.read(&infra("dev")).await.unwrap().is_some(), "reads work on");
    let health = store.status().await;
    assert!(matches!(health, Err(StoreError::ReadOnly { .. })), "{health:?}");
}

#[tokio::test]
async fn a_full_store_is_not_healthy_and_a_probe_changes_nothing() {
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    let revision = store.commit(put("dev", 10)).await.unwrap();
    let before = store.status().await.unwrap();
    assert_eq!((before.revision, before.documents, before.entries), (revision, 1, 0));
    assert_eq!(store.status().await.unwrap(), before, "a second probe takes no space");
    // What the probe takes is free now, so take it before the limit is set.
    store.commit(put("large", 100_000)).await.unwrap();
    on_the_writer(store, "PRAGMA max_page_count = 1").await;
    let health = store.status().await;
    assert!(matches!(health, Err(StoreError::Full { .. })), "{health:?}");
}

#[tokio::test]
async fn a_commit_of_a_group_whose_end_failed_is_unknown_and_everything_else_failed() {
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    store.commit(put("dev", 10)).await.unwrap();
    // A foreign key that is checked at the end fails the transaction of the whole group.
    let tables = "CREATE TABLE one (x PRIMARY KEY); \
                  CREATE TABLE two (x REFERENCES one (x) DEFERRABLE INITIALLY DEFERRED)";
    on_the_writer(store, tables).await;
    let (commit, refused) = (put("prod", 10), put("dev", 1));
    let id = commit.id;
    let refused = refused.check(infra("absent"), Expected::Revision(Revision(9)));
    let spoils = move |file: &Connection| {
        let failed = |error| StoreError::unavailable("prepare", error);
        file.execute("INSERT INTO two VALUES (1)", []).map_err(failed).map(|_| ())
    };
    let writer = store.writer.clone();
    let held = hold(store).await;
    let spoiling = writer.write("prepare", spoils);
    let lease = store.take_lease("d", "one", std::time::Duration::from_secs(60));
    let together =
        futures::future::join4(spoiling, store.commit(commit), store.commit(refused), lease);
    let mut together = Box::pin(together);
    assert!(futures::poll!(together.as_mut()).is_pending());
    held.send(()).unwrap();
    let (spoiled, unknown, failed, lease) = together.await;
    assert!(spoiled.is_err());
    assert!(
        matches!(&unknown, Err(StoreError::Unknown { commit, .. }) if *commit == id),
        "{unknown:?}"
    );
    // Its refusal may rest on a write that is not there in the end.
    let failed = failed.unwrap_err();
    assert!(!failed.is_decided(), "{failed:?}");
    assert!(lease.is_err_and(|error| !error.is_decided()));
    assert_eq!(store.committed(id).await.unwrap(), None);
    store.commit(put("prod", 10)).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_fails_after_its_first_write_spoils_no_other_of_its_group() {
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON journal WHEN NEW.stream = 'refused' \
                   BEGIN SELECT RAISE(ABORT, 'refused'); END";
    on_the_writer(store, trigger).await;
    let before = store.commit(put("dev", 10)).await.unwrap();
    let refused = put("half", 10).append(JournalStream("refused".to_owned()), json!(1));
    let absent = Commit::new().put(infra("half"), Expected::Absent, json!(1));
    let results = group(store, [put("dev", 20), refused, absent, put("prod", 10)]).await;
    let revisions: Vec<_> = results.iter().map(|result| result.as_ref().ok()).collect();
    let after = |count| Revision(before.0 + count);
    assert_eq!(revisions, [Some(&after(1)), None, Some(&after(2)), Some(&after(3))]);
    assert_eq!(store.read(&infra("half")).await.unwrap().unwrap().body, json!(1));
    assert_eq!(store.changes(before, 10).await.unwrap().until, after(3));
}

#[tokio::test]
async fn a_caller_that_went_away_while_waiting_has_no_lease() {
    // R1: nobody else could take it until it expires.
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    let minute = std::time::Duration::from_secs(60);
    let held = hold(store).await;
    let mut gone = Box::pin(store.take_lease("d", "gone", minute));
    assert!(futures::poll!(gone.as_mut()).is_pending());
    drop(gone);
    let mut next = Box::pin(store.take_lease("d", "next", minute));
    assert!(futures::poll!(next.as_mut()).is_pending());
    held.send(()).unwrap();
    assert_eq!(next.await.unwrap().holder, "next");

    // The answer is on its way already.
    let mut gone = Box::pin(store.take_lease("e", "gone", minute));
    assert!(futures::poll!(gone.as_mut()).is_pending());
    // The next write is done after it.
    store.commit(put("dev", 10)).await.unwrap();
    drop(gone);
    assert_eq!(store.take_lease("e", "next", minute).await.unwrap().holder, "next");
}

#[tokio::test]
async fn a_caller_that_goes_away_during_the_write_has_no_lease() {
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    let (started, starts) = std::sync::mpsc::channel::<()>();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let take = move |file: &Connection| {
        let _ = started.send(());
        let _ = wait.recv();
        super::super::leases::take(file, "d", "gone", std::time::Duration::from_secs(60))
    };
    let writer = store.writer.clone();
    let mut gone =
        Box::pin(writer.write_or_undo("take a lease", take, super::super::leases::release));
    assert!(futures::poll!(gone.as_mut()).is_pending());
    tokio::task::spawn_blocking(move || starts.recv()).await.unwrap().unwrap();
    drop(gone);
    go.send(()).unwrap();
    let minute = std::time::Duration::from_secs(60);
    assert_eq!(store.take_lease("d", "next", minute).await.unwrap().holder, "next");
}

#[tokio::test]
async fn damaged_rows_are_errors_that_stay_and_spoil_no_other() {
    let on_disk = with_secrets(SecretsAtRest::Plain).await;
    let store = &on_disk.inner;
    let stream = JournalStream("j".to_owned());
    store.commit(put("dev", 10).append(stream.clone(), json!(1))).await.unwrap();
    store.commit(put("prod", 10)).await.unwrap();
    let file = Connection::open(on_disk.path()).unwrap();
    file.execute("UPDATE document SET body = '{canary' WHERE id = 'dev'", []).unwrap();
    file.execute("UPDATE journal SET body = '{canary'", []).unwrap();
    let read = store.read(&infra("dev")).await.unwrap_err();
    let entries = store.journal(&stream, 0, 10).await.unwrap_err();
    for error in [read, entries] {
        assert!(matches!(&error, StoreError::Damaged { .. }), "{error:?}");
        assert!(!error.is_transient());
        assert!(!format!("{error:?}").contains("canary"), "no value in an error: {error:?}");
    }
    assert!(store.read(&infra("prod")).await.unwrap().is_some());
    let listed = store.list(&Listing::of(INFRAS, 10)).await.unwrap();
    let damage: Vec<_> = listed.iter().map(|found| found.damage.is_some()).collect();
    assert_eq!(damage, [true, false]);
    assert!(!format!("{listed:?}").contains("canary"), "{listed:?}");
}

#[tokio::test]
async fn a_damaged_file_is_an_error_that_stays() {
    let OnDisk { inner: store, directory } = with_secrets(SecretsAtRest::Plain).await;
    for number in 0..50 {
        store.commit(put(&format!("i{number}"), 1000)).await.unwrap();
    }
    on_the_writer(&store, "SELECT 1").await;
    let path = directory.path().join("deployer.db");
    drop(store);
    // The last connection writes its log into the file.
    Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let first_rows = 12 * 4096;
    for byte in bytes.iter_mut().skip(first_rows) {
        *byte = 0xa5;
    }
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path, SecretsAtRest::Plain).await.unwrap();
    let error = store.list(&Listing::of(INFRAS, 100)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Damaged { .. }), "{error:?}");
}
