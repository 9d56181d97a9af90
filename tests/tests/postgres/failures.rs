//! Connections that are cut, and servers that are killed.

use std::collections::BTreeMap;

use futures::future::join_all;
use project_deployer_store::{
    Collection, Commit, CommitId, Expected, JournalStream, PostgresStore, Revision, Store as _,
    StoreError,
};
use project_deployer_testkit::servers::PostgresServer;
use serde_json::json;
use tokio::sync::oneshot;

use crate::proxy::{Cut, Proxy};
use crate::servers::{database, open, sealed, session, shared, started};

fn stream() -> JournalStream {
    JournalStream("j".to_owned())
}

fn commit(number: usize) -> Commit {
    let key = Collection::new("infras").key(number);
    Commit::new().put(key, Expected::Absent, json!(number)).append(stream(), json!(number))
}

/// What became of each commit.
#[derive(Default)]
struct Ledger {
    fates: BTreeMap<usize, (CommitId, Option<Revision>)>,
    unknown: usize,
    unavailable: usize,
}

impl Ledger {
    /// Notes an answer; a commit whose answer was lost is asked for by its id.
    async fn note(
        &mut self,
        store: &PostgresStore,
        number: usize,
        id: CommitId,
        result: Result<Revision, StoreError>,
    ) {
        let fate = match result {
            Ok(revision) => Some(revision),
            Err(StoreError::Unavailable { .. }) => {
                self.unavailable += 1;
                None
            }
            Err(StoreError::Unknown { commit, .. }) => {
                assert_eq!(commit, id);
                self.unknown += 1;
                store.committed(id).await.unwrap()
            }
            Err(other) => panic!("commit {number}: {other:?}"),
        };
        self.fates.insert(number, (id, fate));
    }

    /// Every commit is there once or not at all, as was answered.
    async fn check(&self, store: &PostgresStore) {
        let mut written = BTreeMap::new();
        for (number, (id, fate)) in &self.fates {
            assert_eq!(store.committed(*id).await.unwrap(), *fate, "commit {number}");
            if let Some(revision) = fate {
                written.insert(*revision, *number);
            }
        }
        let entries = store.journal(&stream(), 0, usize::MAX).await.unwrap();
        let entries: Vec<usize> =
            entries.iter().map(|e| e.body.as_u64().unwrap() as usize).collect();
        assert_eq!(entries, written.values().copied().collect::<Vec<_>>(), "in their order");
        let page = store.changes(Revision(0), usize::MAX).await.unwrap();
        let changed: Vec<Revision> = page.changes.iter().map(|change| change.revision).collect();
        assert_eq!(changed, written.keys().copied().collect::<Vec<_>>());
    }
}

async fn cut_connections(seed: u64, rounds: usize) {
    let Some(server) = shared() else { return };
    let url = database().await.unwrap();
    let name = url.rsplit('/').next().unwrap();
    let secrets = sealed();
    let proxy = Proxy::before(server);
    let beside = open(&url, secrets.clone()).await;
    let folder = proxy.folder().display().to_string().replace('/', "%2F");
    let store = open(&format!("postgres://test@{folder}/{name}"), secrets).await;
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut ledger, mut number) = (Ledger::default(), 0);
    for round in 0..rounds {
        proxy.cut(match random.u8(0..5) {
            0 => Cut::Before,
            1 => Cut::Within(random.f64()),
            2 => Cut::Sent,
            3 => Cut::Answered,
            _ => Cut::Half,
        });
        let commits: Vec<_> = (number..).map(commit).take(random.usize(1..4)).collect();
        let ids: Vec<_> = commits.iter().map(|commit| commit.id).collect();
        let results = join_all(commits.into_iter().map(|commit| store.commit(commit))).await;
        assert!(proxy.has_cut(), "seed {seed}, round {round}");
        assert!(results.iter().any(Result::is_err), "seed {seed}, round {round}");
        // Whoever asks, by way of the proxy or not.
        let asked = if random.bool() { &store } else { &beside };
        for (id, result) in ids.into_iter().zip(results) {
            ledger.note(asked, number, id, result).await;
            number += 1;
        }
    }
    ledger.check(&beside).await;
    let written = ledger.fates.values().filter(|(_, fate)| fate.is_some()).count();
    println!(
        "seed {seed}: {rounds} cuts, {number} commits, {} unknown, {written} written",
        ledger.unknown
    );
}

// R1, R2: no commit is lost or written twice.

#[tokio::test]
async fn of_commits_whose_connection_is_cut_two_hundred_times_each_is_known_by_its_id() {
    cut_connections(20_261_128, 200).await;
}

