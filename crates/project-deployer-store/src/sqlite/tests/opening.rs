use std::fs;

use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use super::{OnDisk, SecretsAtRest, SqliteStore, new_store, sealed};
use crate::commit::{Commit, Expected};
use crate::document::Collection;
use crate::journal::JournalStream;
use crate::maintenance::Maintenance as _;
use crate::sqlite::OpenError;
use crate::sqlite::open::APPLICATION;
use crate::store::Store as _;

const PLAIN: SecretsAtRest = SecretsAtRest::Plain;

#[tokio::test]
async fn what_was_committed_is_there_after_opening_again() {
    // R1
    let secrets = sealed();
    let OnDisk { inner: store, directory } = super::with_secrets(secrets.clone()).await;
    let key = Collection::new("infras").key("dev");
    let commit = Commit::new().put(key.clone(), Expected::Absent, json!({"n": 1e16, "s": "\0"}));
    let revision = store.commit(commit.append(JournalStream("j".into()), json!(1))).await.unwrap();
    drop(store);
    let again = SqliteStore::open(directory.path().join("deployer.db"), secrets).await.unwrap();
    let read = again.read(&key).await.unwrap().unwrap();
    assert_eq!((read.revision, read.body), (revision, json!({"n": 1e16, "s": "\0"})));
    assert_eq!(again.status().await.unwrap().entries, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    // R13
    use std::os::unix::fs::PermissionsExt as _;
    let store = new_store().await;
    let key = Collection::new("infras").key("dev");
    store.commit(Commit::new().put(key, Expected::Absent, json!(1))).await.unwrap();
    let files: Vec<_> = fs::read_dir(store.directory.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 3, "the database, its log and its index");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_unchanged() {
    let directory = TempDir::new().unwrap();
    let text = directory.path().join("notes.txt");
    fs::write(&text, "x".repeat(10_000)).unwrap();
    let refused = SqliteStore::open(&text, PLAIN).await.unwrap_err();
    assert!(matches!(refused, OpenError::NotADatabase { .. }), "{refused:?}");
    assert_eq!(fs::read_to_string(&text).unwrap(), "x".repeat(10_000));

    let other = directory.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let before = fs::read(&other).unwrap();
    let refused = SqliteStore::open(&other, PLAIN).await.unwrap_err();
    assert!(matches!(refused, OpenError::OtherProgram { .. }), "{refused:?}");
    assert_eq!(fs::read(&other).unwrap(), before);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let OnDisk { inner: store, directory } = super::with_secrets(PLAIN).await;
    drop(store);
    let path = directory.path().join("deployer.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = SqliteStore::open(&path, PLAIN).await.unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { found: 99, .. }), "{refused:?}");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("absent/deployer.db");
    let refused = SqliteStore::open(&path, PLAIN).await.unwrap_err();
    assert!(refused.to_string().contains("absent/deployer.db"), "{refused}");
}

#[tokio::test]
async fn opening_at_the_same_time_makes_one_store() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deployer.db");
    let openings = (0..6).map(|_| SqliteStore::open(path.clone(), PLAIN));
    let stores = futures::future::join_all(openings).await;
    let stores: Vec<_> = stores.into_iter().map(Result::unwrap).collect();
    for (number, store) in stores.iter().enumerate() {
        let key = Collection::new("infras").key(number);
        store.commit(Commit::new().put(key, Expected::Absent, json!(1))).await.unwrap();
    }
    assert_eq!(stores[0].status().await.unwrap().documents, 6);
}

#[tokio::test]
async fn a_new_store_has_schema_4() {
    let store = new_store().await;
    let file = Connection::open(store.path()).unwrap();
    let version: i64 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let tables: i64 = file
        .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0))
        .unwrap();
    assert_eq!((version, tables), (4, 6));
}

