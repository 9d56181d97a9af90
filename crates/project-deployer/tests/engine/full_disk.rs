//! A store that takes no writes since its disk is full: everything can be read, and errors say why nothing is written.

use std::error::Error;

use project_deployer::Deployer;
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Warnings};
use project_deployer_core::rights::Caller;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{FailingStore, FailureMode, MemoryStore, StoreError};

use crate::crashes::commits;
use crate::installation::{Installation, churn, dana, deployment, parsed};

/// Reads everything that a Deployer shows.
async fn read_everything(deployer: &Deployer) {
    let admin = deployer.acting_as(Caller::administrator(parsed("root")));
    let dana = deployer.acting_as(dana());
    let id = parsed("churn-dev");
    assert_eq!(admin.infras().await.unwrap().len(), 2);
    assert_eq!(admin.infra_settings(&parsed("dev")).await.unwrap().keys().len(), 1);
    admin.stages().await.unwrap();
    assert_eq!(dana.projects().await.unwrap().len(), 1);
    dana.project(&churn()).await.unwrap();
    assert_eq!(dana.deployments().await.unwrap().len(), 1);
    dana.deployment(&id).await.unwrap();
    dana.deployment_settings(&id).await.unwrap();
    dana.deployment_status(&id).await.unwrap();
    assert_eq!(dana.updates(&id).await.unwrap().len(), 1);
    let last = dana.last_update(&id).await.unwrap();
    assert_eq!(last.status, UpdateStatus::Success);
    assert!(last.logs.is_some_and(|logs| !logs.lines.is_empty()));
    dana.diagnostics(&id, last.start_timestamp).await.unwrap();
}

fn is_full(error: &(dyn Error + 'static)) -> bool {
    let store = error.downcast_ref::<StoreError>();
    store.is_some_and(|error| matches!(error, StoreError::Full { .. }))
}

/// The disk is somewhere among the causes.
fn assert_full<T>(what: &str, outcome: Result<T, DeployerError>) {
    let Err(error) = outcome else { panic!("{what}: it was written") };
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        if is_full(found) {
            return;
        }
        cause = found.source();
    }
    panic!("{what}: {error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_deployer_on_a_full_disk_shows_everything_and_writes_nothing() {
    let (_, all) = commits().await;
    let inner = MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::FullFrom(all));
    let installation = Installation::on(view.clone(), inner).await.with_deployment().await;
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    assert_eq!(view.commits(), all, "from now on the disk is full");

    let calls = installation.dev.calls().len();
    let dana = installation.dana();
    assert_full("create a project", dana.create_project(&parsed("OTHER")).await);
    let creation = deployment("another", "prod", "v1");
    let created = dana.create_deployment(&creation, Warnings::AsErrors).await;
    assert_full("create a deployment", created);
    assert_full("update", dana.start_update(&parsed("churn-dev")).await);
    assert_full("delete", dana.delete_deployment(&parsed("churn-dev")).await);
    assert_eq!(installation.dev.calls().len(), calls, "no node was changed");

    read_everything(&installation.deployer).await;
    // A process that begins now reads everything from the store.
    read_everything(&installation.deployer_on(view, "second")).await;
}
