use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_client::{DeployerError, DeploymentOperations, ResourceRef, Warnings};
use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::health::{Health, judge};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::status::{DeploymentHeavyStatus, DeploymentLightStatus, Monitoring};
use project_deployer_core::sync::DesiredState;
use project_deployer_core::{BundleId, DeploymentId, ProjectKey};
use project_deployer_store::{Commit, Lease};

use super::light_status::light;
use super::{DeployerSession, Deployment, ListedDeployment, allow, in_order, may};
use crate::governance::{governance_status, heed};
use crate::state::{
    BundleRecord, DeploymentRecord, LatestUpdate, Record as _, RecordCommit as _, references_to,
};

#[async_trait]
impl DeploymentOperations for DeployerSession {
    /// Reads every collection once, however many deployments there are (R23).
    async fn deployments(&self) -> Result<Vec<DeploymentLightStatus>, DeployerError> {
        let caller = self.caller().await?;
        let deployments = self.visible_deployments(&caller).await?;
        let updates = self.repository().readable::<LatestUpdate>().await?;
        let deployed: BTreeSet<_> = updates.into_iter().map(|update| update.0.deployment).collect();
        let bundles = self.bundles_by_project().await?;
        let superseded = self.superseded_among(&deployments).await?;
        let status = |ListedDeployment { record, infra, project }: &ListedDeployment| {
            let bundles = bundles.get(&project.id).map(Vec::as_slice).unwrap_or_default();
            let mut status = light(record, infra, project, bundles);
            status.never_ever_deployed = !deployed.contains(&record.settings.id);
            status.superseded = superseded.contains(&record.settings.id);
            status
        };
        Ok(deployments.iter().map(status).collect())
    }

    async fn deployment(&self, id: &DeploymentId) -> Result<DeploymentLightStatus, DeployerError> {
        let caller = self.caller().await?;
        let Deployment { record, infra, project } =
            self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let bundles = self.bundles_of(&project.value.id).await?;
        let mut status = light(&record.value, &infra.value, &project.value, &bundles);
        status.never_ever_deployed = self.last_update_status(id).await?.is_none();
        status.superseded = self.superseded(&caller, &record.value.settings).await?.is_some();
        Ok(status)
    }

    async fn create_deployment(
        &self,
        creation: &DeploymentCreation,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        // One side after the other: the error about the project must not reveal whether the
        // infrastructure exists (R-P2).
        let infra = self.infra_for(&caller, Operation::ViewInfra, &creation.infra_id).await?;
        let key = &creation.published_project_key;
        let project = self.project_for(&caller, Operation::ViewProject, key).await?;
        let named = ResourceRef::new(DeploymentRecord::NOUN, &creation.deployment_id);
        let scope = Scope::deployment(&infra.value, &project.value);
        allow(&caller, Operation::CreateDeployment, scope, named)?;
        let bundle = self.bundle_of(key, &creation.bundle_id).await?;
        heed(&infra.value, &bundle.published, warnings)?;
        let settings = DeploymentSettings::for_new(creation, &infra.value);
        self.is_free(&settings.id).await?;
        let record = DeploymentRecord {
            created_by: caller.login.clone(),
            modified_by: caller.login.clone(),
            settings,
        };
        let commit = Commit::new()
            .create(&record)?
            .unchanged(&infra)
            .unchanged(&project)
            .unchanged(&bundle.record)
            .refer(references_to(&InfraSettings::KIND, &creation.infra_id))
            .refer(references_to(&PublishedProjectSettings::KIND, key));
        let commit = self.claim(&caller, &record.settings, commit).await?;
        self.repository().commit(commit).await
    }

    async fn delete_deployment(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let found = self.deployment_for(&caller, Operation::DeleteDeployment, id).await?;
        // In a task of its own: a cancelled call must not leave a lease.
        let (this, id) = (self.clone(), id.clone());
        let removed = tokio::spawn(async move {
            let taken = this.deployer.take_deployment(&id).await?;
            let removed = this.remove_under(&taken.lease, &found).await;
            this.deployer.release(&taken.lease).await;
            removed
        });
        removed.await.unwrap_or_else(|error| Err(DeployerError::state("a deployment", error)))
    }

