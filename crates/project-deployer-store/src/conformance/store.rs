//! The cases for every [`Store`].

mod changes;
mod leases;
mod values;

pub use self::changes::*;
pub use self::leases::*;
pub use self::values::*;

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::commit::{Commit, Expected};
use crate::document::{Collection, Document, DocumentKey, Revision, Secrets};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::page::{ListedDocument, Listing};
use crate::store::Store;

const INFRAS: Collection = Collection::new("infras");

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
    store.journal(&journal(), 0, usize::MAX).await.unwrap()
}

/// All pages of a list.
async fn listed(store: &dyn Store, listing: Listing) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut next = listing.clone();
    loop {
        let page = store.list(&next).await.unwrap();
        let held = store.list_held(&next).await.unwrap().into_iter().map(ListedDocument::from);
        let fields = |found: ListedDocument| (found.id, found.revision, found.body, found.damage);
        assert!(held.map(fields).eq(page.iter().cloned().map(fields)));
        let is_last = page.len() < listing.limit;
        ids.extend(page.into_iter().map(|document| document.id));
        match ids.last() {
            Some(last) if !is_last => next = listing.clone().after(last.clone()),
            _ => return ids,
        }
    }
}

fn is_conflict_on<T>(result: &Result<T, StoreError>, key: &DocumentKey) -> bool {
    matches!(result, Err(StoreError::Conflict(found)) if found == key)
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
    assert!(listed(store, Listing::of(INFRAS, 10)).await.is_empty());
    store.commit(Commit::new().delete(prod(), Expected::Any)).await.unwrap();
}

/// By id, byte by byte, and without secrets.
pub async fn a_list_has_one_kind_in_order(store: &dyn Store) {
    for id in ["b", "a", "B", "ä", "a-b", "_x"] {
        put(store, INFRAS.key(id), 1).await;
    }
    put(store, Collection::new("infrastructure").key("x"), 1).await;
    put(store, Collection::new("infra").key("x"), 1).await;
    let sorted = ["B", "_x", "a", "a-b", "b", "ä"];
    for limit in [1, 2, 6, 7] {
        assert_eq!(listed(store, Listing::of(INFRAS, limit)).await, sorted, "pages of {limit}");
    }
    let page = store.list(&Listing::of(INFRAS, 1).after("a")).await.unwrap();
    assert_eq!(page[0].id, "a-b");
    assert_eq!(page[0].body, json!(1));
    assert!(page[0].revision > Revision(0));
}

/// A prefix is a text, not a pattern.
pub async fn a_list_can_have_a_prefix(store: &dyn Store) {
    for id in ["CHURN/1", "CHURN/2", "CHURN2/1", "CHURN", "C%/1", "C_URN/1"] {
        put(store, INFRAS.key(id), 1).await;
    }
    let below = |prefix: &str| Listing::of(INFRAS, 1).below(prefix);
    assert_eq!(listed(store, below("CHURN/")).await, ["CHURN/1", "CHURN/2"]);
    assert_eq!(listed(store, below("C%")).await, ["C%/1"]);
    assert_eq!(listed(store, below("C_")).await, ["C_URN/1"]);
    let after = below("CHURN").after("CHURN/1");
    assert_eq!(listed(store, after).await, ["CHURN/2", "CHURN2/1"]);
}

/// Revisions grow with each commit, and are those of the documents.
pub async fn a_commit_has_the_next_revision(store: &dyn Store) {
    let before = store.status().await.unwrap();
    let first = store.commit(Commit::new().put(prod(), Expected::Any, json!(1))).await.unwrap();
    let other = Commit::new().append(journal(), json!(1));
    let second = store.commit(other).await.unwrap();
    assert!(before.revision < first && first < second);
    assert_eq!(store.read(&prod()).await.unwrap().unwrap().revision, first);
    let status = store.status().await.unwrap();
    assert_eq!(status.revision, second);
    assert_eq!((status.documents, status.entries), (1, 1));
}

/// So that a lost answer costs nothing: the commit is sent again.
pub async fn a_commit_happens_once_however_often_it_is_sent(store: &dyn Store) {
    let commit = || {
        let mut commit = Commit::new().put(prod(), Expected::Absent, json!(1));
        commit = commit.append(journal(), json!(1));
        commit
    };
    let first = commit();
    let id = first.id;
    assert_eq!(store.committed(id).await.unwrap(), None);
    let revision = store.commit(first).await.unwrap();
    let mut again = commit();
    again.id = id;
    assert_eq!(store.commit(again).await.unwrap(), revision);
    assert_eq!(store.committed(id).await.unwrap(), Some(revision));
    assert_eq!(entries(store).await.len(), 1);
    let refused = commit();
    let id = refused.id;
    assert!(is_conflict_on(&store.commit(refused).await, &prod()));
    assert_eq!(store.committed(id).await.unwrap(), None);
}

