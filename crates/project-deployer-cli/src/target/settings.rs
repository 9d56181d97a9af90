use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::{
    DeploymentOperations as _, InfraOperations as _, ProjectOperations as _, RemoteDeployer,
    Warnings,
};
use project_deployer::core::deployment::DeploymentSettings;
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::published_project::PublishedProjectSettings;
use project_deployer::core::{DeploymentId, InfraId, ProjectKey};
use project_deployer::store::Revision;

use super::{Seen, unchanged};
use crate::failure::Failure;

type Answer<T> = Result<T, Failure>;

/// Settings with their revisions, so that no change is lost.
///
/// The public API has no revisions. There, a save reads the settings again and refuses if they are others; what changes in
/// the moment between this and the save is overwritten.
///
/// # Errors
///
/// The Deployer refuses the call or does not answer, or somebody changed the settings since.
#[async_trait]
pub(crate) trait VersionedSettings: fmt::Debug + Send + Sync {
    async fn infra_seen(&self, id: &InfraId) -> Answer<Seen<InfraSettings>>;
    async fn change_infra(&self, changed: &InfraSettings, seen: &str) -> Answer<()>;
    async fn project_seen(&self, key: &ProjectKey) -> Answer<Seen<PublishedProjectSettings>>;
    async fn change_project(&self, changed: &PublishedProjectSettings, seen: &str) -> Answer<()>;
    async fn deployment_seen(&self, id: &DeploymentId) -> Answer<Seen<DeploymentSettings>>;
    async fn change_deployment(
        &self,
        changed: &DeploymentSettings,
        seen: &str,
        warnings: Warnings,
    ) -> Answer<()>;
}

/// A session whose changes expect this revision.
pub(super) fn expecting(session: &DeployerSession, seen: &str) -> Answer<DeployerSession> {
    let revision = seen.parse().map_err(|_| {
        Failure::usage(format!(
            "`{seen}` is no revision; write the one that `settings` or `show` printed"
        ))
    })?;
    Ok(session.expecting(Revision(revision)))
}

/// A document of the engine.
pub(super) fn of_store<T>(read: project_deployer::Versioned<T>) -> Seen<T> {
    Seen { revision: read.revision.0.to_string(), value: read.value }
}

#[async_trait]
impl VersionedSettings for DeployerSession {
    async fn infra_seen(&self, id: &InfraId) -> Answer<Seen<InfraSettings>> {
        Ok(of_store(self.infra_settings_at(id).await?))
    }

    async fn change_infra(&self, changed: &InfraSettings, seen: &str) -> Answer<()> {
        Ok(expecting(self, seen)?.save_infra_settings(changed).await?)
    }

    async fn project_seen(&self, key: &ProjectKey) -> Answer<Seen<PublishedProjectSettings>> {
        Ok(of_store(self.project_settings_at(key).await?))
    }

    async fn change_project(&self, changed: &PublishedProjectSettings, seen: &str) -> Answer<()> {
        Ok(expecting(self, seen)?.save_project_settings(changed).await?)
    }

    async fn deployment_seen(&self, id: &DeploymentId) -> Answer<Seen<DeploymentSettings>> {
        Ok(of_store(self.deployment_settings_at(id).await?))
    }

    async fn change_deployment(
        &self,
        changed: &DeploymentSettings,
        seen: &str,
        warnings: Warnings,
    ) -> Answer<()> {
        Ok(expecting(self, seen)?.save_deployment_settings(changed, warnings).await?)
    }
}

#[async_trait]
impl VersionedSettings for RemoteDeployer {
    async fn infra_seen(&self, id: &InfraId) -> Answer<Seen<InfraSettings>> {
        let settings = self.infra_settings(id).await?;
        let document = settings.to_document();
        Ok(Seen::digested(settings, &document))
    }

    async fn change_infra(&self, changed: &InfraSettings, seen: &str) -> Answer<()> {
        let now = self.infra_seen(&changed.id).await?;
        unchanged("infrastructure", &changed.id, &now, seen)?;
        Ok(self.save_infra_settings(changed).await?)
    }

    async fn project_seen(&self, key: &ProjectKey) -> Answer<Seen<PublishedProjectSettings>> {
        let settings = self.project_settings(key).await?;
        let document = settings.to_document();
        Ok(Seen::digested(settings, &document))
    }

    async fn change_project(&self, changed: &PublishedProjectSettings, seen: &str) -> Answer<()> {
        let now = self.project_seen(&changed.id).await?;
        unchanged("published project", &changed.id, &now, seen)?;
        Ok(self.save_project_settings(changed).await?)
    }

    async fn deployment_seen(&self, id: &DeploymentId) -> Answer<Seen<DeploymentSettings>> {
        let settings = self.deployment_settings(id).await?;
        let document = settings.to_document();
        Ok(Seen::digested(settings, &document))
    }

    async fn change_deployment(
        &self,
        changed: &DeploymentSettings,
        seen: &str,
        warnings: Warnings,
    ) -> Answer<()> {
        let now = self.deployment_seen(&changed.id).await?;
        unchanged("deployment", &changed.id, &now, seen)?;
        Ok(self.save_deployment_settings(changed, warnings).await?)
    }
}
