use std::ops::Deref;
use std::sync::Arc;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::Group;
use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::{BundleId, DeploymentId, InfraId, Login, ProjectKey};
use project_deployer_store::DocumentKey;

use super::{DeployerSession, Who, allow, maintenance};
use crate::authentication::enabled;
use crate::read_model::{InfraWithoutKeys, Kept, Snapshot, Visibility};
use crate::state::{BundleRecord, DeploymentRecord, Record as _, VersionedRecord};

/// A caller with its rights, and the documents, both as they were when an operation began.
pub(super) struct View {
    caller: Arc<Caller>,
    pub(super) model: Arc<Snapshot>,
}

/// A deployment with the objects that decide about rights on it.
pub(super) struct Deployment {
    pub(super) record: Kept<DeploymentRecord>,
    pub(super) infra: Kept<InfraWithoutKeys>,
    pub(super) project: Kept<PublishedProjectSettings>,
    /// The state of the guard of maintenance, for commits that a maintenance prevents.
    pub(super) maintenance: VersionedRecord<DocumentKey>,
    /// Whether the infrastructure is of a fleet, and how, for commits that a quarantine prevents.
    pub(super) managed: VersionedRecord<DocumentKey>,
}

/// A bundle that was not deleted.
pub(super) struct Bundle {
    pub(super) record: Kept<BundleRecord>,
    pub(super) published: PublishedBundle,
}

impl Deref for View {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl DeployerSession {
    /// The caller with its current rights, and the current documents.
    pub(super) async fn view(&self) -> Result<View, DeployerError> {
        let model = self.deployer.snapshot().await?;
        let caller = match &self.principal.who {
            Who::Caller(caller) => Arc::clone(caller),
            Who::User(login) => Arc::new(caller_of(&model, login)?),
        };
        Ok(View { caller, model })
    }

    /// An infrastructure with its node keys, if the caller is authorized for the operation. It is read again,
    /// so the decision is made again as well.
    pub(super) async fn infra_with_keys(
        &self,
        view: &View,
        operation: Operation,
        id: &InfraId,
    ) -> Result<VersionedRecord<InfraSettings>, DeployerError> {
        view.infra_for(operation, id)?;
        let infra = self.repository().existing::<InfraSettings>(id).await?;
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        allow(view, operation, Scope::infra(&infra.value), named)?;
        Ok(infra)
    }

    /// The same for the infrastructure of a deployment.
    pub(super) async fn with_keys(
        &self,
        view: &View,
        operation: Operation,
        deployment: &Deployment,
    ) -> Result<InfraSettings, DeployerError> {
        let infra = &deployment.infra.value.id;
        let infra = self.repository().existing::<InfraSettings>(infra).await?.value;
        let id = &deployment.record.value.settings.id;
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        allow(view, operation, Scope::deployment(&infra, &deployment.project.value), named)?;
        Ok(infra)
    }
}

/// What one of the Deployer's own users may do. A group that cannot be read gives no right.
pub(super) fn caller_of(model: &Snapshot, login: &Login) -> Result<Caller, DeployerError> {
    let user = enabled(model, login)?;
    let groups = user.groups.iter().filter_map(|name| model.group(name).ok()?);
    Ok(Caller::resolve(user, groups.map(|kept| -> &Group { &kept.value })))
}

impl View {
    pub(super) fn of(caller: Arc<Caller>, model: Arc<Snapshot>) -> Self {
        Self { caller, model }
    }

    /// The same caller with documents as they were at another time.
    pub(super) fn at(&self, model: &Arc<Snapshot>) -> Self {
        Self { caller: Arc::clone(&self.caller), model: Arc::clone(model) }
    }

    /// The caller with its rights.
    pub(super) fn caller(&self) -> Caller {
        Caller::clone(&self.caller)
    }

    /// Which deployments the caller may see.
    pub(super) fn visibility(&self) -> Visibility<'_> {
        Visibility::of(&self.model, self)
    }

    /// The infrastructure, if the caller is authorized for the operation.
    pub(super) fn infra_for(
        &self,
        operation: Operation,
        id: &InfraId,
    ) -> Result<&Kept<InfraWithoutKeys>, DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        let infra = self.model.infra(id)?;
        let infra = infra.ok_or_else(|| DeployerError::NotFound(named.clone()))?;
        allow(self, operation, Scope::infra(&infra.value), named)?;
        Ok(infra)
    }

    /// The published project, if the caller is authorized for the operation.
    pub(super) fn project_for(
        &self,
        operation: Operation,
        key: &ProjectKey,
    ) -> Result<&Kept<PublishedProjectSettings>, DeployerError> {
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, key);
        let project = self.model.project(key)?;
        let project = project.ok_or_else(|| DeployerError::NotFound(named.clone()))?;
        allow(self, operation, Scope::project(&project.value), named)?;
        Ok(project)
    }

    /// The deployment, if the caller is authorized for the operation.
    pub(super) fn deployment_for(
        &self,
        operation: Operation,
        id: &DeploymentId,
    ) -> Result<Deployment, DeployerError> {
        let record = self.model.deployment(id)?;
        let record = record.ok_or_else(|| DeployerError::not_found(DeploymentRecord::NOUN, id))?;
        let settings = &record.value.settings;
        let infra = self
            .model
            .infra(&settings.infra_id)?
            .ok_or_else(|| DeployerError::not_found(InfraSettings::NOUN, &settings.infra_id))?;
        let key = &settings.published_project_key;
        let project = self
            .model
            .project(key)?
            .ok_or_else(|| DeployerError::not_found(PublishedProjectSettings::NOUN, key))?;
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        allow(self, operation, Scope::deployment(&infra.value, &project.value), named)?;
        Ok(Deployment {
            record: record.clone(),
            infra: infra.clone(),
            project: project.clone(),
            maintenance: self.model.guard(maintenance::guard()),
            managed: self.model.as_managed(&settings.infra_id)?,
        })
    }

    /// A bundle of a published project.
    pub(super) fn bundle_of(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<Bundle, DeployerError> {
        let found = self.model.bundle(key, id)?.and_then(|record| {
            let published = record.value.published.clone()?;
            Some(Bundle { record: record.clone(), published })
        });
        found.ok_or_else(|| {
            DeployerError::not_found(BundleRecord::NOUN, format_args!("{id} of {key}"))
        })
    }
}
