//! How many calls and documents of the store an operation costs, however many deployments there are.

use std::collections::BTreeMap;

use project_deployer::Deployer;
use project_deployer::history::HistoryFilter;
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::rights::{Caller, ProjectGrant, ProjectRight};
use project_deployer_store::{
    Collection, Commit, CountingStore, Counts, Expected, Listing, MemoryStore, Store,
};
use serde_json::{Value, json};

use crate::installation::{Installation, churn, creation, deployment, parsed, upload};

/// A Deployer whose calls to the store are counted.
struct Counted<S> {
    deployer: Deployer,
    store: CountingStore<S>,
    counts: BTreeMap<&'static str, Counts>,
}

impl<S: Store> Counted<S> {
    fn new(installation: &Installation, store: CountingStore<S>) -> Self {
        let builder = Deployer::builder(installation.fleet.clone());
        let deployer = builder.on(store.clone(), installation.archive.clone());
        Self { deployer, store, counts: BTreeMap::new() }
    }

    async fn count<T>(
        &mut self,
        name: &'static str,
        operation: impl Future<Output = Result<T, project_deployer::DeployerError>>,
    ) {
        // What changed before is read now.
        self.deployer.acting_as(Caller::new(parsed("any"))).stages().await.unwrap();
        self.store.take();
        operation.await.unwrap_or_else(|error| panic!("{name}: {error}"));
        self.counts.insert(name, self.store.take());
    }

    async fn count_reads(&mut self) {
        let admin = self.deployer.acting_as(Caller::administrator(parsed("root")));
        let id = parsed("churn-dev");
        self.count("deployment", admin.deployment(&id)).await;
        self.count("deployment_settings", admin.deployment_settings(&id)).await;
        self.count("deployment_status", admin.deployment_status(&id)).await;
        self.count("governance_status", admin.governance_status(&id, None)).await;
        self.count("updates", admin.updates(&id)).await;
        self.count("last_update", admin.last_update(&id)).await;
        // The first call of a process asks whether earlier versions left something.
        admin.history(&HistoryFilter::default(), None, 1).await.unwrap();
        let of_one = HistoryFilter::default().with_deployment(Some(id.clone()));
        self.count("history", admin.history(&HistoryFilter::default(), None, 10)).await;
        self.count("history of one", admin.history(&of_one, None, 10)).await;
        self.count("infra", admin.infra(&parsed("dev"))).await;
        self.count("infra_settings", admin.infra_settings(&parsed("dev"))).await;
        self.count("readiness", admin.readiness(&parsed("prod"))).await;
        self.count("project", admin.project(&churn())).await;
        self.count("project_settings", admin.project_settings(&churn())).await;
        self.count("list: deployments", admin.deployments()).await;
        self.count("list: infras", admin.infras()).await;
        self.count("list: projects", admin.projects()).await;
        self.count("list: users", admin.users()).await;
        self.count("board", admin.board()).await;
        let user = self.deployer.acting_as_user(parsed("ursula"));
        self.count("deployment of a user", user.deployment(&id)).await;
        self.count("list: deployments of a user", user.deployments()).await;
    }

    async fn count_writes(&mut self) {
        let admin = self.deployer.acting_as(Caller::administrator(parsed("root")));
        let new = deployment("new", "dev", "v1");
        self.count("create_deployment", admin.create_deployment(&new, Warnings::AsErrors)).await;
        let settings = admin.deployment_settings(&parsed("new")).await.unwrap();
        let saved = admin.save_deployment_settings(&settings, Warnings::Ignore);
        self.count("save_deployment_settings", saved).await;
        self.count("delete_deployment", admin.delete_deployment(&parsed("new"))).await;
        self.count("create_infra", admin.create_infra(&creation("lab", "Development"))).await;
        let settings = admin.infra_settings(&parsed("lab")).await.unwrap();
        self.count("save_infra_settings", admin.save_infra_settings(&settings)).await;
        self.count("delete_infra", admin.delete_infra(&parsed("lab"))).await;
        self.count("create_project", admin.create_project(&parsed("LAB"))).await;
        let settings = admin.project_settings(&parsed("LAB")).await.unwrap();
        self.count("save_project_settings", admin.save_project_settings(&settings)).await;
        self.count("delete_project", admin.delete_project(&parsed("LAB"))).await;
        self.count("save_user", admin.save_user(&User::new(parsed("uwe"), SourceType::Local)))
            .await;
        self.count("delete_user", admin.delete_user(&parsed("uwe"))).await;
        let key = churn();
        let uploaded = admin.upload_bundle(upload("v7"), Some(&key));
        self.count("upload_bundle", uploaded).await;
        self.count("delete_bundle", admin.delete_bundle(&key, &parsed("v7"))).await;
    }

    async fn count_updates(&mut self) {
        let admin = self.deployer.acting_as(Caller::administrator(parsed("root")));
        let id = parsed("churn-dev");
        let updated = async { admin.wait(&admin.start_update(&id).await?).await };
        self.count("an update to its end", updated).await;
    }
}

/// `churn-dev`, updated once, and copies of it: each with its deployed key, its last update, and a group. `ursula`
/// is in 50 of these groups.
async fn many(copies: usize) -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    with_ursula(&installation, copies.min(50)).await;
    let mut templates = Vec::new();
    for (kind, id) in [
        ("deployment", "churn-dev"),
        ("deployed-project", "dev/CHURN"),
        ("latest-update", "churn-dev"),
        ("group", "deployers"),
    ] {
        let found = installation.store.read(&Collection::new(kind).key(id)).await.unwrap();
        templates.push((kind, id, found.unwrap().body));
    }
    for some in (0..copies).collect::<Vec<_>>().chunks(500) {
        let mut commit = Commit::new();
        for number in some {
            for (kind, id, body) in &templates {
                let (id, body) = renamed(id, body, *number);
                commit = commit.put(Collection::new(kind).key(id), Expected::Absent, body);
            }
        }
        installation.store.commit(commit).await.unwrap();
    }
    installation
}

