//! The key changes while other processes use the store.

use std::path::PathBuf;

use rusqlite::Connection;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tempfile::TempDir;

use super::SqliteStore;
use crate::commit::{Commit, Expected};
use crate::document::{Collection, DocumentKey, Secrets};
use crate::keyring::{KeyFile, Keyring};
use crate::maintenance::Maintenance as _;
use crate::sealing::SecretsAtRest;
use crate::store::Store as _;

fn infra(id: usize) -> DocumentKey {
    Collection::new("infras").key(id)
}

async fn put(store: &SqliteStore, id: usize) {
    let secret = SecretString::from(format!("secret-{id}"));
    let secrets = Secrets::from([("key".to_owned(), secret)]);
    store
        .commit(Commit::new().put_sealed(infra(id), Expected::Any, json!(1), secrets))
        .await
        .unwrap();
}

async fn opens(store: &SqliteStore, id: usize) {
    let found = store.read(&infra(id)).await.unwrap().unwrap();
    assert_eq!(found.secrets["key"].expose_secret(), format!("secret-{id}"));
}

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("deployer.key")
    }

    async fn open(&self) -> SqliteStore {
        let ring = Keyring::from_file_or_new(&self.key()).unwrap();
        let path = self.directory.path().join("deployer.db");
        SqliteStore::open(path, SecretsAtRest::Sealed(ring)).await.unwrap()
    }

    async fn open_existing(&self) -> SqliteStore {
        let ring = Keyring::from_file(&self.key()).unwrap();
        let path = self.directory.path().join("deployer.db");
        SqliteStore::open_existing(path, SecretsAtRest::Sealed(ring)).await.unwrap()
    }
}

#[tokio::test]
async fn a_running_process_reads_and_writes_with_the_new_key() {
    let place = Place::new();
    let running = place.open().await;
    for id in 0..10 {
        put(&running, id).await;
    }
    let old = running.inventory().await.unwrap().sealing.current.unwrap();
    let new = KeyFile::lock(&place.key()).unwrap().add().unwrap();
    // Until somebody changes the key of the store, it stays.
    put(&running, 0).await;
    let other = place.open_existing().await;
    assert_eq!(other.inventory().await.unwrap().sealing.sealed_with(&old), 10);

    let first = other.seal_again(4).await.unwrap();
    assert_eq!((first.sealed, first.left), (4, 6));
    // In the middle, both keys are needed, and new secrets have the new one.
    for id in 0..10 {
        opens(&running, id).await;
    }
    put(&running, 11).await;
    let rest = other.seal_again(100).await.unwrap();
    assert_eq!((rest.sealed, rest.left), (6, 0));
    put(&running, 12).await;
    let sealing = running.inventory().await.unwrap().sealing;
    assert_eq!(sealing.current.as_deref(), Some(new.as_str()));
    assert_eq!(sealing.by_key.into_iter().collect::<Vec<_>>(), [(new.as_str().to_owned(), 12)]);
    assert!(KeyFile::lock(&place.key()).unwrap().forget(&old).unwrap());
    opens(&place.open().await, 12).await;
    opens(&running, 3).await;
}

#[tokio::test]
async fn a_process_without_the_new_key_names_it_and_writes_nothing() {
    let place = Place::new();
    let ring = Keyring::from_file_or_new(&place.key()).unwrap();
    // Without a source, its keys cannot be read again.
    let text = std::fs::read_to_string(place.key()).unwrap();
    let fixed = Keyring::parse(&SecretString::from(text)).unwrap();
    let path = place.directory.path().join("deployer.db");
    let running = SqliteStore::open(&path, SecretsAtRest::Sealed(fixed)).await.unwrap();
    put(&running, 1).await;
    let new = KeyFile::lock(&place.key()).unwrap().add().unwrap();
    assert_ne!(ring.newest(), &new);
    place.open_existing().await.seal_again(100).await.unwrap();
    let revision = running.status().await.unwrap().revision;
    let error = running.read(&infra(1)).await.unwrap_err();
    let secrets = Secrets::from([("key".to_owned(), SecretString::from("x"))]);
    let commit = Commit::new().put_sealed(infra(2), Expected::Any, json!(1), secrets);
    let refused = running.commit(commit).await.unwrap_err();
    for error in [error, refused] {
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(new.as_str()), "{error} {cause}");
    }
    assert_eq!(running.status().await.unwrap().revision, revision);
}

#[tokio::test]
async fn opening_a_store_that_is_there_seals_nothing_again() {
    let place = Place::new();
    let first = place.open().await;
    put(&first, 1).await;
    let before = first.inventory().await.unwrap().sealing;
    drop(first);
    KeyFile::lock(&place.key()).unwrap().add().unwrap();
    let second = place.open_existing().await;
    assert_eq!(second.inventory().await.unwrap().sealing, before);
    let absent =
        SqliteStore::open_existing(place.directory.path().join("absent.db"), SecretsAtRest::Plain);
    assert!(absent.await.unwrap_err().to_string().contains("absent.db"));
    assert!(!place.directory.path().join("absent.db").exists());
}

#[tokio::test]
async fn a_damaged_secret_stops_a_change_of_the_key_and_is_named() {
    let place = Place::new();
    let store = place.open().await;
    put(&store, 1).await;
    let file = Connection::open(place.directory.path().join("deployer.db")).unwrap();
    file.execute("UPDATE secret SET value = x'00'", []).unwrap();
    assert_eq!(store.inventory().await.unwrap().sealing.unsealed, 1);
    let error = store.seal_again(10).await.unwrap_err();
    assert!(error.to_string().contains("key of infras/1"), "{error}");
}
