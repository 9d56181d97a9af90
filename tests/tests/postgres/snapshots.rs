//! One state of a store, while it changes.

use std::time::Duration;

use project_deployer_store::{
    Collection, Commit, Counters, Expected, JournalStream, Maintenance as _, Revision, Store as _,
};
use serde_json::json;

use crate::servers::{database, new_store, open, sealed, session};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_snapshot_can_be_read_in_every_way_and_written_in_none() {
    let Some(store) = new_store().await else { return };
    let (key, stream) = (Collection::new("infras").key("dev"), JournalStream("j".to_owned()));
    let commit = Commit::new().put(key.clone(), Expected::Any, json!(1)).append(stream, json!(1));
    let revision = store.commit(commit.clone()).await.unwrap();
    let lease = store.take_lease("l", "h", MINUTE).await.unwrap();
    let snapshot = store.snapshot().await.unwrap().unwrap();
    store.commit(Commit::new().delete(key.clone(), Expected::Any)).await.unwrap();

    assert!(snapshot.commit(Commit::new().delete(key.clone(), Expected::Any)).await.is_err());
    assert!(snapshot.take_lease("other", "h", MINUTE).await.is_err());
    assert!(snapshot.renew_lease(&lease, MINUTE).await.is_err());
    assert!(snapshot.release_lease(&lease).await.is_err());
    assert!(snapshot.compact(revision).await.is_err());
    assert!(snapshot.advance(Counters::new(Revision(99), 99)).await.is_err());
    assert!(snapshot.shrink().await.is_err());

    assert_eq!(snapshot.status().await.unwrap().revision, revision);
    assert_eq!(snapshot.committed(commit.id).await.unwrap(), Some(revision));
    assert_eq!(snapshot.committed(Commit::new().id).await.unwrap(), None);
    assert_eq!(snapshot.changes(Revision(0), 10).await.unwrap().changes.len(), 1);
    assert!(snapshot.read(&key).await.unwrap().is_some());
    assert!(store.read(&key).await.unwrap().is_none());
    store.renew_lease(&lease, MINUTE).await.unwrap();
}

#[tokio::test]
async fn a_snapshot_that_is_dropped_leaves_no_transaction() {
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    let snapshot = store.snapshot().await.unwrap().unwrap();
    let beside = session(&url).await;
    let count = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' \
                 AND datname = current_database()";
    let open: i64 = beside.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(open, 1);
    let clone = std::sync::Arc::clone(&snapshot);
    drop(snapshot);
    clone.inventory().await.unwrap();
    drop(clone);
    // The server notices the end of the connection by itself.
    while beside.query_one(count, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    store.status().await.unwrap();
}

#[tokio::test]
async fn rows_of_another_state_are_damage() {
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    let key = Collection::new("infras").key("dev");
    store.commit(Commit::new().put(key, Expected::Any, json!(1))).await.unwrap();
    store.take_lease("l", "h", MINUTE).await.unwrap();
    assert_eq!(store.damage().await.unwrap(), []);
    // The counters of an older dump.
    let older = "UPDATE project_deployer.store SET revision = 0, token = 0";
    session(&url).await.batch_execute(older).await.unwrap();
    let found: Vec<String> =
        store.damage().await.unwrap().iter().map(|d| format!("{}: {}", d.object, d.what)).collect();
    let text = found.join("\n");
    assert_eq!(found.len(), 3, "{text}");
    for part in ["infras/dev: it was written at revision 1", "a commit of revision 1", "token 1"] {
        assert!(text.contains(part), "{text}");
    }
    let gone = "DELETE FROM project_deployer.store";
    session(&url).await.batch_execute(gone).await.unwrap();
    let text = format!("{:?}", store.damage().await.unwrap());
    assert!(text.contains("0 rows of counters"), "{text}");
}
