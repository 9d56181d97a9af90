use async_trait::async_trait;
use project_deployer_client::{
    DeployerError, InfraCreation, NodeKeyRequest, ProjectDeployer, Upload, Warnings,
};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::FutureState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::Operation;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{
    DeploymentHeavyStatus, DeploymentLightStatus, InfraStatus, NodeKeyCreation,
    PublishedProjectStatus, TestingStatus, UpdateDetail, UpdateSummary,
};
use project_deployer_core::{BundleId, DeploymentId, InfraId, NodeId, ProjectKey, Timestamp};
use serde_json::Value;

use super::{DeployerSession, bundle_in};

/// Forwards each operation to the module of its object.
#[async_trait]
impl ProjectDeployer for DeployerSession {
    async fn stages(&self) -> Result<StageCatalogue, DeployerError> {
        self.stage_catalogue().await
    }

    async fn infras(&self) -> Result<Vec<InfraStatus>, DeployerError> {
        self.visible_infras().await
    }

    async fn create_infra(&self, infra: &InfraCreation) -> Result<(), DeployerError> {
        self.new_infra(infra).await
    }

    async fn infra(&self, id: &InfraId) -> Result<InfraStatus, DeployerError> {
        self.infra_status(id).await
    }

    async fn delete_infra(&self, id: &InfraId) -> Result<(), DeployerError> {
        self.remove_infra(id).await
    }

    async fn infra_settings(&self, id: &InfraId) -> Result<InfraSettings, DeployerError> {
        self.readable_infra_settings(id).await
    }

    async fn save_infra_settings(&self, settings: &InfraSettings) -> Result<(), DeployerError> {
        self.replace_infra_settings(settings).await
    }

    async fn create_node_key(
        &self,
        id: &InfraId,
        key: &NodeKeyRequest,
    ) -> Result<NodeKeyCreation, DeployerError> {
        self.new_node_key(id, key).await
    }

    async fn projects(&self) -> Result<Vec<PublishedProjectStatus>, DeployerError> {
        self.visible_projects().await
    }

    async fn create_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        self.new_project(key).await
    }

    async fn project(&self, key: &ProjectKey) -> Result<PublishedProjectStatus, DeployerError> {
        self.project_status(key).await
    }

    async fn delete_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        self.remove_project(key).await
    }

    async fn project_settings(
        &self,
        key: &ProjectKey,
    ) -> Result<PublishedProjectSettings, DeployerError> {
        self.readable_project_settings(key).await
    }

    async fn save_project_settings(
        &self,
        settings: &PublishedProjectSettings,
    ) -> Result<(), DeployerError> {
        self.replace_project_settings(settings).await
    }

    async fn upload_bundle(
        &self,
        bundle: Upload,
        key: Option<&ProjectKey>,
    ) -> Result<(), DeployerError> {
        self.publish_bundle(bundle, key).await
    }

    async fn download_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Upload, DeployerError> {
        self.bundle_archive(key, bundle).await
    }

    async fn delete_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<(), DeployerError> {
        self.remove_bundle(key, bundle).await
    }

    /// Reports are created on Design nodes and are not part of bundles, so this Deployer has none
    /// (R-G4).
    async fn standards_report(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Option<Value>, DeployerError> {
        let caller = self.caller().await?;
        self.project_for(&caller, Operation::ViewProject, key).await?;
        bundle_in(&self.bundles_of(key).await?.value, bundle)?;
        Ok(None)
    }

    async fn deployments(&self) -> Result<Vec<DeploymentLightStatus>, DeployerError> {
        self.light_statuses().await
    }

    async fn create_deployment(
        &self,
        creation: &DeploymentCreation,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        self.new_deployment(creation, warnings).await
    }

    async fn deployment(&self, id: &DeploymentId) -> Result<DeploymentLightStatus, DeployerError> {
        self.light_status(id).await
    }

    async fn delete_deployment(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        self.remove_deployment(id).await
    }

    async fn deployment_status(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentHeavyStatus, DeployerError> {
        self.heavy_status(id).await
    }

    async fn governance_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<InfoMessages, DeployerError> {
        self.governance(id, bundle).await
    }

    async fn deployment_settings(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentSettings, DeployerError> {
        self.readable_deployment_settings(id).await
    }

    async fn save_deployment_settings(
        &self,
        settings: &DeploymentSettings,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        self.replace_deployment_settings(settings, warnings).await
    }

    async fn start_update(&self, id: &DeploymentId) -> Result<FutureState, DeployerError> {
        self.begin_update(id).await
    }

    async fn testing_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        self.test_outcomes(id, bundle, node).await
    }

    async fn run_test_scenarios(
        &self,
        id: &DeploymentId,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        self.run_tests(id, node).await
    }

    async fn updates(&self, id: &DeploymentId) -> Result<Vec<UpdateSummary>, DeployerError> {
        self.update_summaries(id).await
    }

    async fn update(
        &self,
        id: &DeploymentId,
        started: Timestamp,
    ) -> Result<UpdateDetail, DeployerError> {
        self.update_detail(id, started).await
    }

    async fn last_update(&self, id: &DeploymentId) -> Result<UpdateDetail, DeployerError> {
        self.newest_update(id).await
    }

    async fn future(&self, job: &str) -> Result<FutureState, DeployerError> {
        self.task_state(job).await
    }
}
