//! A session of one caller: every operation runs under the caller's rights.

mod accounts;
mod bundles;
mod deployments;
mod diagnostics;
mod infras;
mod light_status;
mod node_keys;
mod ownership;
mod projects;
mod readiness;
mod stages;
mod status;
mod testing;
mod update_log;
mod updates;

pub use self::update_log::UpdateLogPart;

use std::sync::Arc;

use crate::deployer::Deployer;
use crate::state::{BundleRecord, DeploymentRecord, Record, Repository, VersionedRecord};
use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Outcome, Scope, authorize, explain};
use project_deployer_core::{BundleId, DeploymentId, InfraId, Login, ProjectKey};

/// A [`Deployer`] under the rights of one caller.
///
/// It implements [`ProjectDeployer`](project_deployer_client::ProjectDeployer), the operations of
/// the public API. Its own methods are those that the public API lacks: to change stages, to check
/// an infrastructure, to wait for an update.
#[derive(Debug, Clone)]
pub struct DeployerSession {
    deployer: Deployer,
    who: Who,
}

#[derive(Debug, Clone)]
enum Who {
    Caller(Caller),
    User(Login),
}

/// A deployment with the objects that decide about rights on it, to change them.
struct Deployment {
    record: VersionedRecord<DeploymentRecord>,
    infra: VersionedRecord<InfraSettings>,
    project: VersionedRecord<PublishedProjectSettings>,
}

/// A deployment of a list, with the objects that decide about rights on it. They have no node keys.
struct ListedDeployment {
    record: DeploymentRecord,
    infra: Arc<InfraSettings>,
    project: Arc<PublishedProjectSettings>,
}

impl DeployerSession {
    pub(crate) fn for_caller(deployer: Deployer, caller: Caller) -> Self {
        Self { deployer, who: Who::Caller(caller) }
    }

    pub(crate) fn for_user(deployer: Deployer, login: Login) -> Self {
        Self { deployer, who: Who::User(login) }
    }

    fn repository(&self) -> &Repository {
        &self.deployer.inner.repository
    }

    /// The caller with its current rights.
    async fn caller(&self) -> Result<Caller, DeployerError> {
        let login = match &self.who {
            Who::Caller(caller) => return Ok(caller.clone()),
            Who::User(login) => login,
        };
        let user = self.repository().find::<User>(login).await?.map(|user| user.value);
        let user = user.filter(|user| user.enabled).ok_or_else(|| {
            DeployerError::not_possible(
                format!("login `{login}` is not an enabled user of this Deployer"),
                "create or enable the user first",
            )
        })?;
        let groups = self.repository().all::<Group>().await?;
        Ok(Caller::resolve(&user, &groups))
    }

    /// The infrastructure, if the caller is authorized for the operation.
    async fn infra_for(
        &self,
        caller: &Caller,
        operation: Operation,
        id: &InfraId,
    ) -> Result<VersionedRecord<InfraSettings>, DeployerError> {
        let infra = self.existing::<InfraSettings>(id.as_str()).await?;
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        allow(caller, operation, Scope::infra(&infra.value), named)?;
        Ok(infra)
    }

    /// The published project, if the caller is authorized for the operation.
    async fn project_for(
        &self,
        caller: &Caller,
        operation: Operation,
        key: &ProjectKey,
    ) -> Result<VersionedRecord<PublishedProjectSettings>, DeployerError> {
        let project = self.existing::<PublishedProjectSettings>(key.as_str()).await?;
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, key);
        allow(caller, operation, Scope::project(&project.value), named)?;
        Ok(project)
    }

    /// The deployment, if the caller is authorized for the operation.
    async fn deployment_for(
        &self,
        caller: &Caller,
        operation: Operation,
        id: &DeploymentId,
    ) -> Result<Deployment, DeployerError> {
        let record = self.existing::<DeploymentRecord>(id.as_str()).await?;
        let settings = &record.value.settings;
        let infra = self.existing::<InfraSettings>(settings.infra_id.as_str()).await?;
        let key = settings.published_project_key.as_str();
        let project = self.existing::<PublishedProjectSettings>(key).await?;
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        allow(caller, operation, Scope::deployment(&infra.value, &project.value), named)?;
        Ok(Deployment { record, infra, project })
    }

    async fn existing<T: Record>(&self, id: &str) -> Result<VersionedRecord<T>, DeployerError> {
        let found = self.repository().find::<T>(id).await?;
        found.ok_or_else(|| DeployerError::not_found(T::NOUN, id))
    }

    /// The bundles of a published project, in the order in which they were published.
    async fn bundles_of(&self, key: &ProjectKey) -> Result<Vec<PublishedBundle>, DeployerError> {
        let prefix = BundleRecord::prefix(key);
        Ok(in_order(self.repository().all_below::<BundleRecord>(&prefix).await?))
    }

    /// A bundle of a published project.
    async fn bundle_of(&self, key: &ProjectKey, id: &BundleId) -> Result<Bundle, DeployerError> {
        let found = self.repository().find::<BundleRecord>(BundleRecord::record_id(key, id));
        let found = found.await?.and_then(|record| {
            let published = record.value.published.clone()?;
            Some(Bundle { record, published })
        });
        found.ok_or_else(|| {
            DeployerError::not_found(BundleRecord::NOUN, format_args!("{id} of {key}"))
        })
    }
}

/// A bundle that was not deleted.
struct Bundle {
    record: VersionedRecord<BundleRecord>,
    published: PublishedBundle,
}

/// The bundles that were not deleted, by the time when they were published.
fn in_order(records: impl IntoIterator<Item = BundleRecord>) -> Vec<PublishedBundle> {
    let mut bundles: Vec<_> = records.into_iter().filter_map(|record| record.published).collect();
    bundles.sort_by_key(|bundle| bundle.published_on);
    bundles
}

/// Refuses an operation that the caller has no right to. An object that the caller may not see does
/// not exist for the caller (R-P2).
fn allow(
    caller: &Caller,
    operation: Operation,
    scope: Scope<'_>,
    named: ResourceRef,
) -> Result<(), DeployerError> {
    authorize(caller, operation, scope).map_err(|refusal| match refusal.outcome {
        Outcome::Hidden => DeployerError::NotFound(named),
        Outcome::Allowed | Outcome::Forbidden => DeployerError::Forbidden(refusal),
    })
}

fn may(caller: &Caller, operation: Operation, scope: Scope<'_>) -> bool {
    authorize(caller, operation, scope).is_ok()
}

/// Whether an infrastructure or a published project alone allows the caller to deploy. The other
/// side is checked when a deployment is created.
fn may_deploy(caller: &Caller, scope: Scope<'_>) -> bool {
    let explanation = explain(caller, Operation::CreateDeployment, scope);
    let infra = explanation.infra.map(|(_, side)| side);
    let project = explanation.project.map(|(_, side)| side);
    let sides = infra.or(project).or(explanation.deployer);
    sides.is_some_and(|side| side.outcome == Outcome::Allowed)
}
