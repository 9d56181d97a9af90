//! What another Deployer is asked (wire-facts 2).

use std::sync::Arc;

use project_deployer_client::prelude::*;
use project_deployer_client::request::deployer;
use project_deployer_client::{InfraCreation, NodeKeyRequest, Warnings};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::{BundleId, DeploymentId, InfraId, NodeId, ProjectKey, Timestamp};
use serde_json::json;

use super::clients::upload;
use super::{Noted, Operation, operation, parsed};

fn key() -> ProjectKey {
    parsed("CHURN")
}

fn scored() -> ProjectKey {
    parsed("SCORED")
}

fn bundle(id: &str) -> BundleId {
    parsed(id)
}

fn id() -> DeploymentId {
    parsed("churn-prod")
}

fn infra() -> InfraId {
    parsed("prod")
}

fn both() -> InfraId {
    parsed("both")
}

fn node() -> NodeId {
    parsed("auto-prod")
}

pub(crate) fn operations(noted: &Arc<Noted>) -> Vec<Operation> {
    let mut all = vec![
        operation!(deployer::stages(), |us| us.deployer.stages().await),
        operation!(deployer::monitoring(), |us| us.deployer.monitored_deployments().await),
    ];
    all.extend(infras());
    all.extend(projects());
    all.extend(bundles());
    all.extend(deployments());
    all.extend(work(noted));
    all
}

fn infras() -> Vec<Operation> {
    let settings = json!({"id": "prod", "type": "AUTOMATION_NODE", "stage": "Production"});
    let settings = InfraSettings::from_document(settings).unwrap();
    let creation = || InfraCreation::new(infra(), parsed("Production"));
    let own = || {
        NodeKeyRequest::default()
            .with_label("ci")
            .with_description("Builds")
            .with_for_user(Some(parsed("dana")))
    };
    vec![
        operation!(deployer::infras::list(), |us| us.deployer.infras().await),
        operation!(deployer::infras::create(&creation()), |us| {
            us.deployer.create_infra(&creation()).await
        }),
        operation!(deployer::infras::get(&infra()), |us| us.deployer.infra(&infra()).await),
        operation!(deployer::infras::settings(&infra()), |us| {
            us.deployer.infra_settings(&infra()).await
        }),
        operation!(deployer::infras::save_settings(&settings), |us| {
            let mut document = us.deployer.infra_settings(&infra()).await?.to_document();
            document["nodeId"] = json!("auto-prod");
            document["automationNodeUrl"] = json!("https://auto.example");
            document["adminApiKey"] = json!("key-of-auto");
            let settings = InfraSettings::from_document(document).unwrap();
            us.deployer.save_infra_settings(&settings).await
        }),
        operation!(deployer::infras::create_node_key(&both(), &own()), |us| {
            us.deployer.create_node_key(&both(), &own()).await
        }),
        operation!(deployer::infras::delete(&infra()), |us| {
            us.deployer.delete_infra(&infra()).await
        }),
    ]
}

fn projects() -> Vec<Operation> {
    let settings = json!({"id": "CHURN", "permissions": []});
    let settings = PublishedProjectSettings::from_document(settings).unwrap();
    vec![
        operation!(deployer::projects::list(), |us| us.deployer.projects().await),
        operation!(deployer::projects::create(&key()), |us| {
            us.deployer.create_project(&key()).await
        }),
        operation!(deployer::projects::get(&key()), |us| us.deployer.project(&key()).await),
        operation!(deployer::projects::settings(&key()), |us| {
            us.deployer.project_settings(&key()).await
        }),
        operation!(deployer::projects::save_settings(&settings), |us| {
            let mut document = us.deployer.project_settings(&key()).await?.to_document();
            document["name"] = json!("Customer churn");
            let settings = PublishedProjectSettings::from_document(document).unwrap();
            us.deployer.save_project_settings(&settings).await
        }),
        operation!(deployer::projects::delete(&key()), |us| {
            us.deployer.delete_project(&key()).await
        }),
    ]
}

fn bundles() -> Vec<Operation> {
    vec![
        operation!(deployer::bundles::upload(Some(&key()), None), |us| {
            us.deployer.upload_bundle(upload("v1"), Some(&key())).await
        }),
        operation!(deployer::bundles::archive(&key(), &bundle("v1")), |us| {
            us.deployer.download_bundle(&key(), &bundle("v1")).await
        }),
        operation!(deployer::bundles::delete(&key(), &bundle("v2")), |us| {
            us.deployer.delete_bundle(&key(), &bundle("v2")).await
        }),
        operation!(deployer::bundles::standards_report(&scored(), &bundle("v1")), |us| {
            us.deployer.standards_report(&scored(), &bundle("v1")).await
        }),
    ]
}

fn deployments() -> Vec<Operation> {
    let settings = json!({
        "id": "churn-prod", "publishedProjectKey": "CHURN", "infraId": "prod", "bundleId": "v1"
    });
    let settings = DeploymentSettings::from_document(settings).unwrap();
    let creation = || DeploymentCreation::new(id(), key(), infra(), bundle("v1"));
    let heed = Warnings::AsErrors;
    vec![
        operation!(deployer::deployments::list(), |us| us.deployer.deployments().await),
        operation!(deployer::deployments::create(&creation(), heed), |us| {
            us.deployer.create_deployment(&creation(), heed).await
        }),
        operation!(deployer::deployments::get(&id()), |us| us.deployer.deployment(&id()).await),
        operation!(deployer::deployments::status(&id()), |us| {
            us.deployer.deployment_status(&id()).await
        }),
        operation!(deployer::deployments::governance_status(&id(), None), |us| {
            us.deployer.governance_status(&id(), None).await
        }),
        operation!(deployer::deployments::settings(&id()), |us| {
            us.deployer.deployment_settings(&id()).await
        }),
        operation!(deployer::deployments::save_settings(&settings, heed), |us| {
            let mut document = us.deployer.deployment_settings(&id()).await?.to_document();
            document["tags"] = json!(["nightly"]);
            let settings = DeploymentSettings::from_document(document).unwrap();
            us.deployer.save_deployment_settings(&settings, heed).await
        }),
        operation!(deployer::deployments::delete(&id()), |us| {
            us.deployer.delete_deployment(&id()).await
        }),
    ]
}

fn work(noted: &Noted) -> Vec<Operation> {
    let started = noted.get("update").parse().unwrap_or(1_767_225_600_000);
    let started = Timestamp::from_millis(started);
    vec![
        operation!(deployer::updates::start(&id()), |us| us.deployer.start_update(&id()).await),
        operation!(deployer::updates::list(&id()), |us| us.deployer.updates(&id()).await),
        operation!(deployer::updates::get(&id(), started), |us| {
            us.deployer.update(&id(), started).await
        }),
        operation!(deployer::updates::last(&id()), |us| us.deployer.last_update(&id()).await),
        operation!(deployer::testing::status(&id(), Some(&bundle("v1")), Some(&node())), |us| {
            us.deployer.testing_status(&id(), Some(&bundle("v1")), Some(&node())).await
        }),
        operation!(deployer::testing::run(&id(), Some(&node())), |us| {
            us.deployer.run_test_scenarios(&id(), Some(&node())).await
        }),
    ]
}
