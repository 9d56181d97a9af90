//! The whole state of a Deployer: counted, checked, copied, moved, compacted, and sealed with another key.

mod copies;
mod faults;
mod keys;
mod neighbours;
mod presence;
mod recorded;

use std::collections::BTreeMap;

use project_deployer::state_admin::{Progress, State, StatePlace, compact, restore, status};
use project_deployer_store::{
    DocumentKey, JournalEntry, JournalStream, Keyring, Maintenance, SecretsAtRest, SqliteStore,
};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tempfile::TempDir;

use crate::installation::Installation;

const SILENT: fn() -> Progress<'static> = Progress::silent;

/// A Deployer with two infrastructures, two bundles, a deployment, and an update that ended.
async fn installed() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    installation.update("churn-dev").await;
    installation
}

fn state_of(installation: &Installation) -> State {
    State::of(installation.store.clone(), installation.archive.clone(), "memory")
}

/// A directory for stores.
struct Places(TempDir);

impl Places {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn url(&self, name: &str) -> String {
        format!("sqlite:{}", self.0.path().join(name).join("deployer.db").display())
    }

    fn place(&self, name: &str) -> StatePlace {
        StatePlace::at(self.url(name))
    }
}

/// Everything in a store that a Deployer reads, with secrets in clear, but for the records of what was done with the state
/// as a whole: `recorded.rs` is about them.
#[derive(Debug, PartialEq, Default)]
struct Contents {
    documents: BTreeMap<DocumentKey, (Value, BTreeMap<String, String>)>,
    journals: BTreeMap<JournalStream, Vec<JournalEntry>>,
}

async fn contents(store: &dyn Maintenance) -> Contents {
    let mut contents = Contents::default();
    for key in store.keys(None, 100_000).await.unwrap() {
        if key.collection.name() == "state-mark" {
            continue;
        }
        let found = store.read(&key).await.unwrap().unwrap();
        let secrets = found.secrets.iter();
        let secrets =
            secrets.map(|(field, value)| (field.clone(), value.expose_secret().to_owned()));
        contents.documents.insert(key, (found.body, secrets.collect()));
    }
    for stream in store.journals(None, 100_000).await.unwrap() {
        let mut entries = store.journal(&stream, 0, 100_000).await.unwrap();
        let all = entries.len();
        entries.retain(|entry| !is_of_the_whole(&entry.body));
        if entries.is_empty() && all > 0 {
            // A day that has no other record.
            let day = stream.0.trim_start_matches("audit/").to_owned();
            contents
                .documents
                .retain(|key, _| key.collection.name() != "audit-day" || key.id != day);
            continue;
        }
        contents.journals.insert(stream, entries);
    }
    contents
}

fn is_of_the_whole(body: &Value) -> bool {
    body.as_str().is_some_and(|record| record.contains(r#""kind":"state""#))
}

/// The contents of the store at a place, as a host would open it.
async fn contents_at(places: &Places, name: &str) -> Contents {
    let path = places.0.path().join(name).join("deployer.db");
    let key = Keyring::from_file(&path.with_extension("db.key"));
    let secrets = match key {
        Ok(ring) => SecretsAtRest::Sealed(ring),
        Err(_) => SecretsAtRest::Plain,
    };
    let store = SqliteStore::open_existing(path, secrets).await.unwrap();
    contents(&store).await
}

#[tokio::test]
async fn a_status_counts_what_is_there() {
    let installation = installed().await;
    let found = status(&state_of(&installation)).await.unwrap();
    let count = |kind: &str| found.documents.get(kind).copied().unwrap_or_default();
    assert_eq!((count("infrastructure"), count("bundle"), count("deployment")), (2, 2, 1));
    // One journal of the update, and one of the audit.
    assert_eq!((count("update"), found.journals), (1, 2));
    assert!(found.entries > 5 && found.revision > 5, "{found:?}");
    assert_eq!((found.secrets.unsealed, found.archives.count), (2, 2));
    assert_eq!((found.incoming, found.moved_to), (None, None));
}

#[tokio::test]
async fn compaction_keeps_everything_but_deletions() {
    let places = Places::new();
    let installation = installed().await;
    restore(&state_of(&installation), &places.place("two"), SILENT()).await.unwrap();
    let state = places.place("two").open().await.unwrap();
    let before = contents_at(&places, "two").await;
    let done = compact(&state, 2, SILENT()).await.unwrap();
    let revision = status(&state).await.unwrap().revision;
    assert_eq!(done.until, revision - 2);
    assert_eq!(contents_at(&places, "two").await, before);
}
