//! The cases for every [`Maintenance`].

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use crate::commit::{Commit, Expected};
use crate::document::{Collection, DocumentKey, Revision, Secrets};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::maintenance::{Counters, Maintenance};

const INFRAS: Collection = Collection::new("infras");
const USERS: Collection = Collection::new("users");

fn stream(name: &str) -> JournalStream {
    JournalStream(name.to_owned())
}

/// Three documents of two kinds with one secret, and two journals.
async fn fill(store: &dyn Maintenance) {
    let secrets = Secrets::from([("key".to_owned(), SecretString::from("canary"))]);
    let commit = Commit::new()
        .put_sealed(INFRAS.key("b"), Expected::Absent, json!(1), secrets)
        .put(INFRAS.key("a/b"), Expected::Absent, json!(2))
        .put(USERS.key("a"), Expected::Absent, json!(3))
        .append(stream("two"), json!("x"))
        .append(stream("two"), json!("y"))
        .append(stream("one"), json!("z"));
    store.commit(commit).await.unwrap();
}

async fn all_keys(store: &dyn Maintenance) -> Vec<DocumentKey> {
    let mut keys: Vec<DocumentKey> = Vec::new();
    loop {
        let page = store.keys(keys.last(), 2).await.unwrap();
        let is_last = page.len() < 2;
        keys.extend(page);
        if is_last {
            return keys;
        }
    }
}

/// Documents by kind, journals, counters and secrets; not what was deleted.
pub async fn everything_is_counted(store: &dyn Maintenance) {
    fill(store).await;
    store.commit(Commit::new().put(USERS.key("b"), Expected::Any, json!(1))).await.unwrap();
    store.commit(Commit::new().delete(USERS.key("b"), Expected::Any)).await.unwrap();
    let lease = store.take_lease("l", "h", Duration::from_secs(60)).await.unwrap();
    let found = store.inventory().await.unwrap();
    let documents: Vec<_> = found.documents.into_iter().collect();
    assert_eq!(documents, [(INFRAS, 2), (USERS, 1)]);
    assert_eq!((found.journals, found.sealing.secrets()), (2, 1));
    assert_eq!(found.counters, Counters::new(Revision(3), lease.token()));
    let by_key = found.sealing.by_key.values().sum::<u64>();
    assert_eq!(by_key, u64::from(found.sealing.current.is_some()));
}

/// Of all kinds, whatever the page.
pub async fn all_keys_are_listed_in_order(store: &dyn Maintenance) {
    assert!(all_keys(store).await.is_empty());
    fill(store).await;
    let expected = [INFRAS.key("a/b"), INFRAS.key("b"), USERS.key("a")];
    assert_eq!(all_keys(store).await, expected);
    store.commit(Commit::new().delete(INFRAS.key("b"), Expected::Any)).await.unwrap();
    assert_eq!(all_keys(store).await, [INFRAS.key("a/b"), USERS.key("a")]);
}

/// And not a journal that was removed.
pub async fn journals_with_entries_are_listed_in_order(store: &dyn Maintenance) {
    fill(store).await;
    assert_eq!(store.journals(None, 1).await.unwrap(), [stream("one")]);
    assert_eq!(store.journals(Some(&stream("one")), 9).await.unwrap(), [stream("two")]);
    store.commit(Commit::new().remove_journal(stream("one"))).await.unwrap();
    assert_eq!(store.journals(None, 9).await.unwrap(), [stream("two")]);
}

/// So that no revision and no token of another store is used again.
pub async fn counters_only_grow(store: &dyn Maintenance) {
    fill(store).await;
    store.advance(Counters::new(Revision(70), 90)).await.unwrap();
    store.advance(Counters::new(Revision(5), 6)).await.unwrap();
    let lease = store.take_lease("l", "h", Duration::from_secs(60)).await.unwrap();
    assert_eq!(lease.token(), 91);
    let next = store.commit(Commit::new().put(USERS.key("z"), Expected::Absent, json!(1))).await;
    assert_eq!(next.unwrap(), Revision(71));
    let early = store.changes(Revision(69), 10).await;
    assert!(matches!(early, Err(StoreError::Compacted { .. })), "{early:?}");
    let late = store.changes(Revision(70), 10).await.unwrap();
    assert_eq!(late.changes.len(), 1);
    assert!(store.read(&INFRAS.key("b")).await.unwrap().is_some());
}

/// While the store changes, and it cannot be written. A store without snapshots is well.
pub async fn a_snapshot_stays_as_it_is(store: &dyn Maintenance) {
    fill(store).await;
    let Some(snapshot) = store.snapshot().await.unwrap() else { return };
    let before = snapshot.inventory().await.unwrap();
    let change = Commit::new()
        .put(INFRAS.key("b"), Expected::Any, json!("new"))
        .delete(USERS.key("a"), Expected::Any)
        .append(stream("two"), json!("new"));
    store.commit(change).await.unwrap();
    assert_eq!(all_keys(&*snapshot).await.len(), 3);
    let document = snapshot.read(&INFRAS.key("b")).await.unwrap().unwrap();
    assert_eq!((document.body, document.secrets.len()), (json!(1), 1));
    assert_eq!(snapshot.journal(&stream("two"), 0, 9).await.unwrap().len(), 2);
    assert_eq!(snapshot.inventory().await.unwrap(), before);
    drop(snapshot);
    assert_eq!(all_keys(store).await.len(), 2);
}

/// And does not report any.
pub async fn a_store_that_is_whole_has_no_damage(store: &dyn Maintenance) {
    fill(store).await;
    assert_eq!(store.damage().await.unwrap(), []);
}

/// Neither its body nor its revision nor its secrets.
pub async fn maintenance_changes_no_document(store: &dyn Maintenance) {
    fill(store).await;
    let before = store.read(&INFRAS.key("b")).await.unwrap().unwrap();
    let done = store.seal_again(10).await.unwrap();
    assert_eq!(done.left, 0);
    store.shrink().await.unwrap();
    let after = store.read(&INFRAS.key("b")).await.unwrap().unwrap();
    assert_eq!((after.revision, after.body), (before.revision, before.body));
    assert_eq!(after.secrets.len(), 1);
    assert_eq!(store.journal(&stream("two"), 0, 9).await.unwrap().len(), 2);
}
