//! What is written comes back as it was.

use project_deployer_store::{
    Collection, Commit, DocumentKey, Expected, JournalStream, Listing, Secrets, Store as _,
    StoreError,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::servers::{database, new_store, open, sealed, session};

fn key(id: &str) -> DocumentKey {
    Collection::new("infras").key(id)
}

/// Values that `jsonb` changes or refuses, and long ones.
fn odd_values() -> Vec<Value> {
    let mut values: Vec<Value> = [
        "1e16",
        "-0.0",
        "1E2",
        "1e308",
        "5e-324",
        "0.1",
        "18446744073709551615",
        "-9223372036854775808",
        "123456789012345678901234567890",
        "1.0",
        "1",
    ]
    .iter()
    .map(|text| serde_json::from_str(text).unwrap())
    .collect();
    values.push(json!("\u{0}a\u{0}"));
    values.push(json!({"b": 1, "a": {"\u{0}": [null, "", " ", "\u{10ffff}", "\\u0000", "'\"$1"]}}));
    values.push(json!("{\"a\":1,\"a\":2}"));
    values.push(json!("x".repeat(20 << 20)));
    values.push(Value::Null);
    values
}

#[tokio::test]
async fn documents_and_entries_come_back_byte_for_byte() {
    let Some(store) = new_store().await else { return };
    let stream = JournalStream("j".to_owned());
    let values = odd_values();
    let mut commit = Commit::new();
    for (number, value) in values.iter().enumerate() {
        commit = commit.put(key(&format!("{number:02}")), Expected::Absent, value.clone());
        commit = commit.append(stream.clone(), value.clone());
    }
    store.commit(commit).await.unwrap();
    let text = |values: Vec<Value>| values.iter().map(Value::to_string).collect::<Vec<_>>();
    let expected = text(values);
    let listed = store.list(&Listing::of(Collection::new("infras"), 100)).await.unwrap();
    assert!(text(listed.into_iter().map(|document| document.body).collect()) == expected);
    let entries = store.journal(&stream, 0, 100).await.unwrap();
    assert!(text(entries.into_iter().map(|entry| entry.body).collect()) == expected);
    let changed = store.changes(Default::default(), 100).await.unwrap().changes;
    assert!(text(changed.into_iter().filter_map(|change| change.body).collect()) == expected);
}

#[tokio::test]
async fn a_text_that_was_written_by_hand_is_read_as_json_has_it() {
    // A key that occurs twice cannot be written by us, and the last one counts.
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    store.commit(Commit::new().put(key("a"), Expected::Any, json!(1))).await.unwrap();
    let change = "UPDATE project_deployer.document SET body = '{\"a\": 1, \"a\": 1E2}'";
    session(&url).await.batch_execute(change).await.unwrap();
    assert_eq!(store.read(&key("a")).await.unwrap().unwrap().body, json!({"a": 100.0}));
}

#[tokio::test]
async fn a_damaged_document_is_on_its_page_with_the_reason() {
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    for id in ["a", "b", "c"] {
        store.commit(Commit::new().put(key(id), Expected::Any, json!(1))).await.unwrap();
    }
    let damage = "UPDATE project_deployer.document SET body = '{canary' WHERE id = 'b'";
    session(&url).await.batch_execute(damage).await.unwrap();
    let expected = [("a", false), ("b", true), ("c", false)];
    let listed = store.list(&Listing::of(Collection::new("infras"), 10)).await.unwrap();
    let damaged: Vec<_> = listed.iter().map(|it| (it.id.as_str(), it.damage.is_some())).collect();
    assert_eq!(damaged, expected);
    let changes = store.changes(Default::default(), 10).await.unwrap().changes;
    let damaged: Vec<_> =
        changes.iter().map(|it| (it.key.id.as_str(), it.damage.is_some())).collect();
    assert_eq!(damaged, expected);
    assert!(changes.iter().all(|change| change.body.is_some()), "none of them is deleted");
    assert!(!format!("{listed:?} {changes:?}").contains("canary"), "no value is shown");
    let read = store.read(&key("b")).await.unwrap_err();
    assert!(matches!(read, StoreError::Damaged { .. }), "{read:?}");
    assert!(!format!("{read:?}").contains("canary"), "{read:?}");
}

#[tokio::test]
async fn secrets_come_back_byte_for_byte() {
    let Some(store) = new_store().await else { return };
    let odd = ["", "\u{0}", "ü\u{1F600}", "x' OR 1=1 --"];
    let secret = |(number, text): (usize, &&str)| (format!("s{number}"), SecretString::from(*text));
    let secrets: Secrets = odd.iter().enumerate().map(secret).collect();
    let two = Commit::new().put_sealed(key("a"), Expected::Any, json!(1), secrets.clone());
    let two = two.put_sealed(key("b"), Expected::Any, json!(2), Secrets::new());
    let two = two.put_sealed(key("c"), Expected::Any, json!(3), secrets);
    store.commit(two).await.unwrap();
    for id in ["a", "c"] {
        let read = store.read(&key(id)).await.unwrap().unwrap().secrets;
        let read: Vec<&str> = read.values().map(|secret| secret.expose_secret()).collect();
        assert_eq!(read, odd, "{id}");
    }
    assert!(store.read(&key("b")).await.unwrap().unwrap().secrets.is_empty());
}

#[tokio::test]
async fn a_body_that_is_longer_than_a_statement_may_be_is_refused() {
    let Some(store) = new_store().await else { return };
    let long = Commit::new().put(key("a"), Expected::Any, json!("x".repeat(256 << 20)));
    let refused = store.commit(long).await;
    assert!(matches!(refused, Err(StoreError::Malformed(_))), "{:?}", refused.err());
}
