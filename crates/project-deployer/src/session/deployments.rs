use async_trait::async_trait;
use project_deployer_client::{DeployerError, DeploymentOperations, ResourceRef, Warnings};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::health::{Health, judge};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::status::{DeploymentHeavyStatus, DeploymentLightStatus, Monitoring};
use project_deployer_core::{BundleId, DeploymentId};
use project_deployer_store::{Commit, Expected, Lease};

use super::light_status::LightStatuses;
use super::{DeployerSession, Deployment, View, allow};
use crate::audit::{Action, Change};
use crate::governance::{governance_status, heed};
use crate::read_model::{Kept, Visible};
use crate::runner::log_left;
use crate::state::{
    DeletedDeployment, DeployedProject, DeploymentRecord, DeploymentUid, LatestUpdate, Record as _,
    RecordCommit as _, ScheduleRecord, references_to,
};

#[async_trait]
impl DeploymentOperations for DeployerSession {
    /// One pass over the read model, however many deployments there are (R23).
    async fn deployments(&self) -> Result<Vec<DeploymentLightStatus>, DeployerError> {
        Ok(self.seen_deployments().await?.statuses())
    }

    async fn deployment(&self, id: &DeploymentId) -> Result<DeploymentLightStatus, DeployerError> {
        let view = self.view().await?;
        let record = view.deployment_for(Operation::ViewDeployment, id)?.record;
        let found = Visible::allowed(&view.model, id);
        let mut found =
            found.ok_or_else(|| DeployerError::not_found(DeploymentRecord::NOUN, id))?;
        found.latest = view.model.latest_update(id)?;
        found.superseded = view.superseded(&record.value.settings)?.is_some();
        Ok(LightStatuses::default().of(&found))
    }

    async fn create_deployment(
        &self,
        creation: &DeploymentCreation,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, &creation.deployment_id);
        self.attempt(Action::Create, named, self.create(creation, warnings)).await
    }

    async fn delete_deployment(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            let found = view.deployment_for(Operation::DeleteDeployment, id)?;
            view.not_in_maintenance(&found.infra.value, self.deployer.now())?;
            self.as_expected(&found.record)?;
            // In a task of its own: a cancelled call must not leave a lease.
            let (this, id) = (self.clone(), id.clone());
            let removed = tokio::spawn(async move {
                let project = DeployedProject::of(&found.record.value.settings);
                let keeper = this.deployer.take_for(&project, &id).await?;
                let removed = this.remove_under(keeper.lease(), &found).await;
                keeper.release().await;
                removed
            });
            removed.await.unwrap_or_else(|error| Err(DeployerError::state("a deployment", error)))
        };
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        self.attempt(Action::Delete, named, work).await
    }

    async fn deployment_status(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentHeavyStatus, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::ViewDeployment, id)?;
        let settings = &deployment.record.value.settings;
        if let Some(superseded) = view.superseded(settings)? {
            // What the nodes have is another deployment's.
            let mut status = DeploymentHeavyStatus::new(id.clone(), Health::OutOfSync);
            status.health_messages = [superseded.message()].into_iter().collect();
            return Ok(status);
        }
        let last_update = view.model.latest_update(id)?.map(|update| update.status);
        let nodes = match last_update {
            // Nothing was deployed yet.
            None => Vec::new(),
            Some(_) => {
                let infra = self.with_keys(&view, Operation::ViewDeployment, &deployment).await?;
                self.observe_nodes(&infra, settings).await
            }
        };
        let (health, health_messages) = judge(last_update, &nodes);
        let scenarios = nodes.iter().filter_map(|node| node.answer.as_ref().ok());
        let monitoring = Monitoring::of(scenarios.flat_map(|node| &node.scenarios));
        let mut status = DeploymentHeavyStatus::new(id.clone(), health);
        status.health_messages = health_messages;
        status.monitoring = monitoring;
        Ok(status)
    }

    async fn governance_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<InfoMessages, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::ViewDeployment, id)?;
        let settings = &deployment.record.value.settings;
        let bundle = bundle.unwrap_or(&settings.bundle_id);
        let bundle = view.bundle_of(&settings.published_project_key, bundle)?;
        Ok(governance_status(&deployment.infra.value, &bundle.published))
    }

    async fn deployment_settings(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentSettings, DeployerError> {
        let found = self.view().await?.deployment_for(Operation::ViewDeployment, id)?;
        Ok(found.record.value.settings.clone())
    }

    async fn save_deployment_settings(
        &self,
        settings: &DeploymentSettings,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, &settings.id);
        self.attempt(Action::Edit, named, self.save(settings, warnings)).await
    }
}

