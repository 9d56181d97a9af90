use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::stage::{InfraList, Stage, StageCatalogue, StageError};
use project_deployer_core::{InfraId, StageId};
use project_deployer_store::{Commit, DocumentKey};

use super::maintenance::without_those_of;
use super::{DeployerSession, View, allow};
use crate::audit::{Action, Change};
use crate::state::{Record as _, RecordCommit as _, Stages, VersionedRecord, references_to};

/// Only global administrators change stages (R-I2).
///
/// # Errors
///
/// Every method fails when the caller is no global administrator, when the change breaks a rule of
/// [`StageCatalogue`], or when the stages were changed concurrently.
impl DeployerSession {
    /// Adds a stage at the end.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or a stage of that name exists.
    pub async fn add_stage(&self, stage: Stage) -> Result<(), DeployerError> {
        self.change_stages(|stages| stages.add(stage)).await
    }

    /// Replaces the description of a stage.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such stage.
    pub async fn describe_stage(&self, id: &StageId, desc: &str) -> Result<(), DeployerError> {
        self.change_stages(|stages| stages.describe(id, desc)).await
    }

    /// Replaces the name of a stage, also in the settings of its infrastructures, and its description: what is given
    /// changes in one commit.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such stage, or another stage has the new name.
    pub async fn edit_stage(
        &self,
        id: &StageId,
        name: Option<&StageId>,
        desc: Option<&str>,
    ) -> Result<(), DeployerError> {
        match (name, desc) {
            (Some(name), desc) => self.rename_and_describe(id, name, desc).await,
            (None, Some(desc)) => self.describe_stage(id, desc).await,
            // As a change to what it is.
            (None, None) => {
                self.change_stages(|stages| match stages.get(id) {
                    Some(stage) => stages.describe(id, &stage.desc),
                    None => stages.describe(id, ""),
                })
                .await
            }
        }
    }

    /// Reorders the stages.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the order does not name each stage once.
    pub async fn reorder_stages(&self, order: &[StageId]) -> Result<(), DeployerError> {
        self.change_stages(|stages| stages.reorder(order)).await
    }

    /// Replaces all stages at once: new ones, descriptions, order, and removals of stages that no infrastructure
    /// belongs to.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or a stage that is left out is in use.
    pub async fn save_stages(&self, stages: &StageCatalogue) -> Result<(), DeployerError> {
        let work = async {
            let (view, found) = self.editable_stages().await?;
            self.as_expected(&found)?;
            let guard = view.model.guard(guard());
            for stage in found.value.0.iter().filter(|stage| stages.get(&stage.id).is_none()) {
                let users = infras_on(&view, &stage.id)?;
                if !users.is_empty() {
                    let (stage, infras) = (stage.id.clone(), InfraList(users));
                    return Err(StageError::InUse { stage, infras }.into());
                }
            }
            let changed = Stages(stages.clone());
            let commit = Commit::new().replace(&found, &changed)?.unreferenced(&guard);
            let commit = without_those_of(commit, &found.value, &changed);
            self.commit(commit, Change::edited(&found.value, &changed)?).await
        };
        self.attempt(Action::Edit, named(), work).await
    }

    /// Removes a stage that no infrastructure belongs to.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such stage, it is the last one, or it is
    /// in use.
    pub async fn remove_stage(&self, id: &StageId) -> Result<(), DeployerError> {
        let work = async {
            let (view, found) = self.editable_stages().await?;
            let guard = view.model.guard(guard());
            let users = infras_on(&view, id)?;
            let changed = Stages(found.value.0.remove(id, users)?);
            let commit = Commit::new().replace(&found, &changed)?.unreferenced(&guard);
            let commit = without_those_of(commit, &found.value, &changed);
            self.commit(commit, Change::edited(&found.value, &changed)?).await
        };
        self.attempt(Action::Edit, named(), work).await
    }

    /// Renames a stage, also in the settings of its infrastructures.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such stage, or another stage has the new
    /// name.
    pub async fn rename_stage(&self, id: &StageId, new: &StageId) -> Result<(), DeployerError> {
        self.rename_and_describe(id, new, None).await
    }

    async fn rename_and_describe(
        &self,
        id: &StageId,
        new: &StageId,
        desc: Option<&str>,
    ) -> Result<(), DeployerError> {
        let work = async {
            let (view, found) = self.editable_stages().await?;
            let guard = view.model.guard(guard());
            let mut renamed = found.value.0.rename(id, new.clone())?;
            if let Some(desc) = desc {
                renamed = renamed.describe(new, desc)?;
            }
            let changed = Stages(renamed);
            let mut commit = Commit::new().replace(&found, &changed)?.unreferenced(&guard);
            commit = view.moved_maintenance(id, new, commit)?;
            for id in infras_on(&view, id)? {
                // With its node keys, which the read model does not have.
                let infra = self.repository().existing::<InfraSettings>(id).await?;
                let mut moved = infra.value.clone();
                moved.stage = new.clone();
                commit = commit.replace(&infra, &moved)?;
            }
            self.commit(commit, Change::edited(&found.value, &changed)?.by(Action::Rename)).await
        };
        self.attempt(Action::Rename, named(), work).await
    }

    async fn change_stages(
        &self,
        change: impl FnOnce(&StageCatalogue) -> Result<StageCatalogue, StageError> + Send,
    ) -> Result<(), DeployerError> {
        let work = async {
            let (_, found) = self.editable_stages().await?;
            let changed = Stages(change(&found.value.0)?);
            let record = Change::edited(&found.value, &changed)?;
            self.commit(Commit::new().replace(&found, &changed)?, record).await
        };
        self.attempt(Action::Edit, named(), work).await
    }

    async fn editable_stages(&self) -> Result<(View, VersionedRecord<Stages>), DeployerError> {
        let view = self.view().await?;
        allow(&view, Operation::EditStages, Scope::deployer(), named())?;
        let stages = view.model.stages()?;
        self.as_expected(&stages)?;
        Ok((view, stages))
    }
}

fn named() -> ResourceRef {
    ResourceRef::new(Stages::NOUN, "")
}

/// The infrastructures on a stage. One that cannot be read may be on it.
fn infras_on(view: &View, stage: &StageId) -> Result<Vec<InfraId>, DeployerError> {
    view.model.all_readable::<InfraSettings>()?;
    let on_it = view.model.infras().filter(|infra| infra.value.stage == *stage);
    Ok(on_it.map(|infra| infra.value.id.clone()).collect())
}

/// Written by every operation that puts an infrastructure on a stage.
pub(super) fn guard() -> DocumentKey {
    references_to(&Stages::KIND, Stages::ID)
}
