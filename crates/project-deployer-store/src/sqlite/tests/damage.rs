//! What is damaged is found, wherever it is.

use rusqlite::Connection;
use serde_json::json;

use super::{OnDisk, SqliteStore, new_store};
use crate::commit::{Commit, Expected};
use crate::document::{Collection, DocumentKey};
use crate::journal::JournalStream;
use crate::maintenance::{Damaged, Maintenance as _};
use crate::store::Store as _;

fn dev() -> DocumentKey {
    Collection::new("infras").key("dev")
}

fn stream() -> JournalStream {
    JournalStream("update/1".to_owned())
}

async fn filled() -> OnDisk<SqliteStore> {
    let store = new_store().await;
    let commit = Commit::new().put(dev(), Expected::Absent, json!({"name": "Development"}));
    let commit = commit.append(stream(), json!({"n": 1})).append(stream(), json!({"n": 2}));
    store.commit(commit).await.unwrap();
    store
}

async fn damaged_by(change: &str) -> Vec<Damaged> {
    let store = filled().await;
    assert_eq!(store.inner.damage().await.unwrap(), []);
    let changed = Connection::open(store.path()).unwrap().execute(change, []).unwrap();
    assert_eq!(changed, 1, "{change}");
    let found = store.inner.damage().await.unwrap();
    found.into_iter().map(|damage| damage.object).collect()
}

#[tokio::test]
async fn a_changed_character_is_found_although_the_json_is_valid() {
    let document = [Damaged::Document(dev())];
    let change = "UPDATE document SET body = replace(body, 'Dev', 'Dfv')";
    assert_eq!(damaged_by(change).await, document);
    // Another revision, or bytes that are no text.
    assert_eq!(damaged_by("UPDATE document SET revision = 7").await, document);
    let change = "UPDATE document SET body = CAST(x'ff' AS TEXT)";
    assert_eq!(damaged_by(change).await, document);
    let change = "UPDATE journal SET body = '{\"n\":3}' WHERE sequence = 2";
    assert_eq!(damaged_by(change).await, [Damaged::Entry(stream(), 2)]);
}

#[tokio::test]
async fn entries_that_moved_to_another_journal_are_found() {
    let change = "UPDATE journal SET stream = 'update/2' WHERE sequence = 2";
    let moved = JournalStream("update/2".to_owned());
    assert_eq!(damaged_by(change).await, [Damaged::Entry(moved, 2)]);
}

#[tokio::test]
async fn rows_of_the_first_schema_have_no_checksum_and_are_not_damaged() {
    assert_eq!(damaged_by("UPDATE document SET checksum = NULL, body = '1'").await, []);
}
