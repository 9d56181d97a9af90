//! Finished updates: who sees which of them, and for how long.

mod earlier;
mod left;
mod retention;

use project_deployer::history::{
    DeploymentUid, HistoryEntry, HistoryFilter, HistoryId, NodeAfter, NodeResult,
};
use project_deployer::{Deployer, DeployerBuilder, DeployerError, DeployerSession};
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::rights::{InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{MemoryStore, SecretsAtRest, SqliteStore};

use crate::installation::{Installation, churn, deployment, parsed};

/// The same installation on each store. The directory of the second one has to outlive it.
async fn on_each_store() -> [(Installation, tempfile::TempDir); 2] {
    let directory = || tempfile::tempdir().unwrap();
    let (memory, file) = (directory(), directory());
    let path = file.path().join("deployer.db");
    let sqlite = SqliteStore::open(path, SecretsAtRest::Plain).await.unwrap();
    let kept = Installation::on(sqlite, MemoryStore::new()).await.with_deployment().await;
    [(Installation::new().await.with_deployment().await, memory), (kept, file)]
}

fn all() -> HistoryFilter {
    HistoryFilter::default()
}

fn of(id: &str) -> HistoryFilter {
    all().with_deployment(Some(parsed(id)))
}

/// Every entry that a caller sees, page by page.
async fn entries(session: &DeployerSession, filter: &HistoryFilter) -> Vec<HistoryEntry> {
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let page = session.history(filter, after.as_ref(), 2).await.unwrap();
        assert!(page.entries.len() <= 2);
        entries.extend(page.entries);
        match page.next {
            Some(next) => after = Some(next),
            None => return entries,
        }
    }
}

async fn log(session: &DeployerSession, id: &HistoryId) -> String {
    let part = session.history_log(id, 0).await.unwrap();
    assert!(part.ended, "{part:?}");
    part.lines.join("\n")
}

async fn create(installation: &Installation, id: &str) {
    let new = deployment(id, "dev", "v1");
    installation.dana().create_deployment(&new, Warnings::AsErrors).await.unwrap();
}

async fn delete(installation: &Installation, id: &str) {
    installation.dana().delete_deployment(&parsed(id)).await.unwrap();
}

fn uids(entries: &[HistoryEntry]) -> Vec<Option<DeploymentUid>> {
    entries.iter().map(|entry| entry.uid.clone()).collect()
}

#[tokio::test]
async fn an_entry_says_who_when_what_from_what_and_where() {
    for (installation, _directory) in on_each_store().await {
        installation.change_infra("dev", |infra| infra.deploy_as_user = Some(parsed("dana"))).await;
        installation.publish("v2").await;
        installation.update("churn-dev").await;
        installation.change("churn-dev", |settings| settings["bundleId"] = "v2".into()).await;
        let root = installation.admin();
        let task = root.start_update(&parsed("churn-dev")).await.unwrap();
        let detail = root.wait(&task).await.unwrap();

        let found = entries(&root, &all()).await;
        let [second, first] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(
            (second.start, second.end),
            (detail.start_timestamp, detail.end_timestamp.unwrap())
        );
        assert_eq!(second.status, UpdateStatus::Success);
        assert_eq!(
            (second.requester.clone(), second.acting.clone()),
            (Some(parsed("root")), Some(parsed("dana")))
        );
        let bundles =
            [&second.bundle, &second.previous_bundle, &first.bundle, &first.previous_bundle];
        let expected = [Some("v2"), Some("v1"), Some("v1"), None].map(|id| id.map(parsed));
        assert_eq!(bundles.map(Clone::clone), expected);
        assert_eq!(
            (second.infra.clone(), second.project.clone()),
            (Some(parsed("dev")), Some(churn()))
        );
        assert!(second.deployment_exists && second.uid.is_some() && second.uid == first.uid);
        let [NodeResult { node, before, after, .. }] = &second.nodes[..] else {
            panic!("{second:#?}")
        };
        assert_eq!((node.as_str(), before.clone()), ("auto-dev", Some(parsed("v1"))));
        let active = Some(parsed("v2"));
        assert_eq!(*after, NodeAfter::Known { exists: true, active, verified: true });
        assert_eq!(first.nodes[0].before, None);

        let lines = log(&root, &second.id).await;
        assert_eq!(lines, detail.logs.unwrap().lines.join("\n"));
        assert_eq!(root.history_entry(&second.id).await.unwrap(), *second);
        assert_eq!(Some(second.task.as_str()), task.job_id.as_deref());
    }
}

