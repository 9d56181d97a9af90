//! What another Deployer is asked (`wire-facts.md` 2). No mock answers it: requests are compared, and
//! no more.

use project_deployer_client::request::deployer;
use project_deployer_client::{InfraCreation, NodeKeyRequest, Warnings};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::{BundleId, DeploymentId, InfraId, NodeId, ProjectKey, Timestamp};
use serde_json::json;

use super::{Operation, operation, parsed};

fn key() -> ProjectKey {
    parsed("CHURN")
}

fn bundle() -> BundleId {
    parsed("v1")
}

fn id() -> DeploymentId {
    parsed("churn-prod")
}

fn infra() -> InfraId {
    parsed("prod")
}

fn node() -> NodeId {
    parsed("auto-prod")
}

pub(crate) fn operations() -> Vec<Operation> {
    let mut all = vec![operation!(deployer::stages()), operation!(deployer::monitoring())];
    all.extend(infras());
    all.extend(projects());
    all.extend(deployments());
    all.extend(work());
    all
}

fn infras() -> Vec<Operation> {
    let settings = json!({"id": "prod", "type": "AUTOMATION_NODE", "stage": "Production"});
    let settings = InfraSettings::from_document(settings).unwrap();
    let creation = InfraCreation::new(infra(), parsed("Production"));
    let key = NodeKeyRequest {
        label: "ci".to_owned(),
        description: "Builds".to_owned(),
        for_user: Some(parsed("dana")),
    };
    vec![
        operation!(deployer::infras::list()),
        operation!(deployer::infras::create(&creation)),
        operation!(deployer::infras::get(&infra())),
        operation!(deployer::infras::settings(&infra())),
        operation!(deployer::infras::save_settings(&settings)),
        operation!(deployer::infras::create_node_key(&infra(), &key)),
        operation!(deployer::infras::delete(&infra())),
    ]
}

fn projects() -> Vec<Operation> {
    let settings = json!({"id": "CHURN", "permissions": []});
    let settings = PublishedProjectSettings::from_document(settings).unwrap();
    vec![
        operation!(deployer::projects::list()),
        operation!(deployer::projects::create(&key())),
        operation!(deployer::projects::get(&key())),
        operation!(deployer::projects::settings(&key())),
        operation!(deployer::projects::save_settings(&settings)),
        operation!(deployer::projects::delete(&key())),
        operation!(deployer::bundles::upload(Some(&key()))),
        operation!(deployer::bundles::archive(&key(), &bundle())),
        operation!(deployer::bundles::delete(&key(), &bundle())),
        operation!(deployer::bundles::standards_report(&key(), &bundle())),
    ]
}

fn deployments() -> Vec<Operation> {
    let settings = json!({
        "id": "churn-prod", "publishedProjectKey": "CHURN", "infraId": "prod", "bundleId": "v1"
    });
    let settings = DeploymentSettings::from_document(settings).unwrap();
    let creation = DeploymentCreation::new(id(), key(), infra(), bundle());
    let heed = Warnings::Heed;
    vec![
        operation!(deployer::deployments::list()),
        operation!(deployer::deployments::create(&creation, heed)),
        operation!(deployer::deployments::get(&id())),
        operation!(deployer::deployments::status(&id())),
        operation!(deployer::deployments::governance_status(&id(), None)),
        operation!(deployer::deployments::settings(&id())),
        operation!(deployer::deployments::save_settings(&settings, heed)),
        operation!(deployer::deployments::delete(&id())),
    ]
}

fn work() -> Vec<Operation> {
    let started = Timestamp::from_millis(1_767_225_600_000);
    vec![
        operation!(deployer::updates::start(&id())),
        operation!(deployer::updates::list(&id())),
        operation!(deployer::updates::get(&id(), started)),
        operation!(deployer::updates::last(&id())),
        operation!(deployer::testing::status(&id(), Some(&bundle()), Some(&node()))),
        operation!(deployer::testing::run(&id(), Some(&node()))),
    ]
}
