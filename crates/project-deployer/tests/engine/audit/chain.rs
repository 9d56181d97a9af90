//! The chain, on stores in memory and in SQLite: it holds under concurrent writers, and shows what was changed.

use project_deployer::Deployer;
use project_deployer::audit::{AuditHead, AuditVerification};
use project_deployer_client::prelude::*;
use project_deployer_core::rights::Caller;
use project_deployer_core::stage::Stage;
use project_deployer_store::{
    Collection, Commit, DocumentKey, Expected, JournalStream, Listing, MemoryStore, PacedStore,
    Store,
};
use serde_json::Value;

use super::{administrator, deployer_on, records, sqlite};
use crate::installation::{creation, parsed};

async fn verified(deployer: &Deployer) -> AuditVerification {
    administrator(deployer).verify_audit(None).await.unwrap()
}

async fn add(deployer: &Deployer, name: &str) {
    administrator(deployer).add_stage(Stage::new(parsed(name), "")).await.unwrap();
}

/// Twelve sealed records in three blocks, and one that is not sealed.
async fn filled(store: impl Store) -> Deployer {
    let deployer = deployer_on(store);
    for number in 0..12 {
        add(&deployer, &format!("s{number}")).await;
        if number % 4 == 3 {
            assert_eq!(deployer.seal_audit().await.unwrap().records, 4);
        }
    }
    add(&deployer, "last").await;
    deployer
}

/// The journal of the only day.
async fn journal(store: &dyn Store) -> JournalStream {
    let days = store.list(&Listing::of(Collection::new("audit-day"), 10)).await.unwrap();
    assert_eq!(days.len(), 1, "the test ran over midnight");
    JournalStream(format!("audit/{}", days[0].id))
}

/// Replaces all records.
async fn rewrite(store: &dyn Store, change: impl FnOnce(&mut Vec<Value>)) {
    let journal = journal(store).await;
    let entries = store.journal(&journal, 0, 1000).await.unwrap();
    let mut bodies: Vec<_> = entries.into_iter().map(|entry| entry.body).collect();
    change(&mut bodies);
    store.commit(Commit::new().remove_journal(journal.clone())).await.unwrap();
    let commit =
        bodies.into_iter().fold(Commit::new(), |commit, body| commit.append(journal.clone(), body));
    store.commit(commit).await.unwrap();
}

/// Another text of the same record.
fn changed(body: &mut Value) {
    *body = Value::from(body.as_str().unwrap().replace("root", "dana"));
}

async fn block(store: &dyn Store, number: u64, change: impl FnOnce(&mut Value)) {
    let key = Collection::new("audit-block").key(format!("{number:020}"));
    document(store, &key, change).await;
}

async fn document(store: &dyn Store, key: &DocumentKey, change: impl FnOnce(&mut Value)) {
    let mut body = store.read(key).await.unwrap().unwrap().body;
    change(&mut body["document"]);
    store.commit(Commit::new().put(key.clone(), Expected::Any, body)).await.unwrap();
}

async fn assert_honest(store: impl Store) {
    let deployer = filled(store).await;
    let found = verified(&deployer).await;
    assert_eq!(found.faults, []);
    assert_eq!((found.sealed, found.unsealed, found.blocks, found.trimmed), (12, 1, 3, 0));
    assert_eq!(found.head.as_ref().unwrap().block, 3);
    let sealed = records(&deployer).await;
    assert_eq!(sealed.iter().filter(|entry| entry.sealed.is_some()).count(), 12);
}

#[tokio::test]
async fn an_honest_chain_verifies() {
    let (file, _directory) = sqlite().await;
    assert_honest(file).await;
    assert_honest(MemoryStore::new()).await;
    assert_eq!(verified(&deployer_on(MemoryStore::new())).await, AuditVerification::default());
}

/// What each kind of tampering does, and which object the first fault names.
async fn assert_detected(what: &str, expected: &str, tamper: impl AsyncFn(&dyn Store)) {
    let (file, _directory) = sqlite().await;
    assert_detected_on(file, what, expected, &tamper).await;
    assert_detected_on(MemoryStore::new(), what, expected, &tamper).await;
}

async fn assert_detected_on(
    store: impl Store + Clone,
    what: &str,
    expected: &str,
    tamper: &impl AsyncFn(&dyn Store),
) {
    let _ = filled(store.clone()).await;
    tamper(&store).await;
    let found = verified(&deployer_on(store)).await;
    let first = found.faults.first().unwrap_or_else(|| panic!("{what} is not noticed"));
    assert!(first.object.contains(expected), "{what}: {:?}", found.faults);
}

