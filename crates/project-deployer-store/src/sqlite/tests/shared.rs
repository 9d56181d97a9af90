//! Several writers, in one process and in two.

use std::time::Duration;

use serde_json::json;

use super::{SqliteStore, new_store, sealed, with_secrets};
use crate::commit::{Commit, Expected};
use crate::document::Collection;
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::store::Store;

const MINUTE: Duration = Duration::from_secs(60);

fn append(store: &SqliteStore, number: usize) -> impl Future<Output = ()> {
    let store = store.clone();
    async move {
        let commit = Commit::new().append(JournalStream("j".to_owned()), json!(number));
        store.commit(commit).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_commit_of_a_group_spoils_no_other() {
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    let key = Collection::new("infras").key("dev");
    let commits = (0..60).map(|number| {
        // Only the first of these can succeed.
        let mut commit = Commit::new().append(JournalStream("j".to_owned()), json!(number));
        if number % 2 == 0 {
            commit = commit.put(key.clone(), Expected::Absent, json!(number));
        }
        store.commit(commit)
    });
    let results = futures::future::join_all(commits).await;
    let refused = results.iter().filter(|result| matches!(result, Err(StoreError::Conflict(_))));
    assert_eq!(refused.count(), 29);
    assert_eq!(store.status().await.unwrap().entries, 31);
    assert_eq!(store.status().await.unwrap().revision.0, 31);
}

#[tokio::test]
async fn two_processes_share_a_file() {
    // Two stores on one file have nothing in common but the file.
    let secrets = sealed();
    let one = with_secrets(secrets.clone()).await;
    let other = SqliteStore::open(one.path(), secrets).await.unwrap();
    let writes = (0..40).map(|number| match number % 2 {
        0 => futures::future::Either::Left(append(&one.inner, number)),
        _ => futures::future::Either::Right(append(&other, number)),
    });
    futures::future::join_all(writes).await;
    let entries = other.journal(&JournalStream("j".to_owned()), 0, 100).await.unwrap();
    let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=40).collect::<Vec<u64>>());

    let lease = one.inner.take_lease("d", "one", MINUTE).await.unwrap();
    let held = other.take_lease("d", "other", MINUTE).await;
    assert!(matches!(held, Err(StoreError::Held { holder, .. }) if holder == "one"));
    one.inner.release_lease(&lease).await.unwrap();
    other.take_lease("d", "other", MINUTE).await.unwrap();
    let fenced = Commit::new().append(JournalStream("j".to_owned()), json!(0)).fenced_by(&lease);
    assert!(matches!(one.inner.commit(fenced).await, Err(StoreError::LeaseLost { .. })));
}

#[tokio::test]
async fn of_racing_takers_one_has_the_lease() {
    // R5
    let on_disk = new_store().await;
    let store = &on_disk.inner;
    for round in 0..20 {
        let name = format!("deployment/{round}");
        let takers = (0..16).map(|_| store.take_lease(&name, "deployer", MINUTE));
        let taken = futures::future::join_all(takers).await;
        assert_eq!(taken.iter().filter(|lease| lease.is_ok()).count(), 1);
    }
}
