use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{INFRAS, entries, journal, listed, prod, put};
use crate::commit::{Commit, Expected};
use crate::document::{Collection, Secrets};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::lease::Lease;
use crate::page::Listing;
use crate::store::Store;

/// A body with so many lists inside each other.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(null), |inner, _| json!([inner]))
}

/// Numbers, texts and keys that a database may change, and the deepest body that can be read.
pub async fn odd_values_come_back_as_they_were(store: &dyn Store) {
    let numbers = ["1e16", "-0.0", "1E2", "1.0", "5e-324", "1e308", "18446744073709551615", "0.1"];
    let mut values: Vec<Value> =
        numbers.iter().map(|number| serde_json::from_str(number).unwrap()).collect();
    values.push(json!({"b": "\0", "a": "\u{10ffff}", "\0": "\\u0000", "": "'\"$1"}));
    values.push(json!(r#"{"a":1,"a":2}"#));
    values.push(nested(127));
    for value in values {
        let commit = Commit::new().put(prod(), Expected::Any, value.clone());
        store.commit(commit.append(journal(), value.clone())).await.unwrap();
        let read = store.read(&prod()).await.unwrap().unwrap().body;
        assert_eq!(read.to_string(), value.to_string());
        let last = entries(store).await.pop().unwrap().body;
        assert_eq!(last.to_string(), value.to_string());
    }
}

/// What some store cannot hold is refused by all of them, before anything is written.
pub async fn what_some_store_cannot_hold_is_refused(store: &dyn Store) {
    let put = || Commit::new().put(prod(), Expected::Any, json!(1));
    let long = Collection::stored("x".repeat(65)).key("a");
    let secrets = Secrets::from([("a\0b".to_owned(), SecretString::from("x"))]);
    for commit in [
        put().put(long, Expected::Any, json!(1)),
        put().put(Collection::new("a\0b").key("a"), Expected::Any, json!(1)),
        put().put_sealed(INFRAS.key("a"), Expected::Any, json!(1), secrets),
        put().put(INFRAS.key("a"), Expected::Any, nested(128)),
        put().append(journal(), json!({"a": nested(127)})),
        put().append(JournalStream("a\0b".to_owned()), json!(1)),
    ] {
        let refused = store.commit(commit).await;
        assert!(matches!(refused, Err(StoreError::Malformed(_))), "{refused:?}");
    }
    assert!(store.read(&prod()).await.unwrap().is_none());
    assert!(entries(store).await.is_empty());
    let lease = store.take_lease("d", "a\0b", Duration::ZERO).await;
    assert!(matches!(lease, Err(StoreError::Malformed(_))), "{lease:?}");
}

/// Rather than an error: it cannot be there.
pub async fn a_name_that_cannot_be_is_not_found(store: &dyn Store) {
    for id in ["a", "b"] {
        put(store, INFRAS.key(id), 1).await;
    }
    assert!(store.read(&INFRAS.key("a\0b")).await.unwrap().is_none());
    assert!(store.read(&Collection::new("a\0b").key("a")).await.unwrap().is_none());
    let page = |listing| listed(store, listing);
    assert!(page(Listing::of(Collection::new("a\0b"), 10)).await.is_empty());
    assert!(page(Listing::of(INFRAS, 10).below("a\0b")).await.is_empty());
    assert_eq!(page(Listing::of(INFRAS, 10).after("a\0b")).await, ["b"]);
    assert_eq!(page(Listing::of(INFRAS, 10).after("\0")).await, ["a", "b"]);
    let stream = JournalStream("a\0b".to_owned());
    assert!(store.journal(&stream, 0, 10).await.unwrap().is_empty());
    let lease = Lease::issue("a\0b", "deployer-1", 1);
    store.release_lease(&lease).await.unwrap();
    let lost = store.renew_lease(&lease, Duration::ZERO).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost { .. })), "{lost:?}");
    let fenced = Commit::new().append(journal(), json!(1)).fenced_by(&lease);
    let lost = store.commit(fenced).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost { .. })), "{lost:?}");
}
