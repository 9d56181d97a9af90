//! Several writers, in one process and in many.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;
use project_deployer_store::{
    Collection, Commit, Expected, JournalStream, PostgresStore, Revision, Store, StoreError,
};
use serde_json::json;

use crate::servers::{database, new_store, open, options, sealed, session};

const MINUTE: Duration = Duration::from_secs(60);

fn stream() -> JournalStream {
    JournalStream("j".to_owned())
}

/// Writers that overlap, each with a store of its own, as processes have; `commits` is the number of each.
async fn write(stores: &[PostgresStore], writers: usize, commits: usize) {
    let writing = (0..writers).map(|writer| {
        let store = stores[writer % stores.len()].clone();
        tokio::spawn(async move {
            for number in 0..commits {
                let key = Collection::new("infras").key(format_args!("{writer}-{number}"));
                let commit = Commit::new().put(key, Expected::Absent, json!(number));
                store.commit(commit.append(stream(), json!(writer))).await.unwrap();
            }
        })
    });
    for ended in join_all(writing).await {
        ended.unwrap();
    }
}

/// Every change from a revision on until there are so many, each once and in order.
async fn read(store: PostgresStore, limit: usize, all: usize) {
    let (mut after, mut seen) = (Revision(0), HashSet::new());
    while seen.len() < all {
        let page = store.changes(after, limit).await.unwrap();
        for change in page.changes {
            assert!(change.revision > after && change.revision <= page.until, "{change:?}");
            assert!(seen.insert(change.key.id.clone()), "{change:?} is seen twice");
        }
        after = page.until;
        tokio::task::yield_now().await;
    }
    let rest = store.changes(after, limit).await.unwrap();
    assert!(rest.changes.is_empty() && !rest.has_more);
}

