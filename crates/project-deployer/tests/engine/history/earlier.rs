//! States of earlier versions, which kept no history.

use project_deployer::Deployer;
use project_deployer::history::NodeAfter;
use project_deployer::state_admin::{Progress, State, StatePlace, verify};
use project_deployer_client::prelude::*;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{
    Collection, Commit, Expected, FailingStore, FailureMode, Listing, SecretsAtRest, SqliteStore,
    Store,
};
use serde_json::Value;

use super::{all, another, create, delete, entries, log, of};
use crate::installation::{Installation, churn, parsed};

/// Makes of the documents what an earlier version would have written.
async fn age(store: &dyn Store) {
    let mut commit = Commit::new();
    for (kind, field) in [("update", "origin"), ("latest-update", "origin"), ("deployment", "uid")]
    {
        for found in store.list(&Listing::of(Collection::new(kind), 1000)).await.unwrap() {
            let mut body = found.body;
            let removed = body["document"].as_object_mut().unwrap().remove(field);
            assert_ne!(removed, None, "{kind}");
            commit = commit.put(Collection::new(kind).key(found.id), Expected::Any, body);
        }
    }
    for kind in ["history", "deployment-history", "history-index"] {
        for found in store.list(&Listing::of(Collection::new(kind), 1000)).await.unwrap() {
            commit = commit.delete(Collection::new(kind).key(found.id), Expected::Any);
        }
    }
    store.commit(commit).await.unwrap();
}

async fn with_old_updates(number: usize) -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    for _ in 0..number {
        installation.update("churn-dev").await;
    }
    age(&installation.store).await;
    installation
}

async fn no_faults(installation: &Installation) {
    let state = State::of(installation.store.clone(), installation.archive.clone(), "memory");
    assert_eq!(verify(&state, Progress::silent()).await.unwrap().faults, []);
}

#[tokio::test]
async fn updates_of_an_earlier_version_enter_the_history_with_what_their_journals_say() {
    let installation = with_old_updates(2).await;
    no_faults(&installation).await;
    let dana = another(&installation, |builder| builder).acting_as(crate::installation::dana());
    let found = entries(&dana, &all()).await;
    assert_eq!(found.len(), 2);
    for entry in &found {
        assert_eq!(
            (entry.infra.clone(), entry.project.clone()),
            (Some(parsed("dev")), Some(churn()))
        );
        assert_eq!(
            (entry.requester.clone(), entry.acting.clone()),
            (Some(parsed("dana")), Some(parsed("dana")))
        );
        assert!(entry.deployment_exists && entry.uid.is_none());
        assert!(
            matches!(entry.nodes[0].after, NodeAfter::Known { verified: true, .. }),
            "{entry:#?}"
        );
        assert!(log(&dana, &entry.id).await.contains("ended: success"));
    }
    assert_eq!(dana.updates(&parsed("churn-dev")).await.unwrap().len(), 2);
    no_faults(&installation).await;
    // Beside new ones.
    installation.update("churn-dev").await;
    assert_eq!(entries(&dana, &of("churn-dev")).await.len(), 3);
}

#[tokio::test]
async fn a_deployment_of_an_earlier_version_leaves_its_updates_to_the_history() {
    let installation = with_old_updates(3).await;
    delete(&installation, "churn-dev").await;
    create(&installation, "churn-dev").await;
    installation.update("churn-dev").await;
    let found = entries(&installation.dana(), &of("churn-dev")).await;
    let exist: Vec<_> = found.iter().map(|entry| entry.deployment_exists).collect();
    assert_eq!(exist, [true, false, false, false]);
    assert!(found[0].uid.is_some() && found[1].uid.is_none());
    no_faults(&installation).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_it_adds_old_updates_is_followed_by_another() {
    // R2: 120 updates are more than two commits.
    for mode in (0..4).flat_map(|commit| [FailureMode::Before(commit), FailureMode::After(commit)])
    {
        let installation = with_old_updates(120).await;
        let view = FailingStore::new(installation.store.clone(), mode);
        let dying =
            Deployer::builder(installation.fleet.clone()).on(view, installation.archive.clone());
        let _ = dying.acting_as(crate::installation::dana()).history(&all(), None, 10).await;
        no_faults(&installation).await;
        let dana = another(&installation, |builder| builder).acting_as(crate::installation::dana());
        assert_eq!(entries(&dana, &all()).await.len(), 120, "{mode:?}");
        no_faults(&installation).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_update_of_an_earlier_version_enters_the_history_when_it_ends() {
    let (prepared, _) = crate::crashes::commits().await;
    let inner = project_deployer_store::MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::Before(prepared + 8));
    let installation = Installation::on(view, inner).await.with_deployment().await;
    installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    age(&installation.store).await;
    let second = another(&installation, |builder| builder);
    assert_eq!(second.resume_updates().await.unwrap(), 1);
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let dana = second.acting_as(crate::installation::dana());
    let [entry] = &entries(&dana, &all()).await[..] else { panic!() };
    assert_eq!((entry.status, entry.project.clone()), (UpdateStatus::Success, Some(churn())));
    assert_eq!(entry.acting, Some(parsed("dana")));
    no_faults(&installation).await;
}

#[tokio::test]
async fn a_file_of_an_earlier_version_opens_and_gets_its_history() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deployer.db");
    let url = format!("sqlite:{}", path.display());
    let installation = Installation::new().await;
    let fleet = installation.fleet.clone();
    let open = async || {
        let builder = Deployer::builder(fleet.clone()).secrets(SecretsAtRest::Plain);
        builder.open(&url).await.unwrap()
    };
    let installation = Installation { deployer: open().await, ..installation };
    let installation = installation.with_deployment().await;
    installation.update("churn-dev").await;
    installation.update("churn-dev").await;
    // The process does this in the background as well.
    while installation.deployer.trim_history().await.is_err() {
        tokio::task::yield_now().await;
    }
    age(&SqliteStore::open_existing(&path, SecretsAtRest::Plain).await.unwrap()).await;

    let installation = Installation { deployer: open().await, ..installation };
    assert_eq!(entries(&installation.dana(), &all()).await.len(), 2);
    delete(&installation, "churn-dev").await;
    let found = entries(&installation.dana(), &of("churn-dev")).await;
    assert!(found.len() == 2 && found.iter().all(|entry| !entry.deployment_exists), "{found:#?}");
    let state = StatePlace::at(url).unencrypted().open().await.unwrap();
    assert_eq!(verify(&state, Progress::silent()).await.unwrap().faults, []);
}

#[tokio::test]
async fn old_updates_that_cannot_be_read_keep_no_other_out() {
    let installation = with_old_updates(2).await;
    let key = Collection::new("update").key("churn-dev/00000000000000000007");
    let commit = Commit::new().put(key, Expected::Absent, Value::Null);
    installation.store.commit(commit).await.unwrap();
    let dana = another(&installation, |builder| builder).acting_as(crate::installation::dana());
    assert_eq!(entries(&dana, &all()).await.len(), 2);
}