    async fn deployment_status(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentHeavyStatus, DeployerError> {
        let caller = self.caller().await?;
        let deployment = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let settings = &deployment.record.value.settings;
        let infra = &deployment.infra.value;
        if let Some(superseded) = self.superseded(&caller, settings).await? {
            // What the nodes have is another deployment's.
            let mut status = DeploymentHeavyStatus::new(id.clone(), Health::OutOfSync);
            status.health_messages = [superseded.message()].into_iter().collect();
            return Ok(status);
        }
        let last_update = self.last_update_status(id).await?;
        let desired = DesiredState::of(settings, infra);
        let nodes = match last_update {
            // Nothing was deployed yet.
            None => Vec::new(),
            Some(_) => self.observe_nodes(infra, &settings.deployed_project_key, &desired).await,
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
        let caller = self.caller().await?;
        let deployment = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let settings = &deployment.record.value.settings;
        let bundle = bundle.unwrap_or(&settings.bundle_id);
        let bundle = self.bundle_of(&settings.published_project_key, bundle).await?;
        Ok(governance_status(&deployment.infra.value, &bundle.published))
    }

    async fn deployment_settings(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentSettings, DeployerError> {
        let caller = self.caller().await?;
        let found = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        Ok(found.record.value.settings)
    }

    async fn save_deployment_settings(
        &self,
        settings: &DeploymentSettings,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        let found = self.deployment_for(&caller, Operation::EditDeployment, &settings.id).await?;
        settings.validate_change(&found.record.value.settings).map_err(|problems| {
            let object = ResourceRef::new(DeploymentRecord::NOUN, &settings.id);
            DeployerError::Invalid { object, problems }
        })?;
        let bundle = self.bundle_of(&settings.published_project_key, &settings.bundle_id).await?;
        heed(&found.infra.value, &bundle.published, warnings)?;
        let changed = DeploymentRecord {
            settings: settings.clone(),
            created_by: found.record.value.created_by.clone(),
            modified_by: caller.login.clone(),
        };
        let project = &settings.published_project_key;
        let commit = Commit::new()
            .replace(&found.record, &changed)?
            .unchanged(&found.infra)
            .unchanged(&found.project)
            .unchanged(&bundle.record)
            .refer(references_to(&PublishedProjectSettings::KIND, project));
        let commit = match warnings {
            Warnings::AsErrors => commit,
            Warnings::Ignore => self.claim(&caller, settings, commit).await?,
        };
        self.repository().commit(commit).await
    }
}

impl DeployerSession {
    /// The deployments that a caller may see. A deployment that cannot be read, or whose
    /// infrastructure or project cannot, is left out and does not fail the list (R-I9).
    pub(super) async fn visible_deployments(
        &self,
        caller: &Caller,
    ) -> Result<Vec<ListedDeployment>, DeployerError> {
        let infras = self.repository().readable::<InfraSettings>().await?;
        let infras: BTreeMap<_, _> =
            infras.into_iter().map(|found| (found.id.clone(), Arc::new(found))).collect();
        let projects = self.repository().readable::<PublishedProjectSettings>().await?;
        let projects: BTreeMap<_, _> =
            projects.into_iter().map(|found| (found.id.clone(), Arc::new(found))).collect();
        let with_sides = |record: DeploymentRecord| {
            let infra = Arc::clone(infras.get(&record.settings.infra_id)?);
            let project = Arc::clone(projects.get(&record.settings.published_project_key)?);
            Some(ListedDeployment { record, infra, project })
        };
        let records = self.repository().readable::<DeploymentRecord>().await?;
        let visible = |found: &ListedDeployment| {
            let scope = Scope::deployment(&found.infra, &found.project);
            may(caller, Operation::ViewDeployment, scope)
        };
        Ok(records.into_iter().filter_map(with_sides).filter(visible).collect())
    }

    async fn is_free(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        if self.repository().find::<DeploymentRecord>(id).await?.is_none() {
            return Ok(());
        }
        Err(DeployerError::AlreadyExists(ResourceRef::new(DeploymentRecord::NOUN, id)))
    }

    /// The bundles of all published projects, each in the order in which they were published.
    async fn bundles_by_project(
        &self,
    ) -> Result<BTreeMap<ProjectKey, Vec<PublishedBundle>>, DeployerError> {
        let mut by_project: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for record in self.repository().readable::<BundleRecord>().await? {
            by_project.entry(record.project.clone()).or_default().push(record);
        }
        Ok(by_project.into_iter().map(|(key, records)| (key, in_order(records))).collect())
    }

    /// Removes the updates first: what is left after a death is a deployment that can be deleted again.
    async fn remove_under(&self, lease: &Lease, found: &Deployment) -> Result<(), DeployerError> {
        let settings = &found.record.value.settings;
        self.remove_updates(lease, &settings.id).await?;
        let mut commit = Commit::new()
            .remove(&found.record)
            .unchanged(&found.infra)
            .unchanged(&found.project)
            .fenced_by(lease);
        commit = self.release_key(settings, commit).await?;
        if let Some(latest) = self.repository().find::<LatestUpdate>(&settings.id).await? {
            commit = commit.remove(&latest);
        }
        self.repository().commit(commit).await
    }

    /// Refuses an operation when deployments use the object. The error names the deployments that
    /// the caller may see, and counts the others (R-P8).
    pub(super) async fn not_used_by(
        &self,
        caller: &Caller,
        object: ResourceRef,
        users: &[DeploymentRecord],
    ) -> Result<(), DeployerError> {
        if users.is_empty() {
            return Ok(());
        }
        let visible = self.visible_deployments(caller).await?;
        let seen = |user: &&DeploymentRecord| {
            visible.iter().any(|known| known.record.settings.id == user.settings.id)
        };
        let (named, hidden): (Vec<_>, Vec<_>) = users.iter().partition(seen);
        let mut users: Vec<_> = named.iter().map(|user| user.settings.id.to_string()).collect();
        match hidden.len() {
            0 => {}
            1 => users.push("one deployment that you may not see".to_owned()),
            many => users.push(format!("{many} deployments that you may not see")),
        }
        Err(DeployerError::InUse { object, users: users.join(", ") })
    }
}
