//! Actions on a state in PostgreSQL with Deployers that run.

use std::collections::BTreeSet;

use project_deployer::core::accounts::Group;
use project_deployer::state_admin::{
    Archives, StateError, backup, compact, move_state, restore, status, verify,
};
use project_deployer::{Deployer, DeployerOpenError};
use project_deployer_store::{Collection, Listing, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::SILENT;
use super::filled::{Filled, admin, all_left, parsed};
use crate::servers::database;

const WRITERS: usize = 8;

/// The groups of a store with the revisions of their last write.
async fn groups(store: &dyn Store) -> Vec<(String, u64)> {
    let found = store.list(&Listing::of(Collection::new("group"), 100_000)).await.unwrap();
    found.into_iter().map(|group| (group.id, group.revision.0)).collect()
}

/// Writes one group after the other until it is stopped.
async fn write(
    deployer: Deployer,
    writer: usize,
    stopped: watch::Receiver<bool>,
    begin: tokio::sync::mpsc::Sender<()>,
) {
    let admin = admin(&deployer);
    for number in 0.. {
        admin.save_group(&Group::new(parsed(&format!("w{writer}-{number}")))).await.unwrap();
        if number == 3 {
            begin.send(()).await.unwrap();
        }
        if *stopped.borrow() && number >= 3 {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_writers_of_two_deployers_is_one_state_of_the_store() {
    // R1
    let Some(url) = database().await else { return };
    let filled = Filled::new().await;
    let one = filled.sqlite("one").open().await.unwrap();
    restore(&one, &filled.postgres(&url), SILENT()).await.unwrap();
    let deployers = [filled.open_in(&url).await.unwrap(), filled.open_in(&url).await.unwrap()];
    let (stop, stopped) = watch::channel(false);
    let (begin, mut begun) = tokio::sync::mpsc::channel(WRITERS);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let deployer = deployers[writer % 2].clone();
        writers.spawn(write(deployer, writer, stopped.clone(), begin.clone()));
    }
    for _ in 0..WRITERS {
        begun.recv().await.unwrap();
    }
    let state = filled.postgres(&url).open().await.unwrap();
    let saved = filled.sqlite("saved").keys_from(filled.keys());
    let copied = backup(&state, &saved, Archives::Copy, SILENT()).await.unwrap();
    stop.send(true).unwrap();
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let saved = saved.open().await.unwrap();
    assert_eq!(verify(&saved, SILENT()).await.unwrap().faults, []);
    restore(&saved, &filled.sqlite("new"), SILENT()).await.unwrap();
    // Each group was written once: those up to the revision of the backup are in it, and no other.
    let written = groups(&filled.store_in(&url).await).await.into_iter();
    let expected: BTreeSet<_> =
        written.filter(|(_, at)| *at <= copied.revision).map(|(id, _)| id).collect();
    let found: BTreeSet<_> =
        groups(&filled.store("new").await).await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, expected);
    assert!(found.len() >= 4 * WRITERS, "{found:?}");
}

#[tokio::test]
async fn nothing_moves_while_a_deployer_runs_on_either_place() {
    let Some(url) = database().await else { return };
    let filled = Filled::new().await;
    let (one, there) = (filled.sqlite("one"), filled.postgres(&url));
    // On the source.
    let running = filled.open("one").await.unwrap();
    let from = one.open().await.unwrap();
    let refused = move_state(&from, &there, SILENT()).await.unwrap_err();
    assert!(matches!(&refused, StateError::Running { holder, .. } if holder == "the-running-one"));
    drop(running);
    all_left(&filled.store("one").await).await;
    // On the target, which is empty.
    let running = filled.open_in(&url).await.unwrap();
    let refused = move_state(&from, &there, SILENT()).await.unwrap_err();
    assert!(matches!(&refused, StateError::Running { url: on, .. } if on == there.url()));
    drop(running);
    all_left(&filled.store_in(&url).await).await;
    // On the source, which is the database.
    restore(&from, &filled.postgres(&format!("{url}?schema=full")), SILENT()).await.unwrap();
    let full = format!("{url}?schema=full");
    let running = filled.open_in(&full).await.unwrap();
    let state = filled.postgres(&full).open().await.unwrap();
    let refused = move_state(&state, &filled.sqlite("two"), SILENT()).await.unwrap_err();
    assert!(matches!(refused, StateError::Running { .. }), "{refused:?}");
    for allowed in [
        status(&state).await.map(|_| ()),
        verify(&state, SILENT()).await.map(|_| ()),
        compact(&state, 1, SILENT()).await.map(|_| ()),
    ] {
        allowed.unwrap();
    }
    admin(&running).save_group(&Group::new(parsed("after"))).await.unwrap();
}

#[tokio::test]
async fn a_deployer_is_refused_while_its_state_is_copied_into() {
    let Some(url) = database().await else { return };
    let filled = Filled::new().await;
    let from = filled.sqlite("one").open().await.unwrap();
    // Every step of a restoration begins with the mark, and the mark is what a dead process leaves.
    filled.postgres(&url).init().await.unwrap();
    let mark = serde_json::json!({ "version": 1, "document": { "id": "incoming", "place": "x" } });
    let store = filled.store_in(&url).await;
    let key = Collection::new("state-mark").key("incoming");
    let commit = project_deployer_store::Commit::new();
    store.commit(commit.put(key, project_deployer_store::Expected::Absent, mark)).await.unwrap();
    let refused = filled.open_in(&url).await.unwrap_err();
    let is_right = matches!(refused, DeployerOpenError::State(StateError::Unfinished { .. }));
    assert!(is_right, "{refused:?}");
    let refused = restore(&from, &filled.postgres(&url), SILENT()).await.unwrap_err();
    assert!(matches!(refused, StateError::Unfinished { .. }), "{refused:?}");
}
