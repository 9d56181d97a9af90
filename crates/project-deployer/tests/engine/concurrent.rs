//! Operations at the same time, on a store that lets others run before each of its own operations.

use project_deployer::history::HistoryFilter;
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::UpdateStatus;

use crate::installation::{
    Installation, churn, dana, deployment, entries_of_updates, parsed, upload,
};

#[tokio::test]
async fn uploads_at_a_time_fail_none() {
    // The first of them creates the project.
    let installation = Installation::racing().await;
    let sessions: [_; 3] = installation.in_processes(dana()).await;
    let uploads = sessions.iter().zip(["v1", "v2", "v3"]);
    let uploads = uploads.map(|(session, bundle)| session.upload_bundle(upload(bundle), None));
    for uploaded in futures::future::join_all(uploads).await {
        uploaded.unwrap();
    }
    assert_eq!(installation.dana().project(&churn()).await.unwrap().packages.len(), 3);
}

#[tokio::test]
async fn an_upload_beside_an_update_fails_neither() {
    let installation = Installation::racing().await.with_deployment().await;
    let [dana, publisher] = installation.in_processes(dana()).await;
    for bundle in ["v2", "v3", "v4"] {
        let id = parsed("churn-dev");
        let uploaded = publisher.upload_bundle(upload(bundle), None);
        let both = futures::join!(dana.start_update(&id), uploaded);
        both.1.unwrap();
        let ended = dana.wait(&both.0.unwrap()).await.unwrap();
        assert_eq!(ended.status, UpdateStatus::Success);
    }
}

#[tokio::test]
async fn a_project_that_is_deleted_beside_an_upload_leaves_no_bundle_behind() {
    let installation = Installation::racing().await.with_bundle().await;
    let [dana] = installation.in_processes(dana()).await;
    let [admin] = installation.in_processes(Caller::administrator(parsed("root"))).await;
    let key = churn();
    let both =
        futures::join!(admin.delete_project(&key), dana.upload_bundle(upload("v2"), Some(&key)));
    let stored = installation.stored_digests().await.len();
    match dana.project(&key).await {
        Ok(project) => assert_eq!(project.packages.len(), stored, "{both:?}"),
        Err(_) => assert_eq!(stored, 0, "{both:?}"),
    }
}

#[tokio::test]
async fn a_deleted_deployment_leaves_its_updates_to_the_history() {
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    installation.update("churn-dev").await;
    let dana = installation.dana();
    let id = parsed("churn-dev");
    assert_eq!(dana.updates(&id).await.unwrap().len(), 2);
    let journals = entries_of_updates(&installation.store).await;
    dana.delete_deployment(&id).await.unwrap();
    assert_eq!(entries_of_updates(&installation.store).await, journals, "no journal is lost");
    let again = deployment("churn-dev", "dev", "v1");
    dana.create_deployment(&again, Warnings::AsErrors).await.unwrap();
    assert!(dana.updates(&id).await.unwrap().is_empty());
    assert!(dana.deployment(&id).await.unwrap().never_ever_deployed);
    installation.update("churn-dev").await;
    assert_eq!(dana.updates(&id).await.unwrap().len(), 1);
    let all = dana.history(&HistoryFilter::default(), None, 10).await.unwrap().entries;
    assert_eq!(all.len(), 3, "{all:#?}");
}
