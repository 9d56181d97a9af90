use std::collections::BTreeMap;

use async_trait::async_trait;
use project_deployer_client::{DeployerError, ProjectOperations, ResourceRef};
use project_deployer_core::ProjectKey;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::status::{
    InfraBasicInfo, Package, ProjectBasicInfo, PublishedProjectStatus,
};
use project_deployer_store::{Commit, Expected};

use super::{DeployerSession, View, allow, may, may_deploy};
use crate::archives::reference;
use crate::audit::{Action, Change};
use crate::read_model::Visibility;
use crate::state::{BundleRecord, Record as _, RecordCommit as _, references_to};

#[async_trait]
impl ProjectOperations for DeployerSession {
    async fn projects(&self) -> Result<Vec<PublishedProjectStatus>, DeployerError> {
        let view = self.view().await?;
        let visibility = view.visibility();
        let visible = view
            .model
            .projects()
            .map(|kept| &*kept.value)
            .filter(|project| may(&view, Operation::ViewProject, Scope::project(project)));
        Ok(visible.map(|project| status(&view, project, &visibility)).collect())
    }

    async fn create_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, key);
        let work = async {
            let view = self.view().await?;
            allow(&view, Operation::CreateProject, Scope::deployer(), named.clone())?;
            if view.model.project(key)?.is_some() {
                return Err(DeployerError::AlreadyExists(named.clone()));
            }
            let new = PublishedProjectSettings::new(key.clone(), view.login.clone());
            self.commit(Commit::new().create(&new)?, Change::created(&new)?).await
        };
        self.attempt(Action::Create, named.clone(), work).await
    }

    async fn project(&self, key: &ProjectKey) -> Result<PublishedProjectStatus, DeployerError> {
        let view = self.view().await?;
        let project = view.project_for(Operation::ViewProject, key)?;
        Ok(status(&view, &project.value, &view.visibility()))
    }

    async fn delete_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, key);
        let work = async {
            let view = self.view().await?;
            let project = view.project_for(Operation::DeleteProject, key)?;
            self.as_expected(project)?;
            let guard = view.model.guard(references_to(&PublishedProjectSettings::KIND, key));
            let users = view.model.deployments_of(key)?;
            view.not_used_by(named.clone(), &users)?;
            let mut commit = Commit::new().remove(project).without_guard(&guard);
            // One that cannot be read would be left to a later project with this key.
            view.model.all_readable_below::<BundleRecord>(&BundleRecord::prefix(key))?;
            let bundles = view.model.bundles_of(key);
            for bundle in &bundles {
                let Some(record) = view.model.bundle(key, bundle.id())? else { continue };
                commit = commit
                    .replace(record, &record.value.deleted())?
                    .delete(reference(bundle), Expected::Any);
            }
            let digests = bundles.into_iter().map(|bundle| bundle.digest.clone()).collect();
            let change = Change::deleted::<PublishedProjectSettings>(&project.value)?;
            self.delete_with_archives(commit, change, digests).await
        };
        self.attempt(Action::Delete, named.clone(), work).await
    }

    async fn project_settings(
        &self,
        key: &ProjectKey,
    ) -> Result<PublishedProjectSettings, DeployerError> {
        let view = self.view().await?;
        let project = view.project_for(Operation::ReadProjectSettings, key)?;
        Ok(PublishedProjectSettings::clone(&project.value))
    }

    async fn save_project_settings(
        &self,
        settings: &PublishedProjectSettings,
    ) -> Result<(), DeployerError> {
        let object = ResourceRef::new(PublishedProjectSettings::NOUN, &settings.id);
        let work = async {
            let view = self.view().await?;
            let current = view.project_for(Operation::EditProjectSettings, &settings.id)?;
            self.as_expected(current)?;
            settings
                .validate()
                .map_err(|problems| DeployerError::Invalid { object: object.clone(), problems })?;
            let change = Change::edited(&*current.value, settings)?;
            self.commit(Commit::new().replace(current, settings)?, change).await
        };
        self.attempt(Action::Edit, object.clone(), work).await
    }
}

fn status(
    view: &View,
    project: &PublishedProjectSettings,
    visibility: &Visibility<'_>,
) -> PublishedProjectStatus {
    let bundles = view.model.bundles_of(&project.id);
    let deployments: Vec<_> = visibility.of_project(&project.id).collect();
    let infras: BTreeMap<_, _> =
        deployments.iter().map(|used| (&used.infra.id, used.infra.basic())).collect();
    let scope = || Scope::project(project);
    let mut status = PublishedProjectStatus::new(ProjectBasicInfo::from(project));
    status.is_admin = may(view, Operation::EditProjectSettings, scope());
    status.can_deploy = may_deploy(view, scope());
    status.can_write = may(view, Operation::UploadBundle, scope());
    status.packages = bundles.into_iter().map(Package::from).collect();
    status.deployments = deployments.iter().map(|found| found.record.summary()).collect();
    status.infras = infras.into_values().map(|infra| InfraBasicInfo::clone(infra)).collect();
    status
}
