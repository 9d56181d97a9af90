//! Random operations by two processes on one store. What each of them reads through its read model is what the
//! store holds.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer::board::{Board, board};
use project_deployer::{Deployer, DeployerError, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{Upload, Warnings};
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::health::Health;
use project_deployer_core::infra::Target;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use project_deployer_store::{
    Collection, Commit, Expected, FlakyStore, Listing, MemoryStore, Store as _,
};
use serde_json::{Value, json};

use crate::installation::{Installation, archive, creation, deployment, entry, parsed};

const STEPS: usize = 150;

struct Run {
    installation: Installation,
    processes: [Deployer; 2],
    random: fastrand::Rng,
}

impl Run {
    async fn new(seed: u64) -> Self {
        let installation = Installation::new().await;
        let process = |number: u64| {
            let store = FlakyStore::new(installation.store.clone(), seed + number, 25);
            Deployer::builder(installation.fleet.clone())
                .name(format!("process-{number}"))
                .on(store, installation.archive.clone())
        };
        let processes = [process(1_000), process(2_000)];
        Self { installation, processes, random: fastrand::Rng::with_seed(seed) }
    }

    fn any(&mut self, kind: &str, count: usize) -> String {
        format!("{kind}{}", self.random.usize(..count))
    }

    fn process(&mut self) -> DeployerSession {
        let process = &self.processes[self.random.usize(..2)];
        process.acting_as(Caller::administrator(parsed("root")))
    }

    /// Operations may fail: for what other steps did, and where the store fails.
    async fn step(&mut self) -> String {
        let admin = self.process();
        let (infra, project) = (self.any("infra", 3), self.any("P", 2));
        let (id, bundle) = (self.any("d", 5), self.any("v", 3));
        let choice = self.random.u32(..18);
        let what = format!("{choice}: {infra} {project} {id} {bundle}");
        let result = match choice {
            0 => admin.create_infra(&creation(&infra, "Development")).await,
            1 => admin.delete_infra(&parsed(&infra)).await,
            2 => self.change_infra(&admin, &infra).await,
            3 => admin.delete_project(&parsed(&project)).await,
            4 => self.change_project(&admin, &project).await,
            5 | 6 => {
                let bytes = archive(&project, &bundle, json!({}));
                admin.upload_bundle(Upload::from_bytes("b.zip", bytes), None).await
            }
            7 => admin.delete_bundle(&parsed(&project), &parsed(&bundle)).await,
            8..=10 => {
                let mut new = deployment(&id, &infra, &bundle);
                new.published_project_key = parsed(&project);
                new.deployed_project_key = Some(parsed(&self.any("K", 2)));
                admin.create_deployment(&new, Warnings::Ignore).await
            }
            11 => admin.delete_deployment(&parsed(&id)).await,
            12 => match admin.deployment_settings(&parsed(&id)).await {
                Ok(settings) => admin.save_deployment_settings(&settings, Warnings::Ignore).await,
                Err(error) => Err(error),
            },
            13 => match admin.start_update(&parsed(&id)).await {
                Ok(task) => admin.wait(&task).await.map(|_| ()),
                Err(error) => Err(error),
            },
            14 => self.change_accounts(&admin).await,
            15 => self.compact().await,
            _ => self.damage(&id).await,
        };
        format!("{what} {result:?}")
    }

    async fn change_infra(
        &mut self,
        admin: &DeployerSession,
        id: &str,
    ) -> Result<(), DeployerError> {
        let settings = admin.infra_settings(&parsed(id)).await?;
        let mut settings = settings.with_target(Target::SingleNode(entry("dev")));
        let right = if self.random.bool() { InfraRight::View } else { InfraRight::Deploy };
        settings.permissions = vec![InfraGrant::new(parsed(&self.any("g", 3)), right)];
        admin.save_infra_settings(&settings).await
    }

    async fn change_project(
        &mut self,
        admin: &DeployerSession,
        key: &str,
    ) -> Result<(), DeployerError> {
        let mut settings = admin.project_settings(&parsed(key)).await?;
        let grant = ProjectGrant::new(parsed(&self.any("g", 3)), &[ProjectRight::Read]);
        settings.permissions = vec![grant];
        admin.save_project_settings(&settings).await
    }

    async fn change_accounts(&mut self, admin: &DeployerSession) -> Result<(), DeployerError> {
        let group = self.any("g", 3);
        if self.random.u32(..4) == 0 {
            return admin.delete_group(&parsed(&group)).await;
        }
        let mut user = User::new(parsed("ursula"), SourceType::Local);
        user.groups = [group.as_str(), "g0"].map(parsed).into_iter().collect();
        admin.save_user(&user).await?;
        let is_admin = self.random.u32(..5) == 0;
        admin.save_group(&Group::new(parsed(&group)).with_admin(is_admin)).await
    }

    async fn compact(&mut self) -> Result<(), DeployerError> {
        let store = &self.installation.store;
        store.compact(store.status().await.unwrap().revision).await.unwrap();
        Ok(())
    }

    /// A record of another format in the place of a deployment, or its removal.
    async fn damage(&mut self, id: &str) -> Result<(), DeployerError> {
        let kind = *self.random.choice(&["deployment", "latest-update", "group"]).unwrap();
        let key = Collection::new(kind).key(if kind == "group" { "g0" } else { id });
        let store = &self.installation.store;
        let found = store.read(&key).await.unwrap();
        let commit = match found {
            Some(found) if found.body["format"] == 99 => {
                let before = found.body["before"].clone();
                Commit::new().put(key, Expected::Any, before)
            }
            Some(found) => {
                let newer = json!({"format": 99, "before": found.body});
                Commit::new().put(key, Expected::Any, newer)
            }
            None => return Ok(()),
        };
        store.commit(commit).await.unwrap();
        Ok(())
    }

    /// Compares while nothing changes.
    async fn compare(&self, step: &str) {
        let store = &self.installation.store;
        loop {
            let before = store.status().await.unwrap().revision;
            let fresh = self.installation.another_deployer("fresh");
            let expected = Answers::of(&fresh).await;
            let admin = fresh.acting_as(Caller::administrator(parsed("root")));
            let boards = (admin.board().await.unwrap(), board(&admin).await.unwrap());
            let raw = Raw::of(store).await;
            let mut answers = Vec::new();
            for process in &self.processes {
                answers.push(Answers::of(process).await);
            }
            if store.status().await.unwrap().revision != before {
                continue;
            }
            assert_eq!(
                without_unknown_updates(boards.0),
                without_unknown_updates(boards.1),
                "{step}"
            );
            assert_eq!(expected.deployments(), raw.deployments(), "{step}");
            assert_eq!(expected.bundles(), raw.bundles(), "{step}");
            for answers in answers {
                assert_eq!(answers, expected, "{step}");
            }
            return;
        }
    }
}

/// Only the history of updates has the last one of a deployment whose latest update cannot be read.
fn without_unknown_updates(mut board: Board) -> Board {
    let rows = board.stages.iter_mut().flat_map(|column| &mut column.rows);
    let unknown = rows.filter(|row| row.health == Health::Unknown);
    unknown.for_each(|row| row.last_update = None);
    board
}

/// What a Deployer answers, as texts, so that all of it is compared.
#[derive(Debug, PartialEq)]
struct Answers {
    deployments: Vec<project_deployer_core::status::DeploymentLightStatus>,
    projects: Vec<project_deployer_core::status::PublishedProjectStatus>,
    others: Vec<String>,
}

/// Asks again while the store fails.
async fn answered<T>(ask: impl AsyncFn() -> Result<T, DeployerError>) -> Result<T, String> {
    for _ in 0..200 {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(DeployerError::State { what, .. }) if what == "the Deployer" => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    panic!("it does not answer")
}

impl Answers {
    async fn of(deployer: &Deployer) -> Self {
        let admin = deployer.acting_as(Caller::administrator(parsed("root")));
        let member = deployer.acting_as(Caller::new(parsed("mia")).in_groups([parsed("g1")]));
        let user = deployer.acting_as_user(parsed("ursula"));
        let mut others = vec![
            format!("{:?}", answered(async || admin.infras().await).await),
            format!("{:?}", answered(async || admin.users().await).await),
            format!("{:?}", answered(async || admin.groups().await).await),
            format!("{:?}", answered(async || member.infras().await).await),
            format!("{:?}", answered(async || member.deployments().await).await),
            format!("{:?}", answered(async || user.deployments().await).await),
        ];
        for number in 0..5 {
            let id = parsed(&format!("d{number}"));
            others.push(format!("{:?}", answered(async || admin.deployment(&id).await).await));
        }
        Self {
            deployments: answered(async || admin.deployments().await).await.unwrap(),
            projects: answered(async || admin.projects().await).await.unwrap(),
            others,
        }
    }

    /// Each deployment with its infrastructure, project, bundle, whether it was never deployed, and whether it is
    /// superseded.
    fn deployments(&self) -> Vec<String> {
        let line = |status: &project_deployer_core::status::DeploymentLightStatus| {
            let info = &status.deployment_basic_info;
            format!(
                "{} {} {} {} {} {}",
                info.id,
                info.infra_id,
                info.published_project_key,
                info.bundle_id,
                status.never_ever_deployed,
                status.superseded
            )
        };
        self.deployments.iter().map(line).collect()
    }

    fn bundles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let of = |project: &project_deployer_core::status::PublishedProjectStatus| {
            let bundles = project.packages.iter().map(|package| package.id.to_string());
            (project.project_basic_info.id.to_string(), bundles.collect())
        };
        self.projects.iter().map(of).collect()
    }
}

/// The documents of the store, read without the engine.
struct Raw(BTreeMap<&'static str, BTreeMap<String, Value>>);

impl Raw {
    async fn of(store: &MemoryStore) -> Self {
        let mut all = BTreeMap::new();
        for kind in [
            "infrastructure",
            "published-project",
            "deployment",
            "latest-update",
            "deployed-project",
            "bundle",
        ] {
            let listed = store.list(&Listing::of(Collection::new(kind), usize::MAX)).await.unwrap();
            let readable = listed.into_iter().filter(|found| found.body["format"] == 1);
            let documents = readable.map(|found| (found.id, found.body["document"].clone()));
            all.insert(kind, documents.collect());
        }
        Self(all)
    }

    fn deployments(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let keys = self.0["deployed-project"].values();
        let older: BTreeSet<String> = keys
            .filter_map(|key| key.get("older")?.as_array())
            .flat_map(|older| older.iter().map(text))
            .collect();
        let mut lines = Vec::new();
        for (id, document) in &self.0["deployment"] {
            let settings = &document["settings"];
            let infra = text(&settings["infraId"]);
            let project = text(&settings["publishedProjectKey"]);
            let is_readable = self.0["infrastructure"].contains_key(&infra)
                && self.0["published-project"].contains_key(&project);
            if is_readable {
                let bundle = text(&settings["bundleId"]);
                let never = !self.0["latest-update"].contains_key(id);
                let superseded = older.contains(id);
                lines.push(format!("{id} {infra} {project} {bundle} {never} {superseded}"));
            }
        }
        lines
    }

    fn bundles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let projects = self.0["published-project"].keys();
        let mut bundles: BTreeMap<_, BTreeSet<String>> =
            projects.map(|key| (key.clone(), BTreeSet::new())).collect();
        for (id, document) in &self.0["bundle"] {
            let (project, bundle) = id.split_once('/').unwrap();
            if !document["published"].is_null()
                && let Some(known) = bundles.get_mut(project)
            {
                known.insert(bundle.to_owned());
            }
        }
        bundles
    }
}

#[tokio::test(start_paused = true)]
async fn two_processes_read_what_the_store_holds() {
    let (mut worked, mut failed) = (0, 0);
    for seed in 0..8 {
        let mut run = Run::new(seed).await;
        for number in 0..STEPS {
            let step = run.step().await;
            *(if step.ends_with("Ok(())") { &mut worked } else { &mut failed }) += 1;
            run.compare(&format!("seed {seed}, step {number}: {step}")).await;
        }
    }
    assert!(worked > STEPS && failed > STEPS, "both happen: {worked} {failed}");
}
