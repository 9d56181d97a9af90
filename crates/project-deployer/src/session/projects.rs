use std::collections::BTreeMap;

use async_trait::async_trait;
use project_deployer_client::{DeployerError, ProjectOperations, ResourceRef};
use project_deployer_core::ProjectKey;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::status::{
    InfraBasicInfo, Package, ProjectBasicInfo, PublishedProjectStatus,
};
use project_deployer_store::{Commit, Expected};

use super::{DeployerSession, ListedDeployment, allow, may, may_deploy};
use crate::archives::reference;
use crate::state::{BundleRecord, DeploymentRecord, Record as _, RecordCommit as _, references_to};

#[async_trait]
impl ProjectOperations for DeployerSession {
    async fn projects(&self) -> Result<Vec<PublishedProjectStatus>, DeployerError> {
        let caller = self.caller().await?;
        let deployments = self.visible_deployments(&caller).await?;
        let mut visible = Vec::new();
        for project in self.repository().readable::<PublishedProjectSettings>().await? {
            if may(&caller, Operation::ViewProject, Scope::project(&project)) {
                let view = ProjectView { caller: &caller, deployments: &deployments };
                visible.push(self.project_view(&project, view).await?);
            }
        }
        Ok(visible)
    }

    async fn create_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, key);
        allow(&caller, Operation::CreateProject, Scope::deployer(), named.clone())?;
        if self.repository().find::<PublishedProjectSettings>(key).await?.is_some() {
            return Err(DeployerError::AlreadyExists(named));
        }
        let new = PublishedProjectSettings::new(key.clone(), caller.login);
        self.repository().commit(Commit::new().create(&new)?).await
    }

    async fn project(&self, key: &ProjectKey) -> Result<PublishedProjectStatus, DeployerError> {
        let caller = self.caller().await?;
        let project = self.project_for(&caller, Operation::ViewProject, key).await?;
        let deployments = self.visible_deployments(&caller).await?;
        let view = ProjectView { caller: &caller, deployments: &deployments };
        self.project_view(&project.value, view).await
    }

    async fn delete_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let project = self.project_for(&caller, Operation::DeleteProject, key).await?;
        let kind = PublishedProjectSettings::KIND;
        let guard = self.repository().guard(references_to(&kind, key)).await?;
        let users = self.deployments_of(key).await?;
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, key);
        self.not_used_by(&caller, named, &users).await?;
        let mut commit = Commit::new().remove(&project).without_guard(&guard);
        let bundles = self.bundles_of(key).await?;
        for bundle in &bundles {
            let id = BundleRecord::record_id(key, bundle.id());
            let Some(record) = self.repository().find::<BundleRecord>(id).await? else { continue };
            commit = commit
                .replace(&record, &record.value.deleted())?
                .delete(reference(bundle), Expected::Any);
        }
        let digests = bundles.into_iter().map(|bundle| bundle.digest).collect();
        self.delete_with_archives(commit, digests).await
    }

    async fn project_settings(
        &self,
        key: &ProjectKey,
    ) -> Result<PublishedProjectSettings, DeployerError> {
        let caller = self.caller().await?;
        Ok(self.project_for(&caller, Operation::ReadProjectSettings, key).await?.value)
    }

    async fn save_project_settings(
        &self,
        settings: &PublishedProjectSettings,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let current =
            self.project_for(&caller, Operation::EditProjectSettings, &settings.id).await?;
        settings.validate().map_err(|problems| DeployerError::Invalid {
            object: ResourceRef::new(PublishedProjectSettings::NOUN, &settings.id),
            problems,
        })?;
        self.repository().commit(Commit::new().replace(&current, settings)?).await
    }
}

impl DeployerSession {
    /// All deployments of a published project, visible to the caller or not.
    pub(super) async fn deployments_of(
        &self,
        key: &ProjectKey,
    ) -> Result<Vec<DeploymentRecord>, DeployerError> {
        let mut all = self.repository().all::<DeploymentRecord>().await?;
        all.retain(|found| found.settings.published_project_key == *key);
        Ok(all)
    }

    async fn project_view(
        &self,
        project: &PublishedProjectSettings,
        view: ProjectView<'_>,
    ) -> Result<PublishedProjectStatus, DeployerError> {
        let bundles = self.bundles_of(&project.id).await?;
        let of_project = |deployment: &&ListedDeployment| deployment.project.id == project.id;
        let deployments: Vec<_> = view.deployments.iter().filter(of_project).collect();
        let infras: BTreeMap<_, _> =
            deployments.iter().map(|used| (&used.infra.id, &*used.infra)).collect();
        let scope = || Scope::project(project);
        let mut status = PublishedProjectStatus::new(ProjectBasicInfo::from(project));
        status.is_admin = may(view.caller, Operation::EditProjectSettings, scope());
        status.can_deploy = may_deploy(view.caller, scope());
        status.can_write = may(view.caller, Operation::UploadBundle, scope());
        status.packages = bundles.iter().map(Package::from).collect();
        status.deployments = deployments.iter().map(|found| found.record.summary()).collect();
        status.infras = infras.into_values().map(InfraBasicInfo::from).collect();
        Ok(status)
    }
}

#[derive(Clone, Copy)]
struct ProjectView<'a> {
    caller: &'a Caller,
    deployments: &'a [ListedDeployment],
}