async fn readers_beside_writers(writers: usize, commits: usize) {
    let Some(url) = database().await else { return };
    let secrets = sealed();
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(open(&url, secrets.clone()).await);
    }
    let all = writers * commits;
    let readers: Vec<_> = [1, 7, 1_000]
        .into_iter()
        .map(|limit| tokio::spawn(read(stores[limit % 8].clone(), limit, all)))
        .collect();
    write(&stores, writers, commits).await;
    for reader in readers {
        reader.await.unwrap();
    }
    let status = stores[0].status().await.unwrap();
    assert_eq!((status.revision.0, status.documents), (all as u64, all as u64));
    println!("{all} changes of {writers} writers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_changes_beside_64_writers_miss_nothing_and_see_nothing_twice() {
    readers_beside_writers(64, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn readers_of_a_million_changes_miss_nothing_and_see_nothing_twice() {
    readers_beside_writers(64, 15_625).await;
}

#[tokio::test]
async fn a_journal_of_many_writers_has_no_gap() {
    let Some(url) = database().await else { return };
    let secrets = sealed();
    let stores = [open(&url, secrets.clone()).await, open(&url, secrets).await];
    write(&stores, 8, 10).await;
    let entries = stores[0].journal(&stream(), 0, 1_000).await.unwrap();
    let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=80).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_refused_commit_of_a_group_spoils_no_other() {
    let Some(store) = new_store().await else { return };
    let key = Collection::new("infras").key("dev");
    let commits = (0..60).map(|number| {
        // Only the first of these can succeed.
        let mut commit = Commit::new().append(stream(), json!(number));
        if number % 2 == 0 {
            commit = commit.put(key.clone(), Expected::Absent, json!(number));
        }
        store.commit(commit)
    });
    let results = join_all(commits).await;
    let refused = results.iter().filter(|result| matches!(result, Err(StoreError::Conflict(_))));
    assert_eq!(refused.count(), 29);
    let status = store.status().await.unwrap();
    assert_eq!((status.entries, status.revision.0), (31, 31));
}

#[tokio::test]
async fn a_commit_that_the_server_refuses_spoils_no_other_of_its_group() {
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    let rule = "ALTER TABLE project_deployer.document ADD CHECK (id <> 'refused')";
    session(&url).await.batch_execute(rule).await.unwrap();
    let commits = ["a", "refused", "b"].map(|id| {
        let key = Collection::new("infras").key(id);
        store.commit(Commit::new().put(key, Expected::Absent, json!("canary-5f2e")))
    });
    let results = join_all(commits).await;
    let [Ok(_), Err(refused), Ok(_)] = results.as_slice() else { panic!("{results:?}") };
    let shown = format!("{refused} {refused:?}");
    assert!(shown.contains("SQLSTATE 23514") && !shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn of_racing_takers_one_has_the_lease() {
    // R5
    let Some(url) = database().await else { return };
    let secrets = sealed();
    let stores = [open(&url, secrets.clone()).await, open(&url, secrets).await];
    for round in 0..10 {
        let name = format!("deployment/{round}");
        let takers = (0..64).map(|taker| stores[taker % 2].take_lease(&name, "deployer", MINUTE));
        let taken = join_all(takers).await;
        assert_eq!(taken.iter().filter(|lease| lease.is_ok()).count(), 1);
    }
}

#[tokio::test]
async fn every_write_of_a_holder_whose_lease_went_on_is_refused() {
    // R5
    let Some(url) = database().await else { return };
    let secrets = sealed();
    let stores = [open(&url, secrets.clone()).await, open(&url, secrets).await];
    let stale = stores[0].take_lease("d", "one", Duration::ZERO).await.unwrap();
    let writing = (0..400).map(|number| {
        let commit = Commit::new().append(stream(), json!(number)).fenced_by(&stale);
        stores[0].commit(commit)
    });
    // Somewhere in the middle of them another one takes the lease over.
    let taking = async {
        let lease = stores[1].take_lease("d", "other", MINUTE).await.unwrap();
        let marked = Commit::new().append(stream(), json!("taken")).fenced_by(&lease);
        stores[1].commit(marked).await.unwrap()
    };
    let (written, taken) = futures::join!(join_all(writing), taking);
    let mut refused = 0;
    for result in written {
        match result {
            Ok(revision) => assert!(revision < taken, "{revision} after {taken}"),
            Err(StoreError::LeaseLost { .. }) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    let late = Commit::new().append(stream(), json!(0)).fenced_by(&stale);
    assert!(matches!(stores[0].commit(late).await, Err(StoreError::LeaseLost { .. })));
    println!("{refused} of 400 refused");
}

#[tokio::test]
async fn a_lease_is_measured_by_the_clock_at_the_moment_and_not_at_the_start_of_a_transaction() {
    // The lock of commits is held from elsewhere while the lease ends.
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    let ours = store.take_lease("d", "one", MINUTE).await.unwrap();
    let other = session(&url).await;
    let lock = "BEGIN; SELECT FROM project_deployer.store FOR UPDATE";
    other.batch_execute(lock).await.unwrap();
    let taking = tokio::spawn({
        let store = store.clone();
        async move { store.take_lease("d", "other", MINUTE).await }
    });
    waiting(&url).await;
    let end = "UPDATE project_deployer.lease SET until = clock_timestamp(); COMMIT";
    other.batch_execute(end).await.unwrap();
    let taken = taking.await.unwrap().unwrap();
    assert!(taken.token() > ours.token());
}

#[tokio::test]
async fn a_caller_that_went_away_while_waiting_has_no_lease() {
    // R1: nobody else could take it until it expires.
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    let other = session(&url).await;
    let lock = "BEGIN; SELECT FROM project_deployer.store FOR UPDATE";
    other.batch_execute(lock).await.unwrap();
    let mut gone = Box::pin(store.take_lease("d", "gone", MINUTE));
    assert!(futures::poll!(gone.as_mut()).is_pending());
    waiting(&url).await;
    drop(gone);
    other.batch_execute("COMMIT").await.unwrap();
    take_in_the_end(&store).await;
    // The answer is on its way already: the token was counted.
    let before = store.take_lease("other", "one", MINUTE).await.unwrap().token();
    let mut gone = Box::pin(store.take_lease("e", "gone", MINUTE));
    assert!(futures::poll!(gone.as_mut()).is_pending());
    let token = "SELECT token FROM project_deployer.store";
    while other.query_one(token, &[]).await.unwrap().get::<_, i64>(0).unsigned_abs() == before {
        tokio::task::yield_now().await;
    }
    drop(gone);
    take_in_the_end(&store).await;
}

/// Takes the leases that a caller left, as soon as they are released.
async fn take_in_the_end(store: &PostgresStore) {
    for name in ["d", "e"] {
        loop {
            match store.take_lease(name, "next", MINUTE).await {
                Ok(lease) => break store.release_lease(&lease).await.unwrap(),
                Err(StoreError::Held { holder, .. }) => assert_eq!(holder, "gone"),
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}

/// Returns once a session waits for a lock.
async fn waiting(url: &str) {
    let admin = session(url).await;
    let count = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    loop {
        let waiting: i64 = admin.query_one(count, &[]).await.unwrap().get(0);
        if waiting > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_commit_whose_caller_is_gone_leaves_no_open_transaction() {
    // A dropped call may have been written; nothing of it stays open, and the next one is durable.
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    let mut random = fastrand::Rng::with_seed(11);
    let mut ids = Vec::new();
    for number in 0..200 {
        let commit = Commit::new().append(stream(), json!(number));
        ids.push(commit.id);
        let steps = random.usize(0..6);
        let mut committing = std::pin::pin!(store.commit(commit));
        for _ in 0..steps {
            if futures::poll!(&mut committing).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    store.commit(Commit::new().append(stream(), json!("last"))).await.unwrap();
    let mut written = 0;
    for id in ids {
        written += u64::from(store.committed(id).await.unwrap().is_some());
    }
    let beside = session(&url).await;
    let rows = "SELECT count(*) FROM project_deployer.journal";
    let rows: i64 = beside.query_one(rows, &[]).await.unwrap().get(0);
    assert_eq!(rows.unsigned_abs(), written + 1);
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
    let open: i64 = beside.query_one(open, &[]).await.unwrap().get(0);
    assert_eq!(open, 0);
    println!("{written} of 200 dropped commits were written");
}

#[tokio::test]
async fn more_callers_than_connections_all_get_their_turn() {
    let Some(url) = database().await else { return };
    let few = options(&url).connections(2);
    let store = PostgresStore::open(&few, sealed()).await.unwrap();
    let key = Collection::new("infras").key("dev");
    store.commit(Commit::new().put(key.clone(), Expected::Any, json!(1))).await.unwrap();
    let readers = (0..100).map(|_| store.read(&key));
    assert!(join_all(readers).await.into_iter().all(|read| read.is_ok()));
}