impl DeployerSession {
    async fn create(
        &self,
        creation: &DeploymentCreation,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let view = self.view().await?;
        // One side after the other: the error about the project must not reveal whether the
        // infrastructure exists (R-P2).
        let infra = view.infra_for(Operation::ViewInfra, &creation.infra_id)?;
        let key = &creation.published_project_key;
        let project = view.project_for(Operation::ViewProject, key)?;
        let named = ResourceRef::new(DeploymentRecord::NOUN, &creation.deployment_id);
        let scope = Scope::deployment(&infra.value, &project.value);
        allow(&view, Operation::CreateDeployment, scope, named.clone())?;
        let bundle = view.bundle_of(key, &creation.bundle_id)?;
        heed(&infra.value, &bundle.published, warnings)?;
        let settings = DeploymentSettings::for_new(creation, &infra.value);
        if view.model.deployment(&settings.id)?.is_some() {
            return Err(DeployerError::AlreadyExists(named));
        }
        self.deployer.free_id(&settings.id).await?;
        let commit = Commit::new();
        let record = DeploymentRecord {
            uid: Some(DeploymentUid::created_by(commit.id)),
            created_by: view.login.clone(),
            modified_by: view.login.clone(),
            settings,
        };
        let commit = commit
            .create(&record)?
            .check(DeletedDeployment::KIND.key(&record.settings.id), Expected::Absent)
            .unchanged(infra)
            .unchanged(project)
            .unchanged(&bundle.record)
            .refer(references_to(&InfraSettings::KIND, &creation.infra_id))
            .refer(references_to(&PublishedProjectSettings::KIND, key));
        let commit = view.claim(&record.settings, commit)?;
        self.commit(commit, Change::created(&record)?).await
    }

    async fn save(
        &self,
        settings: &DeploymentSettings,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let view = self.view().await?;
        let found = view.deployment_for(Operation::EditDeployment, &settings.id)?;
        self.as_expected(&found.record)?;
        settings.validate_change(&found.record.value.settings).map_err(|problems| {
            let object = ResourceRef::new(DeploymentRecord::NOUN, &settings.id);
            DeployerError::Invalid { object, problems }
        })?;
        let bundle = view.bundle_of(&settings.published_project_key, &settings.bundle_id)?;
        heed(&found.infra.value, &bundle.published, warnings)?;
        let changed = DeploymentRecord {
            settings: settings.clone(),
            created_by: found.record.value.created_by.clone(),
            modified_by: view.login.clone(),
            uid: found.record.value.uid.clone(),
        };
        let change = Change::edited(&*found.record.value, &changed)?;
        let project = &settings.published_project_key;
        let commit = Commit::new()
            .replace(&found.record, &changed)?
            .unchanged(&found.infra)
            .unchanged(&found.project)
            .unchanged(&bundle.record)
            .refer(references_to(&PublishedProjectSettings::KIND, project));
        let commit = match warnings {
            Warnings::AsErrors => commit,
            Warnings::Ignore => view.claim(settings, commit)?,
        };
        self.commit(commit, change).await
    }

    /// Deletes the deployment in one commit. From then on its updates are in the history only; their own records are
    /// removed after it.
    async fn remove_under(&self, lease: &Lease, found: &Deployment) -> Result<(), DeployerError> {
        let settings = &found.record.value.settings;
        let id = settings.id.clone();
        let commit = Commit::new()
            .remove(&found.record)
            .unchanged(&found.infra)
            .unchanged(&found.project)
            .unreferenced(&found.maintenance)
            .delete(LatestUpdate::KIND.key(&id), Expected::Any)
            .delete(ScheduleRecord::KIND.key(&id), Expected::Any)
            .create(&DeletedDeployment::of(&found.record.value))?
            .fenced_by(lease);
        let commit = self.release_key(settings, commit).await?;
        let change = Change::deleted::<DeploymentRecord>(&found.record.value)?;
        self.commit(commit, change).await?;
        if let Err(error) = self.deployer.leave_to_history(lease, &id).await {
            log_left(&id, &error);
        }
        Ok(())
    }
}

impl View {
    /// Refuses an operation when deployments use the object. The error names the deployments that
    /// the caller may see, and counts the others (R-P8).
    pub(super) fn not_used_by(
        &self,
        object: ResourceRef,
        users: &[&Kept<DeploymentRecord>],
    ) -> Result<(), DeployerError> {
        if users.is_empty() {
            return Ok(());
        }
        let visibility = self.visibility();
        let users = users.iter().map(|user| &*user.value);
        let (named, hidden): (Vec<_>, Vec<_>) = users.partition(|user| visibility.shows(user));
        let mut users: Vec<_> = named.iter().map(|user| user.settings.id.to_string()).collect();
        match hidden.len() {
            0 => {}
            1 => users.push("one deployment that you may not see".to_owned()),
            many => users.push(format!("{many} deployments that you may not see")),
        }
        Err(DeployerError::InUse { object, users: users.join(", ") })
    }
}
