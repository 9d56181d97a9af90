use async_trait::async_trait;
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

use super::RemoteDeployer;
use super::meaning::Subject;
use crate::project_deployer::{
    BundleOperations, DeployerError, DeploymentOperations, InfraCreation, InfraOperations,
    NodeKeyRequest, ProjectOperations, TestingOperations, UpdateOperations, Warnings,
};
use crate::request::deployer::{bundles, deployments, infras, projects, stages, testing, updates};
use crate::upload::Upload;

type Answer<T> = Result<T, DeployerError>;

#[async_trait]
impl InfraOperations for RemoteDeployer {
    async fn stages(&self) -> Answer<StageCatalogue> {
        self.call(&stages(), Subject::Deployer).await
    }

    async fn infras(&self) -> Answer<Vec<InfraStatus>> {
        self.call(&infras::list(), Subject::Deployer).await
    }

    async fn create_infra(&self, infra: &InfraCreation) -> Answer<()> {
        infra.settings().validate_fields().map_err(|problems| DeployerError::Invalid {
            object: Subject::named_infra(infra.id()),
            problems,
        })?;
        self.call(&infras::create(infra), Subject::new_infra(infra.id())).await?;
        if !infra.has_more_settings() {
            return Ok(());
        }
        self.save_first_settings(infra).await.map_err(|error| DeployerError::SettingsNotSaved {
            object: Subject::named_infra(infra.id()),
            source: Box::new(error),
        })
    }

    async fn infra(&self, id: &InfraId) -> Answer<InfraStatus> {
        self.call(&infras::get(id), Subject::infra(id)).await
    }

    async fn delete_infra(&self, id: &InfraId) -> Answer<()> {
        self.call(&infras::delete(id), Subject::infra(id)).await
    }

    async fn infra_settings(&self, id: &InfraId) -> Answer<InfraSettings> {
        self.call(&infras::settings(id), Subject::infra(id)).await
    }

    async fn save_infra_settings(&self, settings: &InfraSettings) -> Answer<()> {
        let complete = self.with_current_keys(settings).await?;
        self.call(&infras::save_settings(&complete), Subject::infra(&settings.id)).await
    }

    async fn create_node_key(&self, id: &InfraId, key: &NodeKeyRequest) -> Answer<NodeKeyCreation> {
        let request = infras::create_node_key(id, key);
        self.call(&request, Subject::infra(id)).await
    }
}

#[async_trait]
impl ProjectOperations for RemoteDeployer {
    async fn projects(&self) -> Answer<Vec<PublishedProjectStatus>> {
        self.call(&projects::list(), Subject::Deployer).await
    }

    async fn create_project(&self, key: &ProjectKey) -> Answer<()> {
        self.call(&projects::create(key), Subject::new_project(key)).await
    }

    async fn project(&self, key: &ProjectKey) -> Answer<PublishedProjectStatus> {
        self.call(&projects::get(key), Subject::project(key)).await
    }

    async fn delete_project(&self, key: &ProjectKey) -> Answer<()> {
        self.call(&projects::delete(key), Subject::project(key)).await
    }

    async fn project_settings(&self, key: &ProjectKey) -> Answer<PublishedProjectSettings> {
        let request = projects::settings(key);
        self.call(&request, Subject::project(key)).await
    }

    async fn save_project_settings(&self, settings: &PublishedProjectSettings) -> Answer<()> {
        self.call(&projects::save_settings(settings), Subject::project(&settings.id)).await
    }
}

#[async_trait]
impl BundleOperations for RemoteDeployer {
    async fn upload_bundle(&self, bundle: Upload, key: Option<&ProjectKey>) -> Answer<()> {
        let call = bundles::upload(key, bundle.git_commit.as_ref());
        let sent = self.node.call_with(&call, bundle).await;
        sent.map_err(|error| Subject::new_bundle(key).meaning(error))
    }

    async fn download_bundle(&self, key: &ProjectKey, bundle: &BundleId) -> Answer<Upload> {
        let file_name = format!("{key}-{bundle}.zip");
        let archive = self.node.download(&bundles::archive(key, bundle), file_name).await;
        archive.map_err(|error| Subject::bundle(key, bundle).meaning(error))
    }

    async fn delete_bundle(&self, key: &ProjectKey, bundle: &BundleId) -> Answer<()> {
        self.call(&bundles::delete(key, bundle), Subject::bundle(key, bundle)).await
    }

