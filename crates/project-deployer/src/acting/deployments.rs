use project_deployer_client::{DeployerError, Named, Warnings};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::problem::ProblemCode;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Outcome, Scope, explain};
use project_deployer_core::status::{
    DeploymentLightStatus, DeploymentSummary, InfraBasicInfo, Package, ProjectBasicInfo,
};
use project_deployer_core::{DeploymentId, Problems};
use project_deployer_store::Commit;

use super::{ActingDeployer, Deployment, allow, bundle_in, may};
use crate::governance::heed;
use crate::state::{
    DeploymentRecord, Found, Record as _, RecordCommit as _, UpdateHistory, references_to,
};

impl ActingDeployer {
    /// The deployments that a caller may see. One whose infrastructure or project cannot be read does
    /// not spoil the list (R-I9).
    pub(super) async fn visible_deployments(
        &self,
        caller: &Caller,
    ) -> Result<Vec<Found<DeploymentRecord>>, DeployerError> {
        let infras = self.repository().all::<InfraSettings>().await?;
        let projects = self.repository().all::<PublishedProjectSettings>().await?;
        let mut records = self.repository().all::<DeploymentRecord>().await?;
        records.retain(|found| {
            let settings = &found.value.settings;
            let infra = infras.iter().find(|infra| infra.value.id == settings.infra_id);
            let project =
                projects.iter().find(|project| project.value.id == settings.published_project_key);
            infra.zip(project).is_some_and(|(infra, project)| {
                let scope = Scope::deployment(&infra.value, &project.value);
                may(caller, Operation::ViewDeployment, scope)
            })
        });
        Ok(records)
    }

