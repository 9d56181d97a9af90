//! Secrets at rest.

use project_deployer_store::{
    Collection, Commit, DocumentKey, Expected, Keyring, PostgresOpenError, PostgresStore, Secrets,
    SecretsAtRest, Store,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::servers::{database, open, options, sealed, session};

const CANARY: &str = "canary-5f2e";

fn infra(id: &str) -> DocumentKey {
    Collection::new("infras").key(id)
}

async fn put(store: &dyn Store, id: &str) {
    let secrets = Secrets::from([("key".to_owned(), SecretString::from(CANARY))]);
    let commit = Commit::new().put_sealed(infra(id), Expected::Any, json!(1), secrets);
    store.commit(commit).await.unwrap();
}

async fn opens(store: &dyn Store, id: &str) -> bool {
    let document = store.read(&infra(id)).await.ok().flatten();
    let secrets = document.map(|document| document.secrets).unwrap_or_default();
    secrets.get("key").is_some_and(|secret| secret.expose_secret() == CANARY)
}

fn ring(keys: &[&SecretString]) -> SecretsAtRest {
    let lines: Vec<&str> = keys.iter().map(|key| key.expose_secret()).collect();
    SecretsAtRest::Sealed(Keyring::parse(&SecretString::from(lines.join("\n"))).unwrap())
}

#[tokio::test]
async fn no_table_shows_a_secret_and_a_swapped_one_does_not_open() {
    // R13
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    put(&store, "dev").await;
    put(&store, "prod").await;
    let admin = session(&url).await;
    let shown = "SELECT d::text, encode(d.secrets[1], 'escape') FROM project_deployer.document d";
    for row in admin.query(shown, &[]).await.unwrap() {
        let (row, secret): (String, String) = (row.get(0), row.get(1));
        assert!(!row.contains(CANARY) && !secret.contains(CANARY));
    }
    let swap = "UPDATE project_deployer.document SET secrets = \
                (SELECT secrets FROM project_deployer.document WHERE id = 'dev') WHERE id = 'prod'";
    admin.batch_execute(swap).await.unwrap();
    assert!(opens(&store, "dev").await);
    assert!(store.read(&infra("prod")).await.is_err());
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_named_and_changes_nothing() {
    let Some(url) = database().await else { return };
    let secrets = sealed();
    put(&open(&url, secrets.clone()).await, "dev").await;
    let SecretsAtRest::Sealed(keys) = &secrets else { unreachable!() };
    let wrong = PostgresStore::open(&options(&url), sealed()).await.unwrap_err();
    assert!(matches!(wrong, PostgresOpenError::WrongKey { .. }), "{wrong:?}");
    assert!(wrong.to_string().contains(keys.newest().as_str()), "{wrong}");
    let none = PostgresStore::open(&options(&url), SecretsAtRest::Plain).await.unwrap_err();
    assert!(matches!(none, PostgresOpenError::OtherSealing { found: "sealed", .. }), "{none:?}");
    assert!(opens(&open(&url, secrets).await, "dev").await);
}

#[tokio::test]
async fn a_store_without_sealing_is_not_opened_with_a_key() {
    let Some(url) = database().await else { return };
    let store = open(&url, SecretsAtRest::Plain).await;
    put(&store, "dev").await;
    assert!(opens(&store, "dev").await);
    let refused = PostgresStore::open(&options(&url), sealed()).await;
    assert!(matches!(refused, Err(PostgresOpenError::OtherSealing { found: "not sealed", .. })));
}

#[tokio::test]
async fn after_opening_with_a_new_key_the_old_one_is_not_needed() {
    let Some(url) = database().await else { return };
    let [old, new] = [(), ()].map(|()| Keyring::new_key().unwrap());
    let store = open(&url, ring(&[&old])).await;
    // More than one page of documents.
    for id in 0..1_050 {
        put(&store, &format!("d{id}")).await;
    }
    let both = open(&url, ring(&[&new, &old])).await;
    put(&both, "prod").await;
    let after = open(&url, ring(&[&new])).await;
    for id in ["d0", "d499", "d500", "d999", "d1049", "prod"] {
        assert!(opens(&after, id).await, "{id}");
    }
    let forgotten = PostgresStore::open(&options(&url), ring(&[&old])).await.unwrap_err();
    assert!(matches!(forgotten, PostgresOpenError::WrongKey { .. }), "{forgotten:?}");
}

#[tokio::test]
async fn a_deleted_or_replaced_document_leaves_no_secret() {
    let Some(url) = database().await else { return };
    let store = open(&url, sealed()).await;
    put(&store, "dev").await;
    put(&store, "prod").await;
    store.commit(Commit::new().delete(infra("dev"), Expected::Any)).await.unwrap();
    store.commit(Commit::new().put(infra("prod"), Expected::Any, json!(2))).await.unwrap();
    let left = "SELECT count(*) FROM project_deployer.document WHERE cardinality(secrets) > 0";
    let left: i64 = session(&url).await.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}
