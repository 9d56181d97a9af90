use rusqlite::Connection;
use serde_json::json;

use super::new_store;
use crate::commit::{Commit, Expected};
use crate::document::{Collection, Revision};
use crate::page::Listing;
use crate::store::Store as _;

#[tokio::test]
async fn a_damaged_document_is_on_its_page_with_the_reason() {
    let store = new_store().await;
    let infras = Collection::new("infras");
    for id in ["a", "b", "c", "d"] {
        let commit = Commit::new().put(infras.clone().key(id), Expected::Absent, json!({"id": id}));
        store.commit(commit).await.unwrap();
    }
    let file = Connection::open(store.path()).unwrap();
    let damage = "UPDATE document SET body = '{\"id\":' WHERE id = 'b'";
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    let no_text = "UPDATE document SET body = CAST(x'ff00' AS TEXT) WHERE id = 'c'";
    assert_eq!(file.execute(no_text, []).unwrap(), 1);

    let listed = store.list(&Listing::of(infras.clone(), 10)).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|it| (it.id.as_str(), it.damage.is_some())).collect();
    let expected = [("a", false), ("b", true), ("c", true), ("d", false)];
    assert_eq!(listed, expected);

    let changes = store.changes(Revision(0), 10).await.unwrap().changes;
    let changed: Vec<_> =
        changes.iter().map(|it| (it.key.id.as_str(), it.damage.is_some())).collect();
    assert_eq!(changed, expected);
    assert!(changes.iter().all(|change| change.body.is_some()), "none of them is deleted");
    assert!(store.read(&infras.key("b")).await.is_err());
}