#[tokio::test]
async fn changed_removed_swapped_and_inserted_records_are_found() {
    // R18
    assert_detected("a changed record", "/6", async |store| {
        rewrite(store, |all| changed(&mut all[5])).await;
    })
    .await;
    assert_detected("a removed record", "/6", async |store| {
        rewrite(store, |all| drop(all.remove(5))).await;
    })
    .await;
    assert_detected("swapped records", "/6", async |store| {
        rewrite(store, |all| all.swap(5, 6)).await;
    })
    .await;
    assert_detected("an inserted record", "/6", async |store| {
        rewrite(store, |all| all.insert(5, all[0].clone())).await;
    })
    .await;
    assert_detected("a removed end", "/12", async |store| {
        rewrite(store, |all| all.truncate(11)).await;
    })
    .await;
    assert_detected("no records at all", "/1", async |store| {
        let journal = journal(store).await;
        store.commit(Commit::new().remove_journal(journal)).await.unwrap();
    })
    .await;
    assert_detected("an unsealed record that is no record", "/13", async |store| {
        rewrite(store, |all| all[12] = Value::from(7)).await;
    })
    .await;
}

#[tokio::test]
async fn changed_and_removed_blocks_are_found() {
    assert_detected("a removed block", "block 2", async |store| {
        let key = Collection::new("audit-block").key(format!("{:020}", 2));
        store.commit(Commit::new().delete(key, Expected::Any)).await.unwrap();
    })
    .await;
    assert_detected("a removed last block", "block 3", async |store| {
        let key = Collection::new("audit-block").key(format!("{:020}", 3));
        store.commit(Commit::new().delete(key, Expected::Any)).await.unwrap();
    })
    .await;
    assert_detected("another time", "block 2", async |store| {
        block(store, 2, |block| block["sealedAt"] = Value::from(1)).await;
    })
    .await;
    assert_detected("a shorter block", "block 2", async |store| {
        block(store, 2, |block| drop(block["hashes"].as_array_mut().unwrap().pop())).await;
    })
    .await;
    assert_detected("a removed head", "head", async |store| {
        let key = Collection::new("audit-head").key("head");
        store.commit(Commit::new().delete(key, Expected::Any)).await.unwrap();
        let key = Collection::new("audit-anchor").key("anchor");
        let anchor = serde_json::json!({"format": 1, "document": {
            "block": 0, "hash": "0".repeat(64), "records": 0, "day": "", "trimmedAt": 0,
        }});
        store.commit(Commit::new().put(key, Expected::Any, anchor)).await.unwrap();
    })
    .await;
    assert_detected("an invented anchor", "block 2", async |store| {
        let key = Collection::new("audit-anchor").key("anchor");
        let hash = store
            .read(&Collection::new("audit-block").key(format!("{:020}", 1)))
            .await
            .unwrap()
            .unwrap()
            .body["document"]["hash"]
            .clone();
        let anchor = serde_json::json!({"format": 1, "document": {
            "block": 1, "hash": hash, "records": 5, "day": "", "trimmedAt": 0,
        }});
        store.commit(Commit::new().put(key, Expected::Any, anchor)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_expected_head_shows_a_chain_that_was_made_anew() {
    let old = filled(MemoryStore::new()).await;
    let head = verified(&old).await.head.unwrap();
    add(&old, "more").await;
    old.seal_audit().await.unwrap();
    let admin = administrator(&old);
    assert_eq!(admin.verify_audit(Some(&head)).await.unwrap().faults, []);
    let text = head.to_string();
    assert_eq!(text.parse::<AuditHead>().unwrap(), head);
    let anew = filled(MemoryStore::new()).await;
    let found = administrator(&anew).verify_audit(Some(&head)).await.unwrap();
    assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
    assert_eq!(found.faults[0].object, "block 3");
}

#[tokio::test]
async fn concurrent_writers_and_sealers_of_several_processes_make_one_chain() {
    // R18
    let (file, _directory) = sqlite().await;
    assert_one_chain(file).await;
    assert_one_chain(MemoryStore::new()).await;
}

async fn assert_one_chain(store: impl Store + Clone) {
    const EACH: usize = 25;
    let process = |_| deployer_on(PacedStore::yielding(store.clone()));
    let processes: Vec<_> = (0..4).map(process).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for (process, deployer) in processes.iter().enumerate() {
        let writer = deployer.acting_as(Caller::administrator(parsed("root")));
        tasks.spawn(async move {
            for number in 0..EACH {
                let new = creation(&format!("i-{process}-{number}"), "Test");
                writer.create_infra(&new).await.unwrap();
            }
        });
        let sealer = deployer.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                sealer.seal_audit().await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    tasks.join_all().await;
    processes[0].seal_audit().await.unwrap();
    let found = verified(&processes[1]).await;
    assert_eq!(found.faults, []);
    assert_eq!((found.sealed, found.unsealed), (100, 0));
    let mut ids: Vec<_> =
        records(&processes[2]).await.into_iter().map(|entry| entry.record.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4 * EACH, "exactly one record for each change");
}
