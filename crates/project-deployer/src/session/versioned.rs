//! Reads with a revision, and writes that expect one, for callers who show a document before they change it.

use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::Operation;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::{DeploymentId, GroupName, InfraId, Login, ProjectKey};
use project_deployer_store::{DocumentKey, Expected, Revision, StoreError};

use super::DeployerSession;
use crate::state::{AsRead, Record as _, unavailable};

/// A document, and the revision of the store that wrote it last.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versioned<T> {
    /// The document.
    pub value: T,
    /// Its revision. It is 0 for one that was never written, such as the stages that are shipped.
    pub revision: Revision,
}

impl<T> Versioned<T> {
    pub(super) fn of(value: T, read: &impl AsRead) -> Self {
        Self { value, revision: revision_of(read) }
    }
}

/// The revision of a document as it was read; 0 for one that was never written.
pub(crate) fn revision_of(read: &impl AsRead) -> Revision {
    match read.expected() {
        Expected::Revision(revision) => revision,
        Expected::Absent | Expected::Any => Revision(0),
    }
}

impl DeployerSession {
    /// The same session, whose changes of an object expect that its document has this revision. They fail with
    /// [`DeployerError::ChangedMeanwhile`] if it has another one. Use it for one change of one object: settings of an
    /// infrastructure, a published project or a deployment, a user, a group or an API key, and their deletion; or of the
    /// stages.
    #[must_use]
    pub fn expecting(&self, revision: Revision) -> Self {
        Self { expected: Some(revision), ..self.clone() }
    }

    /// Refuses a change of a document that is no longer as the caller saw it.
    pub(super) fn as_expected(&self, found: &impl AsRead) -> Result<(), DeployerError> {
        let is = Versioned::of((), found).revision;
        match self.expected {
            Some(wanted) if wanted != is => {
                let DocumentKey { collection, id } = found.key();
                Err(unavailable(StoreError::Conflict(collection.key(id))))
            }
            _ => Ok(()),
        }
    }
}

impl DeployerSession {
    /// The stages.
    ///
    /// # Errors
    ///
    /// The caller may not log in, or the store does not answer.
    pub async fn stages_at(&self) -> Result<Versioned<StageCatalogue>, DeployerError> {
        let stages = self.view().await?.model.stages()?;
        Ok(Versioned::of(stages.value.0.clone(), &stages))
    }

    /// The settings of an infrastructure, with its node keys.
    ///
    /// # Errors
    ///
    /// It does not exist for the caller, or the caller may not read its settings.
    pub async fn infra_settings_at(
        &self,
        id: &InfraId,
    ) -> Result<Versioned<InfraSettings>, DeployerError> {
        let view = self.view().await?;
        let found = self.infra_with_keys(&view, Operation::ReadInfraSettings, id).await?;
        Ok(Versioned::of(found.value.clone(), &found))
    }

    /// The settings of a published project.
    ///
    /// # Errors
    ///
    /// It does not exist for the caller, or the caller may not read its settings.
    pub async fn project_settings_at(
        &self,
        key: &ProjectKey,
    ) -> Result<Versioned<PublishedProjectSettings>, DeployerError> {
        let view = self.view().await?;
        let found = view.project_for(Operation::ReadProjectSettings, key)?;
        Ok(Versioned::of(PublishedProjectSettings::clone(&found.value), found))
    }

    /// The settings of a deployment.
    ///
    /// # Errors
    ///
    /// It does not exist for the caller.
    pub async fn deployment_settings_at(
        &self,
        id: &DeploymentId,
    ) -> Result<Versioned<DeploymentSettings>, DeployerError> {
        let found = self.view().await?.deployment_for(Operation::ViewDeployment, id)?;
        Ok(Versioned::of(found.record.value.settings.clone(), &found.record))
    }

    /// A user with all its fields.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such user.
    pub async fn user_at(&self, login: &Login) -> Result<Versioned<User>, DeployerError> {
        let view = self.accounts().await?;
        let found = view.model.user(login)?;
        let found = found.ok_or_else(|| DeployerError::not_found(User::NOUN, login))?;
        Ok(Versioned::of(User::clone(&found.value), found))
    }

    /// A group with all its fields.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such group.
    pub async fn group_at(&self, name: &GroupName) -> Result<Versioned<Group>, DeployerError> {
        let view = self.accounts().await?;
        let found = view.model.group(name)?;
        let found = found.ok_or_else(|| DeployerError::not_found(Group::NOUN, name))?;
        Ok(Versioned::of(Group::clone(&found.value), found))
    }
}