    async fn standards_report(&self, key: &ProjectKey, bundle: &BundleId) -> Answer<Option<Value>> {
        let request = bundles::standards_report(key, bundle);
        self.call(&request, Subject::bundle(key, bundle)).await
    }
}

#[async_trait]
impl DeploymentOperations for RemoteDeployer {
    async fn deployments(&self) -> Answer<Vec<DeploymentLightStatus>> {
        self.call(&deployments::list(), Subject::Deployer).await
    }

    async fn create_deployment(
        &self,
        creation: &DeploymentCreation,
        warnings: Warnings,
    ) -> Answer<()> {
        let subject = Subject::new_deployment(&creation.deployment_id);
        self.call(&deployments::create(creation, warnings), subject).await
    }

    async fn deployment(&self, id: &DeploymentId) -> Answer<DeploymentLightStatus> {
        self.call(&deployments::get(id), Subject::deployment(id)).await
    }

    async fn delete_deployment(&self, id: &DeploymentId) -> Answer<()> {
        self.call(&deployments::delete(id), Subject::deployment(id)).await
    }

    async fn deployment_status(&self, id: &DeploymentId) -> Answer<DeploymentHeavyStatus> {
        self.call(&deployments::status(id), Subject::deployment(id)).await
    }

    async fn governance_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Answer<InfoMessages> {
        let request = deployments::governance_status(id, bundle);
        self.call(&request, Subject::deployment(id)).await
    }

    async fn deployment_settings(&self, id: &DeploymentId) -> Answer<DeploymentSettings> {
        let request = deployments::settings(id);
        self.call(&request, Subject::deployment(id)).await
    }

    async fn save_deployment_settings(
        &self,
        settings: &DeploymentSettings,
        warnings: Warnings,
    ) -> Answer<()> {
        let request = deployments::save_settings(settings, warnings);
        self.call(&request, Subject::deployment(&settings.id)).await
    }
}

#[async_trait]
impl TestingOperations for RemoteDeployer {
    async fn testing_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        node: Option<&NodeId>,
    ) -> Answer<TestingStatus> {
        let request = testing::status(id, bundle, node);
        self.call(&request, Subject::deployment(id)).await
    }

    async fn run_test_scenarios(
        &self,
        id: &DeploymentId,
        node: Option<&NodeId>,
    ) -> Answer<TestingStatus> {
        self.call(&testing::run(id, node), Subject::deployment(id)).await
    }
}

#[async_trait]
impl UpdateOperations for RemoteDeployer {
    async fn start_update(&self, id: &DeploymentId) -> Answer<FutureState> {
        self.call(&updates::start(id), Subject::deployment(id)).await
    }

    async fn updates(&self, id: &DeploymentId) -> Answer<Vec<UpdateSummary>> {
        self.call(&updates::list(id), Subject::deployment(id)).await
    }

    async fn update(&self, id: &DeploymentId, started: Timestamp) -> Answer<UpdateDetail> {
        let subject = Subject::update(id, started.as_millis());
        self.call(&updates::get(id, started), subject).await
    }

    async fn last_update(&self, id: &DeploymentId) -> Answer<UpdateDetail> {
        self.call(&updates::last(id), Subject::last_update(id)).await
    }

    async fn future(&self, job: &str) -> Answer<FutureState> {
        self.look_at(job).await
    }

    async fn abort_future(&self, job: &str) -> Answer<()> {
        self.stop(job).await
    }
}

impl RemoteDeployer {
    /// The settings of an infrastructure that the Deployer has just created, over what it made of them.
    async fn save_first_settings(&self, creation: &InfraCreation) -> Answer<()> {
        let made = self.infra_settings(creation.id()).await?;
        let settings = creation.put_over(made);
        self.call(&infras::save_settings(&settings), Subject::infra(creation.id())).await
    }

    /// These settings, where a key that is absent is the one that the Deployer has. What a PUT
    /// without a key does there is unknown (wire-facts 8.2, item 7).
    async fn with_current_keys(&self, settings: &InfraSettings) -> Answer<InfraSettings> {
        let complete = settings.target.entries().iter().all(|node| node.admin_api_key.is_some());
        if complete {
            return Ok(settings.clone());
        }
        let current = self.infra_settings(&settings.id).await?;
        Ok(settings.clone().keeping_keys_of(&current))
    }
}
