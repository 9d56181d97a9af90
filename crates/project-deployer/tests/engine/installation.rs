//! A Deployer with three nodes in memory, and its users.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use project_deployer::bundle_reader::{BundleLimits, read_bundle};
use project_deployer::{Deployer, DeployerBuilder, DeployerSession};
use project_deployer_client::conformance::NodeSeed;
use project_deployer_client::prelude::*;
use project_deployer_client::{FakeFleet, FakeNode, InfraCreation, Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::rights::{Caller, GlobalRight, InfraGrant, InfraRight};
use project_deployer_core::status::UpdateDetail;
use project_deployer_core::{
    ApiKeySecret, BundleDigest, DeploymentId, InfraId, Login, NodeAddress, ProjectKey,
};
use project_deployer_store::{
    BundleArchive as _, Maintenance as _, MemoryArchive, MemoryStore, PacedStore, Store,
};
use serde_json::{Value, json};

/// The admin key of every node: no error, log or `Debug` output may contain it (R13).
pub(crate) const KEY: &str = "canary-7c1f";

pub(crate) struct Installation {
    pub(crate) deployer: Deployer,
    pub(crate) fleet: FakeFleet,
    pub(crate) dev: FakeNode,
    pub(crate) prod: FakeNode,
    pub(crate) store: MemoryStore,
    pub(crate) archive: MemoryArchive,
}

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

pub(crate) fn address(name: &str) -> NodeAddress {
    NodeAddress::parse(&format!("https://{name}.example:11200")).unwrap()
}

/// A node that reads bundles as the engine does, with `dana`, who may create projects there.
pub(crate) fn node(name: &str) -> FakeNode {
    let seed = NodeSeed::usual().with_name(name);
    FakeNode::seeded(seed).with_bundle_reader(Arc::new(|bytes| {
        read_bundle(Cursor::new(bytes), &BundleLimits::default()).ok()
    }))
}

impl Installation {
    /// Infrastructures `dev` and `prod` with one node each; `dana` may deploy on both.
    pub(crate) async fn new() -> Self {
        let store = MemoryStore::new();
        Self::on(store.clone(), store).await
    }

    /// The digests of all stored bundle archives.
    pub(crate) async fn stored_digests(&self) -> Vec<BundleDigest> {
        let listed = self.archive.list(None, usize::MAX).await.unwrap();
        listed.into_iter().map(|archive| archive.digest).collect()
    }

    /// The same, on a store that yields before each operation, to cause races.
    pub(crate) async fn racing() -> Self {
        let store = MemoryStore::new();
        Self::on(PacedStore::yielding(store.clone()), store).await
    }

    /// The same, with more calls of its builder.
    pub(crate) async fn set_up(more: impl FnOnce(DeployerBuilder) -> DeployerBuilder) -> Self {
        let store = MemoryStore::new();
        Self::built(store.clone(), store, more).await
    }

    /// The same, where the Deployer uses a wrapper of the store.
    pub(crate) async fn on(view: impl Store, store: MemoryStore) -> Self {
        Self::built(view, store, |builder| builder).await
    }

    pub(crate) async fn built(
        view: impl Store,
        store: MemoryStore,
        more: impl FnOnce(DeployerBuilder) -> DeployerBuilder,
    ) -> Self {
        let (dev, prod) = (node("auto-dev"), node("auto-prod"));
        let key = || ApiKeySecret::new(KEY).unwrap();
        let fleet = FakeFleet::new().with_node(address("dev"), key(), dev.clone()).with_node(
            address("prod"),
            key(),
            prod.clone(),
        );
        let archive = MemoryArchive::new();
        let builder = Deployer::builder(fleet.clone()).name("first");
        let deployer = more(builder).on(view, archive.clone());
        Self { deployer, fleet, dev, prod, store, archive }
    }

    /// Another process on the same store, archive and nodes.
    pub(crate) fn another_deployer(&self, name: &str) -> Deployer {
        self.deployer_on(self.store.clone(), name)
    }

    /// Another process on the same archive and nodes, with this store.
    pub(crate) fn deployer_on(&self, store: impl Store, name: &str) -> Deployer {
        Deployer::builder(self.fleet.clone()).name(name).on(store, self.archive.clone())
    }

    /// Another process with the same wrapper of the store.
    pub(crate) fn another_racing_deployer(&self, name: &str) -> Deployer {
        Deployer::builder(self.fleet.clone())
            .name(name)
            .on(PacedStore::yielding(self.store.clone()), self.archive.clone())
    }

    /// A caller in several processes, each of which has read the store. Within one process reads are shared, so
    /// only several processes surely collide.
    pub(crate) async fn in_processes<const N: usize>(
        &self,
        caller: Caller,
    ) -> [DeployerSession; N] {
        let sessions = std::array::from_fn(|number| {
            let process = self.another_racing_deployer(&format!("process-{number}"));
            process.acting_as(caller.clone())
        });
        for session in &sessions {
            session.stages().await.unwrap();
        }
        sessions
    }

    pub(crate) fn admin(&self) -> DeployerSession {
        self.deployer.acting_as(Caller::administrator(parsed("root")))
    }

    /// May deploy on every infrastructure, and publish projects.
    pub(crate) fn dana(&self) -> DeployerSession {
        self.deployer.acting_as(dana())
    }

    /// A user in these groups.
    pub(crate) fn member(&self, login: &str, groups: &[&str]) -> DeployerSession {
        let caller = Caller::new(parsed(login));
        self.deployer.acting_as(caller.in_groups(groups.iter().map(|group| parsed(group))))
    }

    pub(crate) async fn with_infras(self) -> Self {
        self.register("dev", "Development", Target::SingleNode(entry("dev"))).await;
        self.register("prod", "Production", Target::SingleNode(entry("prod"))).await;
        self
    }

    /// With both infrastructures and bundle `v1` of `CHURN` published by `dana`.
    pub(crate) async fn with_bundle(self) -> Self {
        let installation = self.with_infras().await;
        installation.publish("v1").await;
        installation
    }

    /// With all that and deployment `churn-dev`.
    pub(crate) async fn with_deployment(self) -> Self {
        let installation = self.with_bundle().await;
        installation.deploy("churn-dev", "dev", "v1").await;
        installation
    }

    pub(crate) async fn register(&self, id: &str, stage: &str, target: Target) {
        let admin = self.admin();
        admin.create_infra(&creation(id, stage)).await.unwrap();
        let settings = admin.infra_settings(&parsed(id)).await.unwrap();
        let mut settings = settings.with_target(target);
        settings.permissions = vec![InfraGrant::new(parsed("deployers"), InfraRight::Deploy)];
        admin.save_infra_settings(&settings).await.unwrap();
    }

    pub(crate) async fn publish(&self, bundle: &str) {
        self.dana().upload_bundle(upload(bundle), None).await.unwrap();
    }

    pub(crate) async fn deploy(&self, id: &str, infra: &str, bundle: &str) {
        let creation = deployment(id, infra, bundle);
        self.dana().create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    }

    /// Updates to the end.
    pub(crate) async fn update(&self, id: &str) -> UpdateDetail {
        let dana = self.dana();
        let task = dana.start_update(&parsed(id)).await.unwrap();
        dana.wait(&task).await.unwrap()
    }

    /// Changes the settings of a deployment by its document.
    pub(crate) async fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let dana = self.dana();
        let settings = dana.deployment_settings(&parsed::<DeploymentId>(id)).await.unwrap();
        let mut document = settings.to_document();
        change(&mut document);
        let settings =
            project_deployer_core::deployment::DeploymentSettings::from_document(document).unwrap();
        dana.save_deployment_settings(&settings, Warnings::AsErrors).await.unwrap();
    }

    /// Changes the settings of an infrastructure.
    pub(crate) async fn change_infra(&self, id: &str, change: impl FnOnce(&mut InfraSettings)) {
        let admin = self.admin();
        let mut settings = admin.infra_settings(&parsed::<InfraId>(id)).await.unwrap();
        change(&mut settings);
        admin.save_infra_settings(&settings).await.unwrap();
    }
}

