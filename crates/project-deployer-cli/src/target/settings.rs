use project_deployer::DeployerSession;
use project_deployer::client::{
    DeploymentOperations as _, InfraOperations as _, ProjectOperations as _, Warnings,
};
use project_deployer::core::deployment::DeploymentSettings;
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::published_project::PublishedProjectSettings;
use project_deployer::core::{DeploymentId, InfraId, ProjectKey};
use project_deployer::store::Revision;

use super::{Face, Seen, unchanged};
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
impl Face {
    pub(crate) async fn infra_seen(&self, id: &InfraId) -> Answer<Seen<InfraSettings>> {
        match self {
            Self::Engine(session) => Ok(of_store(session.infra_settings_at(id).await?)),
            Self::Remote(remote) => {
                let settings = remote.infra_settings(id).await?;
                let document = settings.to_document();
                Ok(Seen::digested(settings, &document))
            }
        }
    }

    pub(crate) async fn change_infra(&self, changed: &InfraSettings, seen: &str) -> Answer<()> {
        match self {
            Self::Engine(session) => {
                Ok(expecting(session, seen)?.save_infra_settings(changed).await?)
            }
            Self::Remote(remote) => {
                let now = self.infra_seen(&changed.id).await?;
                unchanged("infrastructure", &changed.id, &now, seen)?;
                Ok(remote.save_infra_settings(changed).await?)
            }
        }
    }

    pub(crate) async fn project_seen(
        &self,
        key: &ProjectKey,
    ) -> Answer<Seen<PublishedProjectSettings>> {
        match self {
            Self::Engine(session) => Ok(of_store(session.project_settings_at(key).await?)),
            Self::Remote(remote) => {
                let settings = remote.project_settings(key).await?;
                let document = settings.to_document();
                Ok(Seen::digested(settings, &document))
            }
        }
    }

    pub(crate) async fn change_project(
        &self,
        changed: &PublishedProjectSettings,
        seen: &str,
    ) -> Answer<()> {
        match self {
            Self::Engine(session) => {
                Ok(expecting(session, seen)?.save_project_settings(changed).await?)
            }
            Self::Remote(remote) => {
                let now = self.project_seen(&changed.id).await?;
                unchanged("published project", &changed.id, &now, seen)?;
                Ok(remote.save_project_settings(changed).await?)
            }
        }
    }

    pub(crate) async fn deployment_seen(
        &self,
        id: &DeploymentId,
    ) -> Answer<Seen<DeploymentSettings>> {
        match self {
            Self::Engine(session) => Ok(of_store(session.deployment_settings_at(id).await?)),
            Self::Remote(remote) => {
                let settings = remote.deployment_settings(id).await?;
                let document = settings.to_document();
                Ok(Seen::digested(settings, &document))
            }
        }
    }

    pub(crate) async fn change_deployment(
        &self,
        changed: &DeploymentSettings,
        seen: &str,
        warnings: Warnings,
    ) -> Answer<()> {
        match self {
            Self::Engine(session) => {
                Ok(expecting(session, seen)?.save_deployment_settings(changed, warnings).await?)
            }
            Self::Remote(remote) => {
                let now = self.deployment_seen(&changed.id).await?;
                unchanged("deployment", &changed.id, &now, seen)?;
                Ok(remote.save_deployment_settings(changed, warnings).await?)
            }
        }
    }
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
