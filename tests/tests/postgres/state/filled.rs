//! A state with everything in it, made by a Deployer.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::prelude::*;
use project_deployer::state_admin::StatePlace;
use project_deployer::store::{ArchiveLocation, Keyring, PostgresStore, SecretsAtRest};
use project_deployer::{DeployerBuilder, DeployerOpenError};
use project_deployer_store::{
    Collection, Commit, Expected, KeySource, Maintenance, SqliteStore, Store, StoreError,
};
use project_deployer_testkit::{BundleBuilder, MockNode};
use project_deployer_tests::quick;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::servers::options;

/// Documents with their secrets, and journals.
pub(crate) type Contents = BTreeMap<String, String>;

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| unreachable!("{text} is not valid"))
}

pub(crate) fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("dana")))
}

/// A directory with states in SQLite, each in a directory of its own, and the key and the archives of states in
/// PostgreSQL.
pub(crate) struct Filled {
    directory: TempDir,
    node: MockNode,
}

impl Filled {
    pub(crate) async fn nowhere() -> Self {
        let filled = Self {
            directory: TempDir::new().unwrap(),
            node: MockNode::builder("auto").start().await,
        };
        Keyring::from_file_or_new(&filled.directory.path().join("postgres.key")).unwrap();
        filled
    }

    /// With a state `one`: two infrastructures, two bundles, a deployment and its update.
    pub(crate) async fn new() -> Self {
        let filled = Self::nowhere().await;
        let deployer = filled.open("one").await.unwrap();
        let admin = admin(&deployer);
        for (id, stage) in [("dev", "Development"), ("prod", "Production")] {
            let infra = InfraCreation::new(parsed(id), parsed(stage))
                .with_node(parsed(filled.node.url()), parsed("key-of-the-node"));
            admin.create_infra(&infra).await.unwrap();
        }
        for bundle in ["v1", "v2"] {
            let bytes = BundleBuilder::new("CHURN", bundle).build().unwrap();
            admin.upload_bundle(Upload::from_bytes("b.zip", bytes), None).await.unwrap();
        }
        let creation = DeploymentCreation::parse("churn", "CHURN", "dev", "v1").unwrap();
        admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
        // Whatever comes of it, it has a journal.
        let task = admin.start_update(&parsed("churn")).await.unwrap();
        admin.wait(&task).await.unwrap();
        drop((admin, deployer));
        all_left(&filled.store("one").await).await;
        filled
    }

    pub(crate) fn builder() -> DeployerBuilder {
        Deployer::builder(HttpConnector::builder().timeouts(quick()).build().unwrap())
            .name("the-running-one")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name).join("deployer.db")
    }

    pub(crate) fn sqlite(&self, name: &str) -> StatePlace {
        StatePlace::at(format!("sqlite:{}", self.file(name).display()))
    }

    /// Where the keys of states in PostgreSQL come from.
    pub(crate) fn keys(&self) -> KeySource {
        KeySource::File(self.directory.path().join("postgres.key"))
    }

    fn archives(&self, url: &str) -> PathBuf {
        let name = url.rsplit('/').next().unwrap();
        self.directory.path().join(format!("{name}.bundles"))
    }

    pub(crate) fn postgres(&self, url: &str) -> StatePlace {
        let archives = format!("file:{}", self.archives(url).display());
        StatePlace::at(url).keys_from(self.keys()).archives_at(archives)
    }

    pub(crate) async fn open(&self, name: &str) -> Result<Deployer, DeployerOpenError> {
        Self::builder().open(self.sqlite(name).url()).await
    }

    pub(crate) async fn open_in(&self, url: &str) -> Result<Deployer, DeployerOpenError> {
        let secrets = SecretsAtRest::Sealed(self.keys().read().unwrap());
        let archives = ArchiveLocation::Directory(self.archives(url));
        Self::builder().secrets(secrets).archives(archives).open(url).await
    }

    pub(crate) async fn store_in(&self, url: &str) -> PostgresStore {
        let secrets = SecretsAtRest::Sealed(self.keys().read().unwrap());
        PostgresStore::open_existing(&options(url), secrets).await.unwrap()
    }

    pub(crate) async fn store(&self, name: &str) -> SqliteStore {
        let file = self.file(name);
        let ring = Keyring::from_file(&file.with_extension("db.key")).unwrap();
        SqliteStore::open_existing(file, SecretsAtRest::Sealed(ring)).await.unwrap()
    }

    pub(crate) async fn contents(&self, name: &str) -> Contents {
        contents_of(&self.store(name).await).await
    }

    pub(crate) async fn contents_in(&self, url: &str) -> Contents {
        contents_of(&self.store_in(url).await).await
    }

    /// Copies an infrastructure under new ids, so that there are many secrets.
    pub(crate) async fn multiply(&self, name: &str, times: usize) {
        let store = self.store(name).await;
        let kind = Collection::new("infrastructure");
        let found = store.read(&kind.clone().key("dev")).await.unwrap().unwrap();
        let mut commit = Commit::new();
        for number in 0..times {
            let id = format!("dev-{number}");
            let mut body = found.body.clone();
            body["document"]["id"] = id.as_str().into();
            let key = kind.clone().key(id);
            commit = commit.put_sealed(key, Expected::Absent, body, found.secrets.clone());
        }
        store.commit(commit).await.unwrap();
    }

    pub(crate) fn remove_an_archive(&self, name: &str) {
        let archives = self.file(name).with_extension("db.bundles").join("sha256");
        let first = std::fs::read_dir(archives).unwrap().next().unwrap().unwrap();
        std::fs::remove_file(first.path()).unwrap();
    }
}

/// Returns once no Deployer counts as running: each gives its lease back a moment after it was dropped.
pub(crate) async fn all_left(store: &dyn Store) {
    for number in 0..64 {
        loop {
            let name = format!("presence/{number}");
            match store.take_lease(&name, "test", Duration::from_secs(60)).await {
                Ok(lease) => break store.release_lease(&lease).await.unwrap(),
                Err(StoreError::Held { .. }) => tokio::task::yield_now().await,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}

async fn contents_of(store: &dyn Maintenance) -> Contents {
    let mut contents = Contents::new();
    for key in store.keys(None, 100_000).await.unwrap() {
        // A copy is another owner of archives.
        if key.collection.name() == "state-mark" || key.to_string() == "archive-index/owner" {
            continue;
        }
        let found = store.read(&key).await.unwrap().unwrap();
        let secrets = found.secrets.iter().map(|(field, value)| (field, value.expose_secret()));
        let secrets: Vec<_> = secrets.collect();
        contents.insert(key.to_string(), format!("{} {secrets:?}", found.body));
    }
    for stream in store.journals(None, 100_000).await.unwrap() {
        for entry in store.journal(&stream, 0, 100_000).await.unwrap() {
            // What was done with the state as a whole is recorded there alone.
            if entry.body.as_str().is_some_and(|record| record.contains(r#""kind":"state""#)) {
                continue;
            }
            contents.insert(format!("{stream} {}", entry.sequence), entry.body.to_string());
        }
    }
    contents
}