#[tokio::test]
async fn a_store_of_schema_1_is_brought_to_the_newest_and_keeps_everything() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deployer.db");
    let key = Collection::new("infras").key("dev");
    let commit = || Commit::new().put(key.clone(), Expected::Absent, json!({"id": "dev"}));
    let written = commit();
    let file = Connection::open(&path).unwrap();
    file.execute_batch(include_str!("../schema.sql")).unwrap();
    file.pragma_update(None, "application_id", APPLICATION).unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    file.execute_batch(
        "INSERT INTO store VALUES (1, x'01', 5, 2, 3, NULL);
         INSERT INTO document VALUES ('infras', 'dev', 5, '{\"id\":\"dev\"}');
         INSERT INTO journal VALUES ('j', 1, '1');",
    )
    .unwrap();
    let id = written.id.to_bytes();
    file.execute("INSERT INTO written VALUES (?1, 5)", [id]).unwrap();
    drop(file);
    let store = SqliteStore::open(&path, PLAIN).await.unwrap();
    assert_eq!(store.read(&key).await.unwrap().unwrap().body, json!({"id": "dev"}));
    assert_eq!(store.status().await.unwrap().entries, 1);
    assert_eq!(store.commit(written).await.unwrap().0, 5, "its content is not known");
    let next = store.commit(Commit::new().delete(key.clone(), Expected::Any)).await.unwrap();
    assert_eq!(next.0, 6);
    drop(store);
    let again = SqliteStore::open(&path, PLAIN).await.unwrap();
    assert!(again.read(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_file_of_schema_1_is_brought_to_the_newest() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deployer.db");
    let file = Connection::open(&path).unwrap();
    file.execute_batch(include_str!("../schema.sql")).unwrap();
    file.execute_batch(
        "PRAGMA application_id = 0x50446570; PRAGMA user_version = 1;
         INSERT INTO store (one, id, revision, compacted, token) VALUES (1, randomblob(16), 4, 0, 9);
         INSERT INTO document VALUES ('infras', 'dev', 4, '{\"n\":1}');
         INSERT INTO journal VALUES ('j', 1, '\"x\"');",
    )
    .unwrap();
    drop(file);
    let store = SqliteStore::open(&path, PLAIN).await.unwrap();
    let key = Collection::new("infras").key("dev");
    assert_eq!(store.read(&key).await.unwrap().unwrap().body, json!({"n": 1}));
    let commit = Commit::new().put(key.clone(), Expected::Any, json!(2));
    let commit = commit.append(JournalStream("j".into()), json!("y"));
    assert_eq!(store.commit(commit).await.unwrap().0, 5);
    assert_eq!(store.journal(&JournalStream("j".into()), 0, 9).await.unwrap().len(), 2);
    assert_eq!(store.damage().await.unwrap(), []);
    assert_eq!(store.inventory().await.unwrap().schema, Some(4));
}

#[tokio::test]
async fn a_process_of_an_earlier_build_that_has_the_file_open_commits_nothing_more() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deployer.db");
    let older = Connection::open(&path).unwrap();
    older.execute_batch(include_str!("../schema.sql")).unwrap();
    older.execute_batch(include_str!("../schema_2.sql")).unwrap();
    older.execute_batch(include_str!("../schema_3.sql")).unwrap();
    older
        .execute_batch(
            "PRAGMA application_id = 0x50446570; PRAGMA user_version = 3; PRAGMA journal_mode = WAL;
             INSERT INTO store (one, id, revision, compacted, token) VALUES (1, randomblob(16), 1, 0, 0);",
        )
        .unwrap();
    // The first statement of each commit of schema 2 and 3, kept prepared.
    let written = "INSERT INTO written (commit_id, revision, content) VALUES (?1, ?2, ?3)";
    let mut written = older.prepare(written).unwrap();
    let commit = Commit::new().put(Collection::new("infras").key("dev"), Expected::Any, json!(1));
    let content = commit.content_of(&commit.texts()).to_bytes();
    written.execute((commit.id.to_bytes(), 1, content)).unwrap();
    let store = SqliteStore::open(&path, PLAIN).await.unwrap();
    written.execute((Commit::new().id.to_bytes(), 2, content)).unwrap_err();
    // What it wrote before is known, by its content as well.
    assert_eq!(store.commit(commit.clone()).await.unwrap().0, 1);
    store.commit(commit.append(JournalStream("j".into()), json!(1))).await.unwrap_err();
    store.commit(Commit::new().append(JournalStream("j".into()), json!(1))).await.unwrap();
}

#[tokio::test]
async fn a_restored_copy_is_as_durable_as_the_original() {
    // `VACUUM INTO` writes a copy with another journal mode.
    let store = super::with_secrets(PLAIN).await;
    let key = Collection::new("infras").key("dev");
    store.commit(Commit::new().put(key.clone(), Expected::Absent, json!(1))).await.unwrap();
    let copy = store.directory.path().join("copy.db");
    let file = Connection::open(store.path()).unwrap();
    file.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let mode = |path: &std::path::Path| -> String {
        let file = Connection::open(path).unwrap();
        file.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap()
    };
    assert_eq!(mode(&copy), "delete");
    let restored = SqliteStore::open(&copy, PLAIN).await.unwrap();
    assert!(restored.read(&key).await.unwrap().is_some());
    assert_eq!(mode(&copy), "wal");
}
