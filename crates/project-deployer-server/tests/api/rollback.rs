//! Updates to another bundle.

use project_deployer::audit::AuditFilter;
use project_deployer::core::DeploymentId;
use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::core::infra::Hook;
use project_deployer::prelude::*;
use project_deployer::{Upload, Warnings};
use serde_json::json;

use crate::installation::{Installation, bundle, parsed};

const UPDATES: &str = "/deployments/churn-prod/updates";

async fn with_two_bundles() -> Installation {
    let installation = Installation::new().await;
    let upload = Upload::from_bytes("v2.zip", bundle("v2"));
    installation.admin().upload_bundle(upload, None).await.unwrap();
    installation
}

async fn bundle_of(installation: &Installation) -> String {
    let id: DeploymentId = parsed("churn-prod");
    installation.admin().deployment_settings(&id).await.unwrap().bundle_id.to_string()
}

#[tokio::test]
async fn an_update_that_is_refused_leaves_the_bundle_of_the_settings() {
    let installation = with_two_bundles().await;
    let admin = installation.admin();
    let mut prod = admin.infra_settings(&parsed("prod")).await.unwrap();
    let plain = prod.clone();
    prod.hooks.pre.push(Hook::new("check"));
    admin.save_infra_settings(&prod).await.unwrap();
    let key = &installation.key;
    let refused = installation.send("POST", UPDATES, key, &[], json!({"bundle": "v2"})).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.text());
    assert_eq!(bundle_of(&installation).await, "v1");
    admin.save_infra_settings(&plain).await.unwrap();
    // Another deployment owns the project on the node.
    let other = DeploymentCreation::parse("other", "CHURN", "prod", "v1").unwrap();
    admin.create_deployment(&other, Warnings::Ignore).await.unwrap();
    let refused = installation.send("POST", UPDATES, key, &[], json!({"bundle": "v2"})).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.text());
    assert_eq!(bundle_of(&installation).await, "v1");
    // Without warnings, the deployment owns it again.
    let body = json!({"bundle": "v2", "ignoreWarnings": true});
    let started = installation.send("POST", UPDATES, key, &[], body).await;
    assert_eq!(started.status.as_u16(), 202, "{}", started.text());
    assert_eq!(bundle_of(&installation).await, "v2");
}

#[tokio::test]
async fn an_update_to_another_bundle_is_one_change() {
    let installation = with_two_bundles().await;
    let key = &installation.key;
    let started = installation.send("POST", UPDATES, key, &[], json!({"bundle": "v2"})).await;
    assert_eq!(started.status.as_u16(), 202, "{}", started.text());
    assert_eq!(bundle_of(&installation).await, "v2");
    let filter = AuditFilter::default().with_id(Some("churn-prod".to_owned()));
    let page = installation.admin().audit(&filter, None, 10).await.unwrap();
    let record = &page.entries[0].record;
    assert_eq!((record.action.as_str(), page.entries.len()), ("update", 2), "{page:?}");
    assert_eq!(record.before, Some(json!({"bundle": "v1"})));
    assert_eq!(record.after.as_ref().unwrap()["bundle"], "v2");
    let unknown = installation.send("POST", UPDATES, key, &[], json!({"bundle": "v9"})).await;
    assert_eq!(unknown.status.as_u16(), 404, "{}", unknown.text());
}