/// The number of entries in the journals of updates. The audit has journals of its own.
pub(crate) async fn entries_of_updates(store: &MemoryStore) -> u64 {
    let mut entries = 0;
    for journal in store.journals(None, 10_000).await.unwrap() {
        if journal.0.starts_with("update/") {
            entries += store.journal(&journal, 0, 10_000).await.unwrap().len() as u64;
        }
    }
    entries
}

pub(crate) fn dana() -> Caller {
    Caller::new(parsed::<Login>("dana"))
        .in_groups([parsed("deployers")])
        .with_right(GlobalRight::CreatePublishedProjects)
}

pub(crate) fn creation(id: &str, stage: &str) -> InfraCreation {
    InfraCreation::new(parsed(id), parsed(stage))
}

pub(crate) fn entry(name: &str) -> NodeEntry {
    NodeEntry::new(address(name), ApiKeySecret::new(KEY).unwrap())
        .with_node_id(Some(parsed(&format!("auto-{name}"))))
}

pub(crate) fn deployment(id: &str, infra: &str, bundle: &str) -> DeploymentCreation {
    DeploymentCreation::new(parsed(id), churn(), parsed(infra), parsed(bundle))
}

pub(crate) fn churn() -> ProjectKey {
    parsed("CHURN")
}

pub(crate) fn upload(bundle: &str) -> Upload {
    Upload::from_bytes(format!("{bundle}.zip"), archive("CHURN", bundle, json!({})))
}

/// A bundle with scenarios `NIGHTLY` and `CHECK` (a test), and webapps `board` and `form`, which needs what the nodes have; `more` is
/// put over its manifest.
pub(crate) fn archive(project: &str, bundle: &str, more: Value) -> Vec<u8> {
    let mut manifest = json!({
        "projectKey": project, "bundleId": bundle, "projectName": "Customer churn",
        "connections": [{"name": "sql-prod", "type": "PostgreSQL"}],
        "codeEnvs": [{"name": "py-prod", "lang": "PYTHON"}],
    });
    if let (Some(manifest), Value::Object(more)) = (manifest.as_object_mut(), more) {
        manifest.extend(more);
    }
    let params = json!({"permissions": [
        {"group": "analysts", "readProjectContent": true},
        {"user": "ghost", "admin": true}
    ]});
    let files = [
        ("export-manifest.json", manifest),
        ("project_config/params.json", params),
        (
            "project_config/webapps/board.json",
            json!({"id": "board", "name": "Board", "type": "DASH"}),
        ),
        (
            "project_config/webapps/form.json",
            json!({"id": "form", "name": "Form", "type": "SHINY"}),
        ),
        ("project_config/scenarios/NIGHTLY.json", json!({"id": "NIGHTLY", "name": "Nightly"})),
        ("project_config/scenarios/CHECK.json", json!({"id": "CHECK", "markedAsTest": true})),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, document) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(document.to_string().as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
