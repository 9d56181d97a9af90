//! The cases for every [`Store`].

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::time::sleep;

use crate::commit::{Commit, Expected};
use crate::document::{Collection, Document, DocumentKey, Secrets};
use crate::error::StoreError;
use crate::store::{JournalEntry, JournalStream, Store};

const INFRAS: Collection = Collection("infras");
const MINUTE: Duration = Duration::from_secs(60);

fn prod() -> DocumentKey {
    INFRAS.key("prod")
}

fn journal() -> JournalStream {
    JournalStream("updates/d/1".to_owned())
}

async fn put(store: &dyn Store, key: DocumentKey, body: i32) -> Document {
    store.commit(Commit::new().put(key.clone(), Expected::Any, json!(body))).await.unwrap();
    store.read(&key).await.unwrap().unwrap()
}

async fn entries(store: &dyn Store) -> Vec<JournalEntry> {
    store.journal(&journal(), 0).await.unwrap()
}

fn is_conflict_on(result: &Result<(), StoreError>, key: &DocumentKey) -> bool {
    matches!(result, Err(StoreError::Conflict(found)) if found == key)
}

fn is_lost(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::LeaseLost { .. }))
}

/// Secrets included, which `Debug` does not show (R13).
pub async fn a_document_is_read_as_it_was_written(store: &dyn Store) {
    let body = json!({"id": "prod", "n": 12_345_678_901_234_567_890_u64, "t": "ü\u{1F600}"});
    let secrets = Secrets::from([("adminApiKey".to_owned(), SecretString::from("canary"))]);
    let commit = Commit::new()
        .put_sealed(prod(), Expected::Absent, body.clone(), secrets)
        .append(journal(), json!("canary"));
    assert!(!format!("{commit:?}").contains("canary"));
    store.commit(commit).await.unwrap();
    let read = store.read(&prod()).await.unwrap().unwrap();
    assert_eq!(read.body, body);
    assert_eq!(read.secrets["adminApiKey"].expose_secret(), "canary");
    assert!(!format!("{read:?}").contains("canary"));
}

/// Rather than an error.
pub async fn an_absent_document_is_none(store: &dyn Store) {
    assert!(store.read(&prod()).await.unwrap().is_none());
    assert!(store.list(INFRAS).await.unwrap().is_empty());
    store.commit(Commit::new().delete(prod(), Expected::Any)).await.unwrap();
}

/// By id, byte by byte.
pub async fn a_list_has_one_kind_in_order(store: &dyn Store) {
    for id in ["b", "a", "B", "ä"] {
        put(store, INFRAS.key(id), 1).await;
    }
    put(store, Collection("infrastructure").key("x"), 1).await;
    put(store, Collection("infra").key("x"), 1).await;
    let ids: Vec<_> = store.list(INFRAS).await.unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["B", "a", "b", "ä"]);
}

/// And changes nothing.
pub async fn a_write_that_expects_another_version_is_refused(store: &dyn Store) {
    let old = put(store, prod(), 1).await;
    put(store, prod(), 2).await;
    for expected in [Expected::Absent, Expected::Version(old.version)] {
        let replace = Commit::new().put(prod(), expected, json!(3));
        assert!(is_conflict_on(&store.commit(replace).await, &prod()));
        let delete = Commit::new().delete(prod(), expected);
        assert!(is_conflict_on(&store.commit(delete).await, &prod()));
    }
    assert_eq!(store.read(&prod()).await.unwrap().unwrap().body, json!(2));
    let absent = Commit::new().put(INFRAS.key("new"), Expected::Version(old.version), json!(3));
    assert!(is_conflict_on(&store.commit(absent).await, &INFRAS.key("new")));
}

/// Not even after a deletion.
pub async fn a_version_is_never_reused(store: &dyn Store) {
    let old = put(store, prod(), 1).await;
    store.commit(Commit::new().delete(prod(), Expected::Version(old.version))).await.unwrap();
    let new = put(store, prod(), 1).await;
    assert_ne!(old.version, new.version);
}

/// Writes, checks and journal alike.
pub async fn a_commit_happens_as_a_whole_or_not_at_all(store: &dyn Store) {
    let other = INFRAS.key("other");
    let commit = |expected| {
        Commit::new()
            .put(prod(), Expected::Any, json!(1))
            .append(journal(), json!("entry"))
            .check(other.clone(), expected)
    };
    let document = put(store, other.clone(), 0).await;
    assert!(is_conflict_on(&store.commit(commit(Expected::Absent)).await, &other));
    assert!(store.read(&prod()).await.unwrap().is_none());
    assert!(entries(store).await.is_empty());
    store.commit(commit(Expected::Version(document.version))).await.unwrap();
    assert!(store.read(&prod()).await.unwrap().is_some());
    assert_eq!(entries(store).await.len(), 1);
    let checked = store.read(&other).await.unwrap().unwrap();
    assert_eq!(checked.version, document.version, "a check writes nothing");
}