#[tokio::test]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn of_commits_whose_connection_is_cut_two_thousand_times_each_is_known_by_its_id() {
    cut_connections(20_261_129, 2_000).await;
}

#[tokio::test]
async fn a_commit_that_was_answered_as_not_there_is_not_written_later() {
    // Its statement was on its way when the store asked.
    let Some(server) = shared() else { return };
    let url = database().await.unwrap();
    let secrets = sealed();
    let beside = open(&url, secrets.clone()).await;
    let proxy = Proxy::before(server);
    let folder = proxy.folder().display().to_string().replace('/', "%2F");
    let name = url.rsplit('/').next().unwrap();
    let store = open(&format!("postgres://test@{folder}/{name}"), secrets).await;
    let first = commit(1);
    let mut again = commit(1);
    again.id = first.id;
    let id = first.id;
    for _ in 0..2 {
        let ((go, held), (finish, done)) = (oneshot::channel(), oneshot::channel());
        proxy.cut(Cut::Held(held, finish));
        let mut lost = commit(1);
        lost.id = id;
        let lost = store.commit(lost).await;
        assert!(
            matches!(lost, Err(StoreError::Unknown { commit, .. }) if commit == id),
            "{lost:?}"
        );
        assert_eq!(beside.committed(id).await.unwrap(), None);
        go.send(()).unwrap();
        done.await.unwrap();
        assert_eq!(beside.committed(id).await.unwrap(), None);
        assert_eq!(beside.status().await.unwrap().revision, Revision(0));
    }
    // A call that lasts may still write it.
    let revision = store.commit(again).await.unwrap();
    assert_eq!(store.commit(first).await.unwrap(), revision);
    assert_eq!(beside.committed(id).await.unwrap(), Some(revision));
    assert_eq!(beside.status().await.unwrap().entries, 1);
    beside.compact(revision).await.unwrap();
    assert_eq!(beside.committed(id).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_unknown_for_a_commit_and_nothing_for_a_read() {
    let Some(server) = shared() else { return };
    let url = database().await.unwrap();
    let store = open(&url, sealed()).await;
    let admin = session(&url).await;
    store.commit(commit(1)).await.unwrap();
    admin.batch_execute("BEGIN; SELECT FROM project_deployer.store FOR UPDATE").await.unwrap();
    let second = commit(2);
    let id = second.id;
    let writing = tokio::spawn({
        let store = store.clone();
        async move { store.commit(second).await }
    });
    let other = session(&server.url("postgres")).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE wait_event_type = 'Lock' AND application_name = 'project-deployer'";
    while other.query(end, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let ended = writing.await.unwrap();
    assert!(matches!(ended, Err(StoreError::Unknown { commit, .. }) if commit == id), "{ended:?}");
    admin.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.committed(id).await.unwrap(), None);
    // All sessions of the pool.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE application_name = 'project-deployer'";
    other.query(end, &[]).await.unwrap();
    assert!(store.read(&Collection::new("infras").key(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_server_that_is_killed_and_started_again_has_lost_nothing_and_the_store_goes_on() {
    let Some(mut server) = started(PostgresServer::start()) else { return };
    let store = open(&server.url("postgres"), sealed()).await;
    let (mut ledger, mut number) = (Ledger::default(), 0);
    for round in 0..5 {
        // Each writer goes on until the server is gone.
        let writers = (0..8).map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                loop {
                    let number = round * 1_000_000 + writer * 100_000 + done.len();
                    let commit = commit(number);
                    let id = commit.id;
                    let result = store.commit(commit).await;
                    let is_over = result.is_err();
                    done.push((number, id, result));
                    if is_over {
                        return done;
                    }
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        // The server is killed in the middle of them.
        while store.status().await.unwrap().revision.0 < (number + 40) as u64 {
            tokio::task::yield_now().await;
        }
        let killing = tokio::task::spawn_blocking(move || {
            server.kill();
            server
        });
        let done = join_all(writers).await;
        server = killing.await.unwrap();
        let away = store.read(&Collection::new("infras").key(0)).await;
        assert!(matches!(away, Err(StoreError::Unavailable { .. })), "{away:?}");
        server.restart().unwrap();
        for (made, id, result) in done.into_iter().flat_map(Result::unwrap) {
            ledger.note(&store, made, id, result).await;
        }
        number = store.status().await.unwrap().revision.0 as usize;
    }
    ledger.check(&store).await;
    println!("5 kills, {} commits, {} unknown", ledger.fates.len(), ledger.unknown);
    assert!(ledger.fates.len() > 200);
}