/// A copy of a document under other names.
fn renamed(id: &str, body: &Value, number: usize) -> (String, Value) {
    let deployed = format!("K{number:05}");
    let names = [
        ("churn-dev", format!("d{number:05}")),
        ("deployers", format!("g{number:05}")),
        ("dev/CHURN", format!("dev/{deployed}")),
    ];
    let rename =
        |text: &str| names.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
    let mut body: Value = rename(&body.to_string()).parse().unwrap();
    for field in ["/document/settings/deployedProjectKey", "/document/key"] {
        if let Some(field) = body.pointer_mut(field) {
            *field = json!(deployed);
        }
    }
    (rename(id), body)
}

async fn with_ursula(installation: &Installation, groups: usize) {
    let admin = installation.admin();
    let mut ursula = User::new(parsed("ursula"), SourceType::Local);
    let groups = (0..groups).map(|number| parsed(&format!("g{number:05}")));
    ursula.groups = groups.chain([parsed("deployers")]).collect();
    admin.save_user(&ursula).await.unwrap();
    admin.save_group(&Group::new(parsed("deployers"))).await.unwrap();
    let mut project = admin.project_settings(&churn()).await.unwrap();
    project.permissions = vec![ProjectGrant::new(parsed("deployers"), &[ProjectRight::Read])];
    admin.save_project_settings(&project).await.unwrap();
}

async fn counts_in_memory(copies: usize) -> BTreeMap<&'static str, Counts> {
    let installation = many(copies).await;
    let store = CountingStore::new(installation.store.clone());
    let mut counted = Counted::new(&installation, store);
    assert_eq!(
        counted.deployer.acting_as_user(parsed("ursula")).deployments().await.unwrap().len(),
        copies + 1
    );
    counted.count_reads().await;
    counted.count_writes().await;
    counted.count_updates().await;
    counted.counts
}

#[tokio::test(start_paused = true)]
async fn an_operation_costs_the_same_among_100_and_10_000_deployments() {
    let (few, many) = (counts_in_memory(100).await, counts_in_memory(10_000).await);
    assert_eq!(few, many);
    let one_refresh = BTreeMap::from([("changes", 1)]);
    for (name, counts) in &many {
        let is_free = name.starts_with("list: ")
            || ["deployment", "deployment_settings", "infra", "project", "deployment of a user"]
                .contains(name);
        if is_free {
            assert_eq!((&counts.calls, counts.documents), (&one_refresh, 0), "{name}");
        }
        assert_eq!(counts.calls.get("status"), None, "{name}");
        let listed = counts.calls.get("list").copied().unwrap_or_default();
        let expected = match *name {
            // The updates of one deployment.
            "updates" | "delete_deployment" => 1,
            // One page.
            "history" | "history of one" => 1,
            // The API keys, and the updates and files that wait for their time, for those of the user.
            "delete_user" => 3,
            // The rotations of the keys of its nodes.
            "create_infra" | "save_infra_settings" => 1,
            // The bundles and their references once for a process, and the references to one archive.
            "delete_bundle" => 3,
            _ => 0,
        };
        assert_eq!(listed, expected, "{name}");
        if *name != "an update to its end" {
            assert!(counts.all_calls() <= 11 && counts.documents <= 12, "{name}: {counts:?}");
        }
    }
    let board = many.get("board").unwrap();
    assert_eq!(board.documents, 1, "the only infrastructure, with its keys: {board:?}");
    let created = many.get("create_deployment").unwrap();
    // The read is for what a deletion left under this id.
    let once = BTreeMap::from([("changes", 1), ("commit", 1), ("read", 1)]);
    assert_eq!((&created.calls, created.documents), (&once, 0));
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn an_operation_costs_the_same_on_sqlite() {
    use project_deployer_store::{SecretsAtRest, SqliteStore};

    let mut counts = Vec::new();
    for copies in [100, 2_000] {
        let installation = many(copies).await;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("d.db");
        let store = SqliteStore::open(path, SecretsAtRest::Plain).await.unwrap();
        copy(&installation.store, &store).await;
        let mut counted = Counted::new(&installation, CountingStore::new(store));
        counted.count_reads().await;
        counted.count_writes().await;
        counts.push(counted.counts);
    }
    let [few, many] = counts.try_into().unwrap();
    assert_eq!(few, many);
}

/// All documents, with their secrets.
async fn copy(from: &MemoryStore, to: &dyn Store) {
    let kinds = [
        "infrastructure",
        "published-project",
        "bundle",
        "deployment",
        "deployed-project",
        "latest-update",
        "update",
        "user",
        "group",
        "reference-guard",
    ];
    for kind in kinds {
        let listed = from.list(&Listing::of(Collection::new(kind), usize::MAX)).await.unwrap();
        for some in listed.chunks(500) {
            let mut commit = Commit::new();
            for document in some {
                let key = Collection::new(kind).key(&document.id);
                let found = from.read(&key).await.unwrap().unwrap();
                commit = commit.put_sealed(key, Expected::Absent, found.body, found.secrets);
            }
            to.commit(commit).await.unwrap();
        }
    }
}
