//! A state with everything in it, made by a Deployer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::core::rights::Caller;
use project_deployer::prelude::*;
use project_deployer::store::{
    Collection, Commit, Expected, Keyring, Maintenance, SecretsAtRest, SqliteStore, Store as _,
};
use project_deployer::{DeployerBuilder, DeployerOpenError, DeployerSession};
use project_deployer_testkit::{BundleBuilder, MockNode};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

/// The admin key of every node. It may be in no output, and in no file but sealed.
pub(crate) const CANARY: &str = "canary-91d3";

/// Documents with their secrets, and journals.
pub(crate) type Contents = BTreeMap<String, String>;

/// A directory with states, each in a directory of its own.
pub(crate) struct Filled {
    directory: TempDir,
    _node: Option<MockNode>,
}

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| unreachable!("{text} is not valid"))
}

pub(crate) fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("dana")))
}

impl Filled {
    /// An empty directory.
    pub(crate) fn nowhere() -> Self {
        Self { directory: TempDir::new().unwrap(), _node: None }
    }

    /// With a state `one`: two infrastructures, two bundles, a deployment and its update.
    pub(crate) async fn new() -> Self {
        let node = MockNode::builder("auto-dev").admin_api_key(CANARY).start().await;
        let filled = Self { _node: Some(node), ..Self::nowhere() };
        let deployer = filled.open("one").await.unwrap();
        filled.fill(&admin(&deployer)).await;
        drop(deployer);
        filled.settle("one").await;
        filled
    }

    async fn fill(&self, admin: &DeployerSession) {
        let url = self._node.as_ref().unwrap().url().to_owned();
        for (id, stage) in [("dev", "Development"), ("prod", "Production")] {
            let infra = InfraCreation::new(parsed(id), parsed(stage))
                .with_node(parsed(&url), parsed(CANARY));
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
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn file(&self, name: &str, file: &str) -> PathBuf {
        self.path().join(name).join(file)
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("sqlite:{}", self.file(name, "deployer.db").display())
    }

    /// The names of the files of a state, but for the log of SQLite.
    pub(crate) fn names(&self, name: &str) -> Vec<String> {
        let files = std::fs::read_dir(self.path().join(name)).unwrap();
        let mut names: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.contains(".db-"));
        names.sort();
        names
    }

    pub(crate) async fn open(&self, name: &str) -> Result<Deployer, DeployerOpenError> {
        self.open_with(name, |builder| builder).await
    }

    pub(crate) async fn open_with(
        &self,
        name: &str,
        settings: impl FnOnce(DeployerBuilder) -> DeployerBuilder,
    ) -> Result<Deployer, DeployerOpenError> {
        let connector = HttpConnector::builder().build().unwrap();
        let builder = Deployer::builder(connector).name("the-running-one");
        settings(builder).open(&self.url(name)).await
    }

    pub(crate) async fn store(&self, name: &str) -> SqliteStore {
        let ring = Keyring::from_file(&self.file(name, "deployer.db.key")).unwrap();
        let path = self.file(name, "deployer.db");
        SqliteStore::open_existing(path, SecretsAtRest::Sealed(ring)).await.unwrap()
    }

    /// Brings everything into the file itself, and each part into it once.
    pub(crate) async fn settle(&self, name: &str) {
        let store = self.store(name).await;
        store.shrink().await.unwrap();
        drop(store);
        // SQLite removes its log when the last task has closed the file.
        while self.file(name, "deployer.db-wal").exists() {
            tokio::task::yield_now().await;
        }
    }

    /// Everything in a state that a Deployer reads, with secrets in clear.
    pub(crate) async fn contents(&self, name: &str) -> Contents {
        contents_of(&self.store(name).await).await
    }

    /// Copies the documents of kind `infrastructure` under new ids, so that there are many secrets.
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
}

pub(crate) async fn contents_of(store: &dyn Maintenance) -> Contents {
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
