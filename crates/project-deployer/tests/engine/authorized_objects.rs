//! wire-facts 9.4: an infrastructure may merge the authorized objects of a bundle into those of the project.

use std::io::{Cursor, Write as _};

use project_deployer::update::Step;
use project_deployer_client::prelude::*;
use project_deployer_client::{
    AutomationNode as _, Failure, NodeErrorKind, Operation, ProjectChange, Upload,
};
use project_deployer_core::node::AuthorizedObjects;
use project_deployer_core::status::UpdateStatus;
use serde_json::{Value, json};

use crate::installation::{Installation, churn, parsed};

fn object(id: &str) -> Value {
    json!({"objectRef": {"objectType": "DATASET", "objectId": id}, "modes": ["READ"]})
}

/// Bundle `v1` authorizes dataset `sales`.
fn upload() -> Upload {
    upload_with("v1", &json!({"allAuthorized": false, "authorizations": [object("sales")]}))
}

fn upload_with(bundle: &str, authorized: &Value) -> Upload {
    let manifest = json!({"projectKey": "CHURN", "bundleId": bundle});
    let params = json!({"dashboardAuthorizations": authorized});
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, document) in
        [("export-manifest.json", manifest), ("project_config/params.json", params)]
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(document.to_string().as_bytes()).unwrap();
    }
    Upload::from_bytes("v1.zip", zip.finish().unwrap().into_inner())
}

async fn installation(merge: bool) -> Installation {
    let installation = Installation::new().await.with_infras().await;
    installation.change_infra("dev", |infra| infra.merge_authorized_objects = merge).await;
    installation.dana().upload_bundle(upload(), None).await.unwrap();
    installation.deploy("churn-dev", "dev", "v1").await;
    installation
}

async fn authorized(installation: &Installation) -> Vec<Value> {
    let configuration = installation.dev.project_configuration(&churn()).await.unwrap();
    let objects = configuration.permissions.authorized_objects();
    objects.map(|objects| objects.authorizations).unwrap_or_default()
}

/// Somebody authorizes dataset `local` on the node, and nothing else.
async fn authorize_local(installation: &Installation) {
    let mut permissions =
        installation.dev.project_configuration(&churn()).await.unwrap().permissions;
    permissions.extra = Default::default();
    let local = AuthorizedObjects::new(vec![object("local")]);
    let change = ProjectChange::Permissions(permissions.authorizing(&local));
    installation.dev.configure_project(&churn(), &change).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_update_adds_the_objects_of_the_bundle_and_keeps_those_of_the_node() {
    let installation = installation(true).await;
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    authorize_local(&installation).await;
    let plan = installation.dana().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    assert!(plan.nodes[0].steps.contains(&Step::MergeAuthorizedObjects), "{plan}");
    assert!(
        plan.to_string().contains("~ authorizedObjects: not authorized -> DATASET `sales`"),
        "{plan}"
    );
    assert_eq!(authorized(&installation).await, [object("local")], "a plan sends no write");
    let before = installation.dev.project_configuration(&churn()).await.unwrap().permissions;
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    assert_eq!(authorized(&installation).await, [object("local"), object("sales")]);
    let after = installation.dev.project_configuration(&churn()).await.unwrap().permissions;
    assert_eq!((after.owner, after.permissions), (before.owner, before.permissions));
    let plan = installation.dana().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    assert!(!plan.differs(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn objects_of_a_bundle_that_cannot_be_read_are_a_warning() {
    let installation = installation(true).await;
    installation.dana().upload_bundle(upload_with("v2", &json!(["odd"])), None).await.unwrap();
    installation.change("churn-dev", |document| document["bundleId"] = json!("v2")).await;
    let plan = installation.dana().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    let said = format!("{:?}", plan.messages);
    assert!(said.contains("bundle v2 are unknown"), "{said}");
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Warning, "{detail:?}");
    let log = detail.logs.unwrap().lines.join("\n");
    assert!(log.contains("the authorized objects of bundle v2 are unknown"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn objects_of_a_node_that_cannot_be_read_are_left_alone_with_a_warning() {
    // R6
    let installation = installation(true).await;
    installation.update("churn-dev").await;
    let mut permissions =
        installation.dev.project_configuration(&churn()).await.unwrap().permissions;
    let odd = json!({"dashboardAuthorizations": ["odd"]}).as_object().unwrap().clone();
    permissions.extra = odd.into();
    let change = ProjectChange::Permissions(permissions.clone());
    installation.dev.configure_project(&churn(), &change).await.unwrap();
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Warning, "{detail:?}");
    assert!(detail.logs.unwrap().lines.join("\n").contains("`dashboardAuthorizations`"));
    let after = installation.dev.project_configuration(&churn()).await.unwrap().permissions;
    assert_eq!(after, permissions);
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_the_authorized_objects_stay_as_they_are() {
    let installation = installation(false).await;
    installation.update("churn-dev").await;
    authorize_local(&installation).await;
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    assert_eq!(authorized(&installation).await, [object("local")]);
}

#[tokio::test(start_paused = true)]
async fn a_merge_may_fail_once_and_is_repeated() {
    // R4
    for failure in [Failure::Before(NodeErrorKind::Busy(None)), Failure::ReplyLost] {
        let installation = installation(true).await;
        // The merge is the first step that reads it.
        installation.dev.fail_next(Operation::ProjectConfiguration, failure.clone());
        let detail = installation.update("churn-dev").await;
        assert_eq!(detail.status, UpdateStatus::Success, "{failure:?} {detail:?}");
        assert_eq!(authorized(&installation).await, [object("sales")], "{failure:?}");
    }
}
