//! The key changes while other processes use the store.

use std::path::PathBuf;

use futures::future::join_all;
use project_deployer_store::{
    Collection, Commit, DocumentKey, Expected, JournalStream, KeyFile, Keyring, Maintenance as _,
    PostgresOpenError, PostgresStore, Secrets, SecretsAtRest, Store as _, StoreError,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tempfile::TempDir;

use crate::servers::{database, options, session};

fn infra(id: usize) -> DocumentKey {
    Collection::new("infras").key(id)
}

fn writing(id: usize) -> Commit {
    let secret = |field: &str| SecretString::from(format!("{field}-{id}"));
    let secrets = ["admin", "key"].map(|field| (field.to_owned(), secret(field)));
    Commit::new().put_sealed(infra(id), Expected::Any, json!(id), Secrets::from(secrets))
}

async fn put(store: &PostgresStore, id: usize) {
    store.commit(writing(id)).await.unwrap();
}

async fn opens(store: &PostgresStore, id: usize) {
    let found = store.read(&infra(id)).await.unwrap().unwrap();
    for (field, secret) in &found.secrets {
        assert_eq!(secret.expose_secret(), format!("{field}-{id}"));
    }
    assert_eq!(found.secrets.len(), 2);
}

/// A database, and a key file that its processes share.
struct Place {
    url: String,
    directory: TempDir,
}

impl Place {
    async fn new() -> Option<Self> {
        Some(Self { url: database().await?, directory: TempDir::new().unwrap() })
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("deployer.key")
    }

    fn add_key(&self) -> String {
        KeyFile::lock(&self.key()).unwrap().add().unwrap().to_string()
    }

    /// As a Deployer opens it: every secret has the newest key then.
    async fn open(&self) -> PostgresStore {
        let ring = Keyring::from_file_or_new(&self.key()).unwrap();
        PostgresStore::open(&options(&self.url), SecretsAtRest::Sealed(ring)).await.unwrap()
    }

    async fn open_existing(&self) -> PostgresStore {
        let ring = SecretsAtRest::Sealed(Keyring::from_file(&self.key()).unwrap());
        PostgresStore::open_existing(&options(&self.url), ring).await.unwrap()
    }

    /// A process whose keys cannot be read again.
    async fn open_with_fixed_keys(&self) -> PostgresStore {
        let text = std::fs::read_to_string(self.key()).unwrap();
        let ring = SecretsAtRest::Sealed(Keyring::parse(&SecretString::from(text)).unwrap());
        PostgresStore::open_existing(&options(&self.url), ring).await.unwrap()
    }
}

/// The keys that seal, with the number of secrets.
async fn by_key(store: &PostgresStore) -> Vec<(String, u64)> {
    let sealing = store.inventory().await.unwrap().sealing;
    assert_eq!(sealing.unsealed, 0);
    sealing.by_key.into_iter().collect()
}

#[tokio::test]
async fn a_running_process_reads_and_writes_with_the_new_key() {
    // R13
    let Some(place) = Place::new().await else { return };
    let running = place.open().await;
    for id in 0..10 {
        put(&running, id).await;
    }
    let old = running.inventory().await.unwrap().sealing.current.unwrap();
    let new = place.add_key();
    // Until somebody changes the key of the store, it stays.
    put(&running, 0).await;
    let other = place.open_existing().await;
    put(&other, 1).await;
    assert_eq!(by_key(&other).await, [(old.clone(), 20)]);

    let first = other.seal_again(8).await.unwrap();
    assert_eq!((first.sealed, first.left), (8, 12));
    // In the middle, both keys are needed, and new secrets have the new one.
    for id in 0..10 {
        opens(&running, id).await;
    }
    put(&running, 11).await;
    let rest = other.seal_again(100).await.unwrap();
    assert_eq!((rest.sealed, rest.left), (12, 0));
    put(&running, 12).await;
    assert_eq!(by_key(&running).await, [(new, 24)]);
    assert!(KeyFile::lock(&place.key()).unwrap().forget(&old).unwrap());
    opens(&place.open().await, 12).await;
    opens(&running, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_writers_of_several_processes_every_secret_ends_with_the_new_key() {
    let Some(place) = Place::new().await else { return };
    let stores = [place.open().await, place.open().await, place.open().await];
    for id in 0..30 {
        put(&stores[id % 3], id).await;
    }
    for round in 0..5 {
        let new = place.add_key();
        let writers = (0..12).map(|writer| {
            let store = stores[writer % 3].clone();
            tokio::spawn(async move {
                for number in 0..10 {
                    put(&store, (writer * 7 + number) % 30).await;
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        let other = place.open_existing().await;
        while other.seal_again(7).await.unwrap().left > 0 {}
        for writer in join_all(writers).await {
            writer.unwrap();
        }
        // A write after the change has the new key, so nothing is left, whenever it came.
        assert_eq!(by_key(&stores[round % 3]).await, [(new, 60)]);
    }
    for id in 0..30 {
        opens(&stores[id % 3], id).await;
    }
}

#[tokio::test]
async fn a_process_without_the_new_key_names_it_and_writes_nothing() {
    let Some(place) = Place::new().await else { return };
    drop(place.open().await);
    let running = place.open_with_fixed_keys().await;
    put(&running, 1).await;
    let new = place.add_key();
    place.open_existing().await.seal_again(100).await.unwrap();
    let revision = running.status().await.unwrap().revision;
    let error = running.read(&infra(1)).await.unwrap_err();
    let refused = running.commit(writing(2)).await.unwrap_err();
    for error in [error, refused] {
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(&new), "{error} {cause}");
    }
    assert_eq!(running.status().await.unwrap().revision, revision);
    // It spoils no commit of the same group that has no secret.
    let stream = JournalStream("j".to_owned());
    let commits = (0..40).map(|number| match number % 2 {
        0 => running.commit(Commit::new().append(stream.clone(), json!(number))),
        _ => running.commit(writing(number)),
    });
    let written = join_all(commits).await;
    assert_eq!(written.iter().filter(|result| result.is_ok()).count(), 20);
    assert_eq!(running.status().await.unwrap().revision.0, revision.0 + 20);
}

#[tokio::test]
async fn a_commit_that_was_written_before_the_change_is_written_once() {
    // R1: whoever does not know its outcome sends it again, whatever key there is by then.
    let Some(place) = Place::new().await else { return };
    drop(place.open().await);
    let running = place.open_with_fixed_keys().await;
    let commit = writing(1);
    let first = running.commit(commit.clone()).await.unwrap();
    place.add_key();
    place.open_existing().await.seal_again(100).await.unwrap();
    assert_eq!(running.commit(commit.clone()).await.unwrap(), first);
    assert_eq!(running.committed(commit.id).await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_wrong_key_is_named_and_changes_nothing() {
    let Some(place) = Place::new().await else { return };
    let store = place.open().await;
    put(&store, 1).await;
    let current = store.inventory().await.unwrap().sealing.current.unwrap();
    let beside = session(&place.url).await;
    let rows = "SELECT string_agg(d::text || s::text, ',') FROM project_deployer.document d, project_deployer.store s";
    let before: String = beside.query_one(rows, &[]).await.unwrap().get(0);
    let wrong = || {
        let ring = Keyring::parse(&Keyring::new_key().unwrap()).unwrap();
        SecretsAtRest::Sealed(ring)
    };
    let options = options(&place.url);
    for refused in [
        PostgresStore::open(&options, wrong()).await.unwrap_err(),
        PostgresStore::open_existing(&options, wrong()).await.unwrap_err(),
    ] {
        assert!(matches!(refused, PostgresOpenError::WrongKey { .. }), "{refused:?}");
        assert!(refused.to_string().contains(&current), "{refused}");
    }
    let after: String = beside.query_one(rows, &[]).await.unwrap().get(0);
    assert_eq!(after, before);
}

#[tokio::test]
async fn opening_a_store_that_is_there_seals_nothing_again_and_creates_none() {
    let Some(place) = Place::new().await else { return };
    let first = place.open().await;
    put(&first, 1).await;
    let before = first.inventory().await.unwrap().sealing;
    place.add_key();
    let second = place.open_existing().await;
    assert_eq!(second.inventory().await.unwrap().sealing, before);
    let Some(empty) = database().await else { return };
    let absent = PostgresStore::open_existing(&options(&empty), SecretsAtRest::Plain).await;
    assert!(matches!(absent, Err(PostgresOpenError::Absent { .. })), "{absent:?}");
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'project_deployer'";
    let schemas: i64 = session(&empty).await.query_one(schemas, &[]).await.unwrap().get(0);
    assert_eq!(schemas, 0);
}

#[tokio::test]
async fn a_damaged_secret_stops_a_change_of_the_key_and_is_named() {
    let Some(place) = Place::new().await else { return };
    let store = place.open().await;
    put(&store, 1).await;
    // The server itself refuses a value that its key has not sealed.
    let damage = "ALTER TABLE project_deployer.document DISABLE TRIGGER ALL; \
                  UPDATE project_deployer.document SET secrets[2] = '\\x00'; \
                  ALTER TABLE project_deployer.document ENABLE TRIGGER ALL";
    session(&place.url).await.batch_execute(damage).await.unwrap();
    assert_eq!(store.inventory().await.unwrap().sealing.unsealed, 1);
    let error = store.seal_again(10).await.unwrap_err();
    assert!(error.to_string().contains("key of infras/1"), "{error}");
}

#[tokio::test]
async fn a_change_of_the_key_that_is_dropped_anywhere_is_continued() {
    // R1: what a process does that is killed, at every step.
    let Some(place) = Place::new().await else { return };
    let running = place.open().await;
    for id in 0..20 {
        put(&running, id).await;
    }
    let mut random = fastrand::Rng::with_seed(13);
    let mut dropped = 0;
    for _ in 0..40 {
        place.add_key();
        let other = place.open_existing().await;
        let mut sealing = Box::pin(other.seal_again(6));
        let mut done = false;
        for _ in 0..random.usize(0..400) {
            done = futures::poll!(sealing.as_mut()).is_ready();
            if done {
                break;
            }
            tokio::task::yield_now().await;
        }
        dropped += usize::from(!done);
        drop(sealing);
        let id = random.usize(0..20);
        opens(&running, id).await;
        put(&running, id).await;
    }
    assert!(dropped > 0);
    let other = place.open_existing().await;
    while other.seal_again(100).await.unwrap().left > 0 {}
    let newest = Keyring::from_file(&place.key()).unwrap().newest().to_string();
    assert_eq!(by_key(&running).await, [(newest, 40)]);
    for id in 0..20 {
        opens(&running, id).await;
    }
    println!("{dropped} of 40 changes of the key were dropped");
}

#[tokio::test]
async fn a_store_of_schema_1_is_brought_up_to_date_and_refuses_an_older_key() {
    let Some(place) = Place::new().await else { return };
    let schema = include_str!("../../../crates/project-deployer-store/src/postgres/schema.sql");
    let create = format!(
        "CREATE SCHEMA project_deployer; {}",
        schema.replace("{schema}", "project_deployer")
    );
    session(&place.url).await.batch_execute(&create).await.unwrap();
    let store = place.open().await;
    put(&store, 1).await;
    assert_eq!(store.inventory().await.unwrap().schema, Some(5));
    place.add_key();
    drop(place.open().await);
    // An older program, which does not ask for the key of the store.
    let old =
        "UPDATE project_deployer.document SET secrets = ARRAY['1:0123456789abcdef:x'::bytea, 'y']";
    let refused = session(&place.url).await.batch_execute(old).await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "PDKEY");
    put(&store, 1).await;
}

#[tokio::test]
async fn a_snapshot_changes_no_key() {
    let Some(place) = Place::new().await else { return };
    let store = place.open().await;
    put(&store, 1).await;
    let snapshot = store.snapshot().await.unwrap().unwrap();
    let refused = snapshot.seal_again(1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert_eq!(snapshot.inventory().await.unwrap().documents.len(), 1);
}
