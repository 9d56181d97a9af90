use async_trait::async_trait;
use project_deployer_client::{
    DeployerError, InfraCreation, InfraOperations, NodeKeyRequest, ResourceRef,
};
use project_deployer_core::InfraId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{InfraBasicInfo, InfraStatus, NodeKeyCreation};
use project_deployer_store::Commit;

use super::{DeployerSession, ListedDeployment, allow, may, may_deploy, stages};
use crate::state::{DeploymentRecord, Record as _, RecordCommit as _, references_to};

#[async_trait]
impl InfraOperations for DeployerSession {
    async fn stages(&self) -> Result<StageCatalogue, DeployerError> {
        let caller = self.caller().await?;
        allow(&caller, Operation::ViewStages, Scope::deployer(), ResourceRef::new("stages", ""))?;
        Ok(stages::stages(self.repository()).await?.value.0)
    }

    async fn infras(&self) -> Result<Vec<InfraStatus>, DeployerError> {
        let caller = self.caller().await?;
        let mut visible = Vec::new();
        for infra in self.repository().readable::<InfraSettings>().await? {
            if may(&caller, Operation::ViewInfra, Scope::infra(&infra)) {
                visible.push(infra);
            }
        }
        let deployments = self.visible_deployments(&caller).await?;
        Ok(visible.iter().map(|infra| status(&caller, infra, &deployments)).collect())
    }

    async fn create_infra(&self, creation: &InfraCreation) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let named = ResourceRef::new(InfraSettings::NOUN, creation.id());
        allow(&caller, Operation::CreateInfra, Scope::deployer(), named.clone())?;
        if self.repository().find::<InfraSettings>(creation.id()).await?.is_some() {
            return Err(DeployerError::AlreadyExists(named));
        }
        let new = creation.settings();
        let commit = self.on_its_stage(Commit::new(), new).await?;
        self.repository().commit(commit.create(new)?).await
    }

    async fn infra(&self, id: &InfraId) -> Result<InfraStatus, DeployerError> {
        let caller = self.caller().await?;
        let infra = self.infra_for(&caller, Operation::ViewInfra, id).await?;
        Ok(status(&caller, &infra.value, &self.visible_deployments(&caller).await?))
    }

    async fn delete_infra(&self, id: &InfraId) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let infra = self.infra_for(&caller, Operation::DeleteInfra, id).await?;
        let guard = self.repository().guard(references_to(&InfraSettings::KIND, id)).await?;
        let mut users = self.repository().all::<DeploymentRecord>().await?;
        users.retain(|found| found.settings.infra_id == *id);
        self.not_used_by(&caller, ResourceRef::new(InfraSettings::NOUN, id), &users).await?;
        self.repository().commit(Commit::new().remove(&infra).without_guard(&guard)).await
    }

    async fn infra_settings(&self, id: &InfraId) -> Result<InfraSettings, DeployerError> {
        let caller = self.caller().await?;
        Ok(self.infra_for(&caller, Operation::ReadInfraSettings, id).await?.value)
    }

    async fn save_infra_settings(&self, settings: &InfraSettings) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let current = self.infra_for(&caller, Operation::EditInfraSettings, &settings.id).await?;
        let settings = settings.clone().keeping_keys_of(&current.value);
        let commit = self.on_its_stage(Commit::new(), &settings).await?;
        self.repository().commit(commit.replace(&current, &settings)?).await
    }

    async fn create_node_key(
        &self,
        id: &InfraId,
        key: &NodeKeyRequest,
    ) -> Result<NodeKeyCreation, DeployerError> {
        self.new_node_key(id, key).await
    }
}

impl DeployerSession {
    /// Checks settings against the stages, which must not change before the commit.
    async fn on_its_stage(
        &self,
        commit: Commit,
        settings: &InfraSettings,
    ) -> Result<Commit, DeployerError> {
        let stages = stages::stages(self.repository()).await?;
        settings.validate(&stages.value.0).map_err(|problems| DeployerError::Invalid {
            object: ResourceRef::new(InfraSettings::NOUN, &settings.id),
            problems,
        })?;
        Ok(commit.unchanged(&stages).refer(stages::guard()))
    }
}

fn status(caller: &Caller, infra: &InfraSettings, deployments: &[ListedDeployment]) -> InfraStatus {
    let records = deployments.iter().map(|deployment| &deployment.record);
    let on_it = records.filter(|record| record.settings.infra_id == infra.id);
    let mut status = InfraStatus::new(InfraBasicInfo::from(infra));
    status.is_admin = may(caller, Operation::EditInfraSettings, Scope::infra(infra));
    status.can_deploy = may_deploy(caller, Scope::infra(infra));
    status.deployments = on_it.map(DeploymentRecord::summary).collect();
    status
}
