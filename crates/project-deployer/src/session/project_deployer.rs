use async_trait::async_trait;
use project_deployer_client::{
    DeployerError, InfraCreation, NodeKeyRequest, ProjectDeployer, Upload, Warnings,
};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::FutureState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{
    DeploymentHeavyStatus, DeploymentLightStatus, InfraStatus, NodeKeyCreation,
    PublishedProjectStatus, TestingStatus, UpdateDetail, UpdateSummary,
};
use project_deployer_core::{BundleId, DeploymentId, InfraId, NodeId, ProjectKey, Timestamp};
use serde_json::Value;

use super::DeployerSession;

/// Each operation with the function that answers it, which stands in the module of its object.
macro_rules! operations {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty = $function:ident;)*) => {
        #[async_trait]
        impl ProjectDeployer for DeployerSession {
            $(async fn $name(&self, $($argument: $kind),*) -> Result<$answer, DeployerError> {
                self.$function($($argument),*).await
            })*
        }
    };
}

operations! {
    stages() -> StageCatalogue = stage_catalogue;
    infras() -> Vec<InfraStatus> = visible_infras;
    create_infra(infra: &InfraCreation) -> () = new_infra;
    infra(id: &InfraId) -> InfraStatus = infra_status;
    delete_infra(id: &InfraId) -> () = remove_infra;
    infra_settings(id: &InfraId) -> InfraSettings = readable_infra_settings;
    save_infra_settings(settings: &InfraSettings) -> () = replace_infra_settings;
    create_node_key(id: &InfraId, key: &NodeKeyRequest) -> NodeKeyCreation = new_node_key;
    projects() -> Vec<PublishedProjectStatus> = visible_projects;
    create_project(key: &ProjectKey) -> () = new_project;
    project(key: &ProjectKey) -> PublishedProjectStatus = project_status;
    delete_project(key: &ProjectKey) -> () = remove_project;
    project_settings(key: &ProjectKey) -> PublishedProjectSettings = readable_project_settings;
    save_project_settings(settings: &PublishedProjectSettings) -> () = replace_project_settings;
    upload_bundle(bundle: Upload, key: Option<&ProjectKey>) -> () = publish_bundle;
    download_bundle(key: &ProjectKey, bundle: &BundleId) -> Upload = bundle_archive;
    delete_bundle(key: &ProjectKey, bundle: &BundleId) -> () = remove_bundle;
    standards_report(key: &ProjectKey, bundle: &BundleId) -> Option<Value> = bundle_report;
    deployments() -> Vec<DeploymentLightStatus> = light_statuses;
    create_deployment(creation: &DeploymentCreation, warnings: Warnings) -> () = new_deployment;
    deployment(id: &DeploymentId) -> DeploymentLightStatus = light_status;
    delete_deployment(id: &DeploymentId) -> () = remove_deployment;
    deployment_status(id: &DeploymentId) -> DeploymentHeavyStatus = heavy_status;
    governance_status(id: &DeploymentId, bundle: Option<&BundleId>) -> InfoMessages = governance;
    deployment_settings(id: &DeploymentId) -> DeploymentSettings = readable_deployment_settings;
    save_deployment_settings(settings: &DeploymentSettings, warnings: Warnings) -> ()
        = replace_deployment_settings;
    start_update(id: &DeploymentId) -> FutureState = begin_update;
    testing_status(id: &DeploymentId, bundle: Option<&BundleId>, node: Option<&NodeId>)
        -> TestingStatus = test_outcomes;
    run_test_scenarios(id: &DeploymentId, node: Option<&NodeId>) -> TestingStatus = run_tests;
    updates(id: &DeploymentId) -> Vec<UpdateSummary> = update_summaries;
    update(id: &DeploymentId, started: Timestamp) -> UpdateDetail = update_detail;
    last_update(id: &DeploymentId) -> UpdateDetail = newest_update;
    future(job: &str) -> FutureState = task_state;
}
