use std::fs;

use rusqlite::Connection;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{OnDisk, SecretsAtRest, SqliteStore, new_store, sealed, with_secrets};
use crate::commit::{Commit, Expected};
use crate::document::{Collection, DocumentKey, Secrets};
use crate::error::StoreError;
use crate::keyring::Keyring;
use crate::sqlite::OpenError;
use crate::store::Store;

const CANARY: &str = "canary-5f2e";

fn infra(id: &str) -> DocumentKey {
    Collection::new("infras").key(id)
}

async fn put(store: &dyn Store, id: &str, secret: &str) {
    let secrets = Secrets::from([("key".to_owned(), SecretString::from(secret))]);
    let commit = Commit::new().put_sealed(infra(id), Expected::Any, json!(1), secrets);
    store.commit(commit).await.unwrap();
}

async fn key_of(store: &dyn Store, id: &str) -> Option<String> {
    let document = store.read(&infra(id)).await.ok()??;
    document.secrets.get("key").map(|secret| secret.expose_secret().to_owned())
}

#[tokio::test]
async fn no_file_shows_a_secret() {
    // R13
    let store = new_store().await;
    put(&store, "dev", CANARY).await;
    assert_eq!(key_of(&store, "dev").await.as_deref(), Some(CANARY));
    for file in fs::read_dir(store.directory.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()));
    }
}

#[tokio::test]
async fn secrets_that_were_swapped_in_the_file_do_not_open() {
    let store = new_store().await;
    put(&store, "dev", CANARY).await;
    put(&store, "prod", "other").await;
    let file = Connection::open(store.path()).unwrap();
    let swap = "UPDATE secret SET value = (SELECT value FROM secret AS other WHERE id = 'dev') \
                WHERE id = 'prod'";
    assert_eq!(file.execute(swap, []).unwrap(), 1);
    assert_eq!(key_of(&store, "prod").await, None);
    let error = store.read(&infra("prod")).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("belongs to another place"), "{error} {cause}");
    assert_eq!(key_of(&store, "dev").await.as_deref(), Some(CANARY));
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_named_and_changes_nothing() {
    let secrets = sealed();
    let OnDisk { inner: store, directory } = with_secrets(secrets.clone()).await;
    put(&store, "dev", CANARY).await;
    drop(store);
    let path = directory.path().join("deployer.db");
    let SecretsAtRest::Sealed(keys) = &secrets else { unreachable!() };
    let wrong = SqliteStore::open(&path, sealed()).await.unwrap_err();
    assert!(matches!(wrong, OpenError::WrongKey { .. }), "{wrong:?}");
    assert!(wrong.to_string().contains(keys.newest().as_str()), "{wrong}");
    let none = SqliteStore::open(&path, SecretsAtRest::Plain).await.unwrap_err();
    assert!(matches!(none, OpenError::OtherSealing { found: "sealed", .. }), "{none:?}");
    let again = SqliteStore::open(&path, secrets).await.unwrap();
    assert_eq!(key_of(&again, "dev").await.as_deref(), Some(CANARY));
}

#[tokio::test]
async fn after_opening_with_a_new_key_the_old_one_is_not_needed() {
    let [old, new] = [(), ()].map(|()| Keyring::new_key().unwrap());
    let ring = |keys: &[&SecretString]| {
        let lines: Vec<&str> = keys.iter().map(|key| key.expose_secret()).collect();
        SecretsAtRest::Sealed(Keyring::parse(&SecretString::from(lines.join("\n"))).unwrap())
    };
    let OnDisk { inner: store, directory } = with_secrets(ring(&[&old])).await;
    put(&store, "dev", CANARY).await;
    drop(store);
    let path = directory.path().join("deployer.db");
    let both = SqliteStore::open(&path, ring(&[&new, &old])).await.unwrap();
    assert_eq!(key_of(&both, "dev").await.as_deref(), Some(CANARY));
    put(&both, "prod", CANARY).await;
    drop(both);
    let after = SqliteStore::open(&path, ring(&[&new])).await.unwrap();
    for id in ["dev", "prod"] {
        assert_eq!(key_of(&after, id).await.as_deref(), Some(CANARY));
    }
    let forgotten = SqliteStore::open(&path, ring(&[&old])).await.unwrap_err();
    assert!(matches!(forgotten, OpenError::WrongKey { .. }), "{forgotten:?}");
}

#[tokio::test]
async fn a_process_without_the_newest_key_writes_no_secret_after_the_change() {
    let [old, new] = [(), ()].map(|()| Keyring::new_key().unwrap());
    let ring = |keys: &[&SecretString]| {
        let lines: Vec<&str> = keys.iter().map(|key| key.expose_secret()).collect();
        SecretsAtRest::Sealed(Keyring::parse(&SecretString::from(lines.join("\n"))).unwrap())
    };
    // A process with the old key only, which runs on.
    let OnDisk { inner: older, directory } = with_secrets(ring(&[&old])).await;
    let path = directory.path().join("deployer.db");
    drop(SqliteStore::open(&path, ring(&[&new, &old])).await.unwrap());
    let secrets = Secrets::from([("key".to_owned(), SecretString::from(CANARY))]);
    let late = Commit::new().put_sealed(infra("late"), Expected::Any, json!(1), secrets);
    let refused = older.commit(late).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    let after = SqliteStore::open(&path, ring(&[&new])).await.unwrap();
    assert_eq!(key_of(&after, "late").await, None);
}

#[tokio::test]
async fn a_store_without_sealing_is_not_opened_with_a_key() {
    let OnDisk { inner: store, directory } = with_secrets(SecretsAtRest::Plain).await;
    put(&store, "dev", CANARY).await;
    drop(store);
    let refused = SqliteStore::open(directory.path().join("deployer.db"), sealed()).await;
    assert!(matches!(refused, Err(OpenError::OtherSealing { found: "not sealed", .. })));
}

#[tokio::test]
async fn a_deleted_or_replaced_document_leaves_no_secret() {
    let store = new_store().await;
    put(&store, "dev", CANARY).await;
    put(&store, "prod", CANARY).await;
    store.commit(Commit::new().delete(infra("dev"), Expected::Any)).await.unwrap();
    store.commit(Commit::new().put(infra("prod"), Expected::Any, json!(2))).await.unwrap();
    let file = Connection::open(store.path()).unwrap();
    let left: i64 = file.query_row("SELECT count(*) FROM secret", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}
