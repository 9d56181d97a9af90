//! Several deployments may write one project on an infrastructure (wire-facts 9.4): the newest owns
//! the project, the older ones are superseded. A superseded deployment does not update until its
//! settings are saved with warnings ignored, which makes it the owner again.

use std::collections::BTreeMap;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::messages::{InfoMessage, Severity};
use project_deployer_core::problem::ProblemCode;
use project_deployer_core::rights::Operation;
use project_deployer_core::{DeploymentId, Problems, ProjectKey};
use project_deployer_store::Commit;

use super::{DeployerSession, View};
use crate::read_model::{Kept, Visible};
use crate::readiness::SharedKey;
use crate::state::{
    DeployedKey, DeploymentRecord, Record as _, RecordCommit as _, VersionedRecord,
};

impl DeployerSession {
    /// The record of who owns the project that a deployment writes.
    pub(super) async fn deployed_key(
        &self,
        settings: &DeploymentSettings,
    ) -> Result<Option<VersionedRecord<DeployedKey>>, DeployerError> {
        self.repository().find::<DeployedKey>(DeployedKey::of(settings).id()).await
    }

    /// Removes a deployment from the record, with the commit. The newest of the others is the next
    /// owner.
    pub(super) async fn release_key(
        &self,
        settings: &DeploymentSettings,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let Some(known) = self.deployed_key(settings).await? else { return Ok(commit) };
        match known.value.without(&settings.id) {
            Some(others) => commit.replace(&known, &others),
            None => Ok(commit.remove(&known)),
        }
    }
}

impl View {
    /// Makes a deployment the owner of the project that it writes, with the commit. Whoever may not
    /// change the present owner is refused.
    pub(super) fn claim(
        &self,
        settings: &DeploymentSettings,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let Some(known) = self.deployed_key(settings)? else {
            return commit.create(&DeployedKey::of(settings));
        };
        let owner = &known.value.deployment;
        if *owner == settings.id {
            return Ok(commit.unchanged(known));
        }
        if self.deployment_for(Operation::EditDeployment, owner).is_err() {
            return Err(taken(settings));
        }
        let owned = known.value.owned_by(settings.id.clone());
        commit.replace(known, &owned)
    }

    /// Whom a deployment would claim its project from; none if it owns it, or nobody does. Whoever may not change the
    /// present owner is refused.
    pub(super) fn claimed_from(
        &self,
        settings: &DeploymentSettings,
    ) -> Result<Option<DeploymentId>, DeployerError> {
        let known = self.deployed_key(settings)?;
        let owner = known.map(|known| &known.value.deployment);
        let Some(owner) = owner.filter(|owner| **owner != settings.id) else { return Ok(None) };
        match self.deployment_for(Operation::EditDeployment, owner) {
            Ok(_) => Ok(Some(owner.clone())),
            Err(_) => Err(taken(settings)),
        }
    }

    /// Who supersedes a deployment, for a message; `None` if it owns its project. The name of a
    /// deployment that the caller may not see is left out (R-P8).
    pub(super) fn superseded(
        &self,
        settings: &DeploymentSettings,
    ) -> Result<Option<Superseded>, DeployerError> {
        let Some(known) = self.deployed_key(settings)? else { return Ok(None) };
        let owner = &known.value.deployment;
        if *owner == settings.id {
            return Ok(None);
        }
        let visible = self.deployment_for(Operation::ViewDeployment, owner).is_ok();
        let by = visible.then(|| owner.clone());
        Ok(Some(Superseded { by, project: known.value.key.clone() }))
    }

    fn deployed_key(
        &self,
        settings: &DeploymentSettings,
    ) -> Result<Option<&Kept<DeployedKey>>, DeployerError> {
        self.model.deployed_key(&DeployedKey::of(settings).id())
    }
}

/// The projects that several of these deployments of an infrastructure write.
pub(super) fn shared_keys(deployments: &[Visible<'_>]) -> BTreeMap<ProjectKey, SharedKey> {
    SharedKey::among(deployments.iter().map(|found| {
        let settings = &found.record.settings;
        (settings.deployed_project_key.clone(), settings.id.clone(), found.superseded)
    }))
}

/// A deployment that does not own the project that it writes.
pub(super) struct Superseded {
    by: Option<DeploymentId>,
    project: ProjectKey,
}

impl Superseded {
    fn owner(&self) -> String {
        match &self.by {
            Some(owner) => format!("deployment `{owner}`"),
            None => "a deployment that you may not see".to_owned(),
        }
    }

    pub(super) fn message(&self) -> InfoMessage {
        let text = format!("superseded: {} owns project `{}`", self.owner(), self.project);
        InfoMessage::new(Severity::Warning, "WARN_DEPLOYMENT_SUPERSEDED", "Superseded", text)
    }

    pub(super) fn refusal(&self, id: &DeploymentId) -> DeployerError {
        let what = format!(
            "deployment `{id}` is superseded: {} owns project `{}`",
            self.owner(),
            self.project
        );
        let hint = "update that one, or save the settings of this one with warnings ignored to \
                    make it the owner";
        DeployerError::not_possible(what, hint)
    }
}

/// Two deployments that write the same project would overwrite each other, so only those who may
/// change the owner may supersede it.
fn taken(new: &DeploymentSettings) -> DeployerError {
    let mut problems = Problems::none();
    problems.note(
        "deployedProjectKey",
        ProblemCode::Conflict,
        format!(
            "another deployment on `{}` has the key `{}`, and you may not change it",
            new.infra_id, new.deployed_project_key
        ),
        "choose another key",
    );
    let object = ResourceRef::new(DeploymentRecord::NOUN, &new.id);
    DeployerError::Invalid { object, problems }
}