/// However close they are.
pub async fn of_two_writers_of_one_version_one_wins(store: &dyn Store) {
    let start = put(store, prod(), 0).await;
    let writers = (1..=8).map(|writer| {
        let expected = Expected::Version(start.version);
        store.commit(Commit::new().put(prod(), expected, json!(writer)))
    });
    let results = futures::future::join_all(writers).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().filter(|result| result.is_err()).all(|r| is_conflict_on(r, &prod())));
}

/// In the order of the commits.
pub async fn a_journal_counts_from_one_without_gaps(store: &dyn Store) {
    for body in 1..=3 {
        store.commit(Commit::new().append(journal(), json!(body))).await.unwrap();
    }
    let expected: Vec<_> = (1..=3).map(|n| JournalEntry { sequence: n, body: json!(n) }).collect();
    assert_eq!(entries(store).await, expected);
    assert_eq!(store.journal(&journal(), 2).await.unwrap(), expected[2..]);
    let other = JournalStream("updates/d/10".to_owned());
    assert!(store.journal(&other, 0).await.unwrap().is_empty());
}

/// Even when the name is the same (R5).
pub async fn a_lease_has_one_holder(store: &dyn Store) {
    let ours = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    match store.take_lease("d", "deployer-1", MINUTE).await {
        Err(StoreError::Held { holder, .. }) => assert_eq!(holder, "deployer-1"),
        other => panic!("expected a held lease, found {other:?}"),
    }
    store.take_lease("e", "deployer-2", MINUTE).await.unwrap();
    store.commit(Commit::new().append(journal(), json!(1)).fenced_by(&ours)).await.unwrap();
}

/// At once, by any holder.
pub async fn a_lease_that_was_given_back_can_be_taken(store: &dyn Store) {
    let first = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    store.release_lease(&first).await.unwrap();
    let second = store.take_lease("d", "deployer-2", MINUTE).await.unwrap();
    assert!(second.token() > first.token());
}

/// So that a dead holder blocks no other (R1).
pub async fn a_lease_that_ran_out_goes_to_the_next_with_a_larger_token(store: &dyn Store) {
    let first = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    sleep(MINUTE * 2).await;
    let second = store.take_lease("d", "deployer-2", MINUTE).await.unwrap();
    assert!(second.token() > first.token());
}

/// A slow holder without a successor may continue.
pub async fn a_lease_that_ran_out_and_was_not_taken_is_still_ours(store: &dyn Store) {
    let ours = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    sleep(MINUTE * 2).await;
    store.commit(Commit::new().append(journal(), json!(1)).fenced_by(&ours)).await.unwrap();
    store.renew_lease(&ours, MINUTE).await.unwrap();
    assert!(store.take_lease("d", "deployer-2", MINUTE).await.is_err());
}

/// However long it is held.
pub async fn a_renewed_lease_does_not_run_out(store: &dyn Store) {
    let ours = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    for _ in 0..3 {
        sleep(MINUTE / 2).await;
        store.renew_lease(&ours, MINUTE).await.unwrap();
    }
    assert!(store.take_lease("d", "deployer-2", MINUTE).await.is_err());
}

/// Once another holder has had the lease, whether or not it was released (R5).
pub async fn a_stale_holder_cannot_write_renew_or_release(store: &dyn Store) {
    let stale = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    sleep(MINUTE * 2).await;
    let current = store.take_lease("d", "deployer-2", MINUTE).await.unwrap();
    let write = |lease| {
        let commit = Commit::new().put(prod(), Expected::Any, json!(1)).fenced_by(lease);
        store.commit(commit.append(journal(), json!(1)))
    };
    assert!(is_lost(&write(&stale).await));
    assert!(is_lost(&store.renew_lease(&stale, MINUTE).await));
    store.release_lease(&stale).await.unwrap();
    write(&current).await.unwrap();
    store.release_lease(&current).await.unwrap();
    assert!(is_lost(&write(&current).await));
    assert!(is_lost(&write(&stale).await));
    assert_eq!(entries(store).await.len(), 1);
}
