use serde_json::json;

use super::{INFRAS, journal, prod, put};
use crate::commit::{Commit, Expected};
use crate::document::Revision;
use crate::error::StoreError;
use crate::page::Change;
use crate::store::Store;

/// All pages of changes, each with its revision, its id, and whether it was deleted.
async fn changed(store: &dyn Store, after: Revision, limit: usize) -> Vec<(u64, String, bool)> {
    let (mut all, mut after) = (Vec::new(), after);
    loop {
        let page = store.changes(after, limit).await.unwrap();
        let change = |change: Change| (change.revision.0, change.key.id, change.body.is_none());
        all.extend(page.changes.into_iter().map(change));
        if !page.has_more {
            return all;
        }
        assert!(page.until > after, "every page goes on");
        after = page.until;
    }
}

/// Each document once, with its last change, deletions included, whatever the size of a page.
pub async fn changes_are_read_in_order(store: &dyn Store) {
    let start = store.status().await.unwrap().revision;
    let key = |id: &str| INFRAS.key(id);
    let write = |ids: &[&str]| {
        let puts = ids
            .iter()
            .fold(Commit::new(), |commit, id| commit.put(key(id), Expected::Any, json!(1)));
        store.commit(puts)
    };
    write(&["a"]).await.unwrap();
    let two = write(&["c", "b"]).await.unwrap();
    store.commit(Commit::new().append(journal(), json!(1))).await.unwrap();
    let gone = Commit::new().delete(key("a"), Expected::Any);
    let gone = store.commit(gone.delete(key("never"), Expected::Any)).await.unwrap();
    let last = write(&["c"]).await.unwrap();
    let expected = [
        (two.0, "b".to_owned(), false),
        (gone.0, "a".to_owned(), true),
        (last.0, "c".to_owned(), false),
    ];
    for limit in [1, 2, 3, 100] {
        assert_eq!(changed(store, start, limit).await, expected, "pages of {limit}");
    }
    assert_eq!(changed(store, two, 10).await, expected[1..]);
    let none = store.changes(last, 10).await.unwrap();
    assert_eq!((none.changes.len(), none.until, none.has_more), (0, last, false));
    write(&["a"]).await.unwrap();
    let again = changed(store, last, 10).await;
    assert_eq!(again.len(), 1);
    assert!(!again[0].2, "a document that was written again is not deleted");
}

/// However small the page is.
pub async fn a_commit_is_on_one_page_of_changes(store: &dyn Store) {
    let start = store.status().await.unwrap().revision;
    for _ in 0..2 {
        let many = (0..5).fold(Commit::new(), |commit, id| {
            commit.put(INFRAS.key(fastrand::u64(..) + id), Expected::Any, json!(id))
        });
        store.commit(many).await.unwrap();
    }
    let page = store.changes(start, 1).await.unwrap();
    assert_eq!((page.changes.len(), page.has_more), (5, true));
    let rest = store.changes(page.until, 1).await.unwrap();
    assert_eq!((rest.changes.len(), rest.has_more), (5, false));
}

/// Documents stay, and a reader that is too far behind gets an error of its own.
pub async fn compaction_forgets_deletions(store: &dyn Store) {
    let start = store.status().await.unwrap().revision;
    put(store, prod(), 1).await;
    put(store, INFRAS.key("gone"), 1).await;
    let gone = Commit::new().delete(INFRAS.key("gone"), Expected::Any);
    let id = gone.id;
    let gone = store.commit(gone).await.unwrap();
    store.compact(gone).await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!((status.compacted, status.documents), (gone, 1));
    let behind = store.changes(start, 10).await;
    assert!(matches!(behind, Err(StoreError::Compacted { after }) if after == start));
    assert_eq!(store.committed(id).await.unwrap(), None);
    assert!(changed(store, gone, 10).await.is_empty());
    put(store, INFRAS.key("gone"), 2).await;
    assert_eq!(changed(store, gone, 10).await.len(), 1);
    store.compact(start).await.unwrap();
    assert_eq!(store.status().await.unwrap().compacted, gone, "it never goes back");
}

/// Whoever reads while others write misses nothing and sees nothing twice.
pub async fn a_reader_of_changes_misses_nothing(store: &dyn Store) {
    const EACH: u64 = 20;
    let start = store.status().await.unwrap().revision;
    let writing = (0..4_u64).map(|writer| async move {
        for number in 0..EACH {
            let key = INFRAS.key(format_args!("{writer}-{number}"));
            store.commit(Commit::new().put(key, Expected::Absent, json!(1))).await.unwrap();
        }
    });
    let reading = async {
        let (mut after, mut seen) = (start, Vec::new());
        while seen.len() < 4 * EACH as usize {
            let page = store.changes(after, 3).await.unwrap();
            assert!(page.changes.iter().all(|change| change.revision > after));
            after = page.until;
            seen.extend(page.changes.into_iter().map(|change| change.key.id));
            tokio::task::yield_now().await;
        }
        seen
    };
    let (_, mut seen) = futures::join!(futures::future::join_all(writing), reading);
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), all), (80, 80));
}