    pub(super) async fn light_statuses(&self) -> Result<Vec<DeploymentLightStatus>, DeployerError> {
        let caller = self.caller().await?;
        let mut statuses = Vec::new();
        for found in self.visible_deployments(&caller).await? {
            let id = found.value.settings.id;
            let seen = self.deployment_for(&caller, Operation::ViewDeployment, &id).await;
            match seen {
                Ok(deployment) => statuses.push(self.light(&deployment).await?),
                // Deleted since the list was read.
                Err(DeployerError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(statuses)
    }

    pub(super) async fn light_status(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentLightStatus, DeployerError> {
        let caller = self.caller().await?;
        let deployment = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        self.light(&deployment).await
    }

    async fn light(&self, deployment: &Deployment) -> Result<DeploymentLightStatus, DeployerError> {
        let record = &deployment.record.value;
        let history = self.repository().find::<UpdateHistory>(&record.settings.id).await?;
        let bundles = self.bundles_of(&record.settings.published_project_key).await?.value.bundles;
        Ok(DeploymentLightStatus {
            deployment_basic_info: record.summary(),
            infra_basic_info: InfraBasicInfo::from(&deployment.infra.value),
            project_basic_info: ProjectBasicInfo::from(&deployment.project.value),
            packages: bundles.iter().map(Package::from).collect(),
            never_ever_deployed: history.is_none_or(|found| found.value.updates.is_empty()),
        })
    }

    pub(super) async fn new_deployment(
        &self,
        creation: &DeploymentCreation,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let infra = self.existing::<InfraSettings>(creation.infra_id.as_str()).await?;
        let key = creation.published_project_key.as_str();
        let project = self.existing::<PublishedProjectSettings>(key).await?;
        allow_creation(&caller, creation, &infra.value, &project.value)?;
        let list = self.bundles_of(&creation.published_project_key).await?;
        let bundle = bundle_in(&list.value, &creation.bundle_id)?;
        heed(&infra.value, bundle, warnings)?;
        let settings = DeploymentSettings::for_new(creation, &infra.value);
        self.key_is_free(&settings).await?;
        let record = DeploymentRecord {
            settings,
            created_by: caller.login.clone(),
            modified_by: caller.login,
        };
        let commit = Commit::new()
            .create(&record)?
            .unchanged(&infra)
            .unchanged(&project)
            .unchanged(&list)
            .refer(references_to(InfraSettings::KIND, &creation.infra_id))
            .refer(references_to(PublishedProjectSettings::KIND, &creation.published_project_key));
        self.repository().commit(commit).await
    }

    /// Two deployments that write one project would undo each other.
    async fn key_is_free(&self, new: &DeploymentSettings) -> Result<(), DeployerError> {
        let named = Named::new(DeploymentRecord::KIND.0, &new.id);
        if self.repository().find::<DeploymentRecord>(&new.id).await?.is_some() {
            return Err(DeployerError::AlreadyExists(named));
        }
        let all = self.repository().all::<DeploymentRecord>().await?;
        let same = all.iter().map(|found| &found.value.settings).find(|other| {
            other.infra_id == new.infra_id && other.deployed_project_key == new.deployed_project_key
        });
        let Some(_) = same else { return Ok(()) };
        let mut problems = Problems::none();
        problems.note(
            "deployedProjectKey",
            ProblemCode::Conflict,
            format!(
                "another deployment on `{}` has the key `{}`",
                new.infra_id, new.deployed_project_key
            ),
            "change that deployment, or choose another key",
        );
        Err(DeployerError::Invalid { object: named, problems })
    }

    pub(super) async fn readable_deployment_settings(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentSettings, DeployerError> {
        let caller = self.caller().await?;
        let found = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        Ok(found.record.value.settings)
    }

    pub(super) async fn replace_deployment_settings(
        &self,
        settings: &DeploymentSettings,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let found = self.deployment_for(&caller, Operation::EditDeployment, &settings.id).await?;
        settings.validate_change(&found.record.value.settings).map_err(|problems| {
            let object = Named::new(DeploymentRecord::KIND.0, &settings.id);
            DeployerError::Invalid { object, problems }
        })?;
        let list = self.bundles_of(&settings.published_project_key).await?;
        let bundle = bundle_in(&list.value, &settings.bundle_id)?;
        heed(&found.infra.value, bundle, warnings)?;
        let changed = DeploymentRecord {
            settings: settings.clone(),
            created_by: found.record.value.created_by.clone(),
            modified_by: caller.login,
        };
        let project = &settings.published_project_key;
        let commit = Commit::new()
            .replace(&found.record, &changed)?
            .unchanged(&list)
            .refer(references_to(PublishedProjectSettings::KIND, project));
        self.repository().commit(commit).await
    }

    pub(super) async fn remove_deployment(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let found = self.deployment_for(&caller, Operation::DeleteDeployment, id).await?;
        let lease = self.deployer.take_deployment(id).await?;
        let mut commit = Commit::new().remove(&found.record).fenced_by(&lease);
        if let Some(history) = self.repository().find::<UpdateHistory>(id).await? {
            commit = commit.remove(&history);
        }
        let removed = self.repository().commit(commit).await;
        self.deployer.release(&lease).await;
        removed
    }
}

/// Which side does not exist for the caller decides which one the answer names.
fn allow_creation(
    caller: &Caller,
    creation: &DeploymentCreation,
    infra: &InfraSettings,
    project: &PublishedProjectSettings,
) -> Result<(), DeployerError> {
    let scope = Scope::deployment(infra, project);
    let explanation = explain(caller, Operation::CreateDeployment, scope);
    let infra_hidden = explanation.infra.is_some_and(|(_, side)| side.outcome == Outcome::Hidden);
    let named = if infra_hidden {
        Named::new(InfraSettings::KIND.0, &creation.infra_id)
    } else {
        Named::new(PublishedProjectSettings::KIND.0, &creation.published_project_key)
    };
    allow(caller, Operation::CreateDeployment, scope, named)
}

impl DeploymentRecord {
    pub(super) fn summary(&self) -> DeploymentSummary {
        let settings = &self.settings;
        DeploymentSummary {
            id: settings.id.clone(),
            infra_id: settings.infra_id.clone(),
            tags: settings.tags.clone(),
            created_by_display_name: self.created_by.to_string(),
            last_modified_by_display_name: self.modified_by.to_string(),
            published_project_key: settings.published_project_key.clone(),
            bundle_id: settings.bundle_id.clone(),
            deployed_project_key: Some(settings.deployed_project_key.clone()),
        }
    }
}