/// Whatever differs: an id that was given twice must not look like a success.
pub async fn another_commit_under_a_written_id_is_refused(store: &dyn Store) {
    let key = INFRAS.key("dev");
    let first = Commit::new().put(key.clone(), Expected::Any, json!(1)).append(journal(), json!(1));
    let id = first.id;
    let revision = store.commit(first.clone()).await.unwrap();
    let lease = store.take_lease("d", "deployer-1", Duration::from_secs(60)).await.unwrap();
    let put = |body| Commit::new().put(key.clone(), Expected::Any, json!(body));
    for mut other in [
        put(2).append(journal(), json!(1)),
        put(1).append(journal(), json!(2)),
        put(1),
        first.clone().fenced_by(&lease),
        first.clone().delete(prod(), Expected::Any),
        first.clone().remove_journal(JournalStream("other".to_owned())),
    ] {
        other.id = id;
        let refused = store.commit(other).await;
        assert!(matches!(refused, Err(StoreError::Malformed(_))), "{refused:?}");
    }
    assert_eq!(store.commit(first).await.unwrap(), revision, "the same one is");
    assert_eq!(store.committed(id).await.unwrap(), Some(revision));
    assert_eq!(store.status().await.unwrap().revision, revision);
}

/// Before anything is written.
pub async fn a_malformed_commit_is_refused(store: &dyn Store) {
    let put = |id: &str| Commit::new().put(INFRAS.key(id), Expected::Any, json!(1));
    let long = "x".repeat(2561);
    for commit in [
        put("a").delete(INFRAS.key("a"), Expected::Any),
        put(""),
        put("a\0b"),
        put(&long),
        put("b").append(JournalStream(String::new()), json!(1)),
        put("c").append(journal(), json!(1)).remove_journal(journal()),
    ] {
        let refused = store.commit(commit).await;
        assert!(matches!(refused, Err(StoreError::Malformed(_))), "{refused:?}");
    }
    assert!(listed(store, Listing::of(INFRAS, 10)).await.is_empty());
    assert!(store.take_lease("a\0b", "deployer-1", Duration::ZERO).await.is_err());
}

/// Others stay.
pub async fn a_removed_journal_is_empty(store: &dyn Store) {
    let other = JournalStream("updates/d/10".to_owned());
    let both = Commit::new().append(journal(), json!(1)).append(other.clone(), json!(1));
    store.commit(both).await.unwrap();
    store.commit(Commit::new().remove_journal(journal())).await.unwrap();
    assert!(entries(store).await.is_empty());
    assert_eq!(store.journal(&other, 0, 10).await.unwrap().len(), 1);
    store.commit(Commit::new().append(journal(), json!(2))).await.unwrap();
    assert_eq!(entries(store).await, [JournalEntry::new(1, json!(2))]);
}

/// And changes nothing.
pub async fn a_write_that_expects_another_revision_is_refused(store: &dyn Store) {
    let old = put(store, prod(), 1).await;
    let new = put(store, prod(), 2).await;
    for expected in [Expected::Absent, Expected::Revision(old.revision)] {
        let replace = Commit::new().put(prod(), expected, json!(3));
        assert!(is_conflict_on(&store.commit(replace).await, &prod()));
        let delete = Commit::new().delete(prod(), expected);
        assert!(is_conflict_on(&store.commit(delete).await, &prod()));
    }
    assert_eq!(store.read(&prod()).await.unwrap().unwrap().body, json!(2));
    let absent = Commit::new().put(INFRAS.key("new"), Expected::Revision(old.revision), json!(3));
    assert!(is_conflict_on(&store.commit(absent).await, &INFRAS.key("new")));
    assert_eq!(store.status().await.unwrap().revision, new.revision);
}

/// Not even after a deletion.
pub async fn a_revision_is_never_reused(store: &dyn Store) {
    let old = put(store, prod(), 1).await;
    store.commit(Commit::new().delete(prod(), Expected::Revision(old.revision))).await.unwrap();
    let new = put(store, prod(), 1).await;
    assert_ne!(old.revision, new.revision);
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
    store.commit(commit(Expected::Revision(document.revision))).await.unwrap();
    assert!(store.read(&prod()).await.unwrap().is_some());
    assert_eq!(entries(store).await.len(), 1);
    let checked = store.read(&other).await.unwrap().unwrap();
    assert_eq!(checked.revision, document.revision, "a check writes nothing");
}

/// However close they are.
pub async fn of_many_writers_of_one_revision_one_wins(store: &dyn Store) {
    let start = put(store, prod(), 0).await;
    let writers = (1..=8).map(|writer| {
        let expected = Expected::Revision(start.revision);
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
    let expected: Vec<_> = (1..=3).map(|n| JournalEntry::new(n, json!(n))).collect();
    assert_eq!(entries(store).await, expected);
    assert_eq!(store.journal(&journal(), 2, 10).await.unwrap(), expected[2..]);
    assert_eq!(store.journal(&journal(), 0, 2).await.unwrap(), expected[..2]);
    assert_eq!(store.journal(&journal(), 1, 1).await.unwrap(), expected[1..2]);
    let other = JournalStream("updates/d/10".to_owned());
    assert!(store.journal(&other, 0, 10).await.unwrap().is_empty());
}