#[tokio::test]
async fn a_history_outlives_its_deployment_and_another_one_of_its_id_is_another() {
    for (installation, _directory) in on_each_store().await {
        let dana = installation.dana();
        installation.update("churn-dev").await;
        delete(&installation, "churn-dev").await;
        let [gone] = &entries(&dana, &of("churn-dev")).await[..] else { panic!() };
        assert!(!gone.deployment_exists);
        assert!(log(&dana, &gone.id).await.contains("ended: success"));

        create(&installation, "churn-dev").await;
        let found = entries(&dana, &of("churn-dev")).await;
        assert!(found.iter().all(|entry| !entry.deployment_exists), "{found:#?}");
        assert!(dana.deployment(&parsed("churn-dev")).await.unwrap().never_ever_deployed);
        // A change of its settings leaves it the same deployment.
        installation
            .change("churn-dev", |settings| settings["disableAutomaticTriggers"] = true.into())
            .await;
        installation.update("churn-dev").await;
        let found = entries(&dana, &of("churn-dev")).await;
        assert_eq!(
            found.iter().map(|entry| entry.deployment_exists).collect::<Vec<_>>(),
            [true, false]
        );
        assert_ne!(found[0].uid, found[1].uid);
        let only = all().with_uid(found[1].uid.clone());
        assert_eq!(uids(&entries(&dana, &only).await), std::slice::from_ref(&gone.uid));
        assert_eq!(dana.updates(&parsed("churn-dev")).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn whoever_sees_deployments_of_the_project_there_sees_the_history_also_of_deleted_ones() {
    // R-P2, R-P3
    for (installation, _directory) in on_each_store().await {
        installation.update("churn-dev").await;
        delete(&installation, "churn-dev").await;
        let [entry] = &entries(&installation.admin(), &all()).await[..] else { panic!() };
        let user = installation.member("uwe", &["viewers"]);
        let sees = async |session: &DeployerSession| {
            let listed = entries(session, &all()).await.len()
                + entries(session, &of("churn-dev")).await.len();
            let read = session.history_entry(&entry.id).await;
            let log = session.history_log(&entry.id, 0).await;
            if listed == 2 && read.is_ok() && log.is_ok() {
                return true;
            }
            let unknown = session.history_entry(&HistoryId::new("x")).await.unwrap_err();
            assert!(matches!(unknown, DeployerError::NotFound(_)));
            let errors = [read.unwrap_err(), log.unwrap_err()];
            assert_eq!(listed, 0);
            for error in errors {
                let expected = unknown.to_string().replace('x', entry.id.as_str());
                assert_eq!(error.to_string(), expected);
            }
            false
        };
        assert!(!sees(&user).await);
        installation
            .change_infra("dev", |infra| {
                infra.permissions.push(InfraGrant::new(parsed("viewers"), InfraRight::View));
            })
            .await;
        assert!(!sees(&user).await, "the infrastructure alone is not enough");
        let admin = installation.admin();
        let mut project = admin.project_settings(&churn()).await.unwrap();
        project.permissions.push(ProjectGrant::new(parsed("viewers"), &[ProjectRight::Read]));
        admin.save_project_settings(&project).await.unwrap();
        assert!(sees(&user).await, "rights as they are now");
        assert!(sees(&installation.dana()).await);
        admin.delete_infra(&parsed("dev")).await.unwrap();
        assert!(!sees(&user).await && !sees(&installation.dana()).await);
        assert!(sees(&admin).await, "nothing is lost for a global administrator");
    }
}

#[tokio::test]
async fn filters_combine() {
    for (installation, _directory) in on_each_store().await {
        installation.deploy("churn-prod", "prod", "v1").await;
        for id in ["churn-dev", "churn-prod", "churn-dev"] {
            installation.update(id).await;
        }
        let admin = installation.admin();
        let found = entries(&admin, &all()).await;
        let starts: Vec<_> = found.iter().map(|entry| entry.start).collect();
        assert!(starts.is_sorted_by(|one, next| one > next), "{starts:?}");
        let middle = starts[1];
        let count = async |filter: HistoryFilter| entries(&admin, &filter).await.len();
        let cases = [
            (all().with_infra(Some(parsed("prod"))), 1),
            (all().with_project(Some(churn())), 3),
            (all().with_project(Some(parsed("OTHER"))), 0),
            (all().with_status(Some(UpdateStatus::Success)), 3),
            (all().with_status(Some(UpdateStatus::Failed)), 0),
            (of("churn-dev").with_infra(Some(parsed("prod"))), 0),
            (of("churn-dev").with_status(Some(UpdateStatus::Success)), 2),
            (all().with_from(Some(middle)), 2),
            (all().with_until(Some(middle)), 1),
            (all().with_from(Some(middle)).with_until(Some(starts[0])), 1),
            (of("churn-dev").with_until(Some(middle)), 1),
            (of("churn-dev").with_from(Some(middle)), 1),
            (of("churn"), 0),
        ];
        for (filter, expected) in cases {
            assert_eq!(count(filter.clone()).await, expected, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn pages_show_each_update_once_while_others_end_and_are_removed() {
    for (installation, _directory) in on_each_store().await {
        let dana = installation.dana();
        for _ in 0..5 {
            installation.update("churn-dev").await;
        }
        for filter in [all(), of("churn-dev")] {
            let before = entries(&dana, &filter).await;
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = dana.history(&filter, after.as_ref(), 2).await.unwrap();
                found.extend(page.entries);
                let Some(next) = page.next else { break };
                after = Some(next);
                installation.update("churn-dev").await;
                delete(&installation, "churn-dev").await;
                create(&installation, "churn-dev").await;
            }
            let ids = |entries: &[HistoryEntry]| -> Vec<_> {
                entries.iter().map(|entry| entry.id.clone()).collect()
            };
            assert_eq!(ids(&found), ids(&before));
        }
    }
}

/// Another process on the same store.
fn another(
    installation: &Installation,
    build: impl FnOnce(DeployerBuilder) -> DeployerBuilder,
) -> Deployer {
    build(Deployer::builder(installation.fleet.clone()))
        .on(installation.store.clone(), installation.archive.clone())
}
