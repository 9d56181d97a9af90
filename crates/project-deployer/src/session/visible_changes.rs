//! Which changes a caller sees.

use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::GroupName;
use project_deployer_core::rights::Operation;

use super::view::caller_of;
use super::{DeployerSession, View, Who};
use crate::feed::{ChangeBatch, ChangedObject, ObjectChange};
use crate::read_model::Snapshot;

/// What a caller sees of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VisibleChanges {
    /// These. One that the caller may no longer see is deleted for the caller.
    Changes(Vec<ObjectChange>),
    /// What the caller may see changed as a whole, or it is unknown whether the caller saw an object that is gone: read
    /// everything again.
    StartOver,
}

impl DeployerSession {
    /// The changes of a batch that the caller sees.
    ///
    /// # Errors
    ///
    /// The caller may not log in any more.
    pub fn visible_changes(&self, batch: &ChangeBatch) -> Result<VisibleChanges, DeployerError> {
        let view = self.view_at(&batch.model)?;
        // Without documents from before, nobody knows what the caller saw. An administrator saw everything.
        let is_unknown = batch.before.is_empty() && !batch.changes.is_empty() && !view.global_admin;
        if is_unknown || self.rights_changed(&view, batch) {
            return Ok(VisibleChanges::StartOver);
        }
        let mut visible = Vec::new();
        for change in &batch.changes {
            let is_seen = view.sees_object(&change.object) == Some(true);
            let seen =
                batch.before.iter().find_map(|model| view.at(model).sees_object(&change.object));
            match (is_seen && !change.deleted, seen) {
                (true, _) => visible.push(change.clone()),
                (false, Some(true)) => {
                    visible.push(ObjectChange { deleted: true, ..change.clone() })
                }
                // It is hidden, and was.
                (false, Some(false)) => {}
                // The project says whether the caller saw the bundle.
                (false, None) if is_seen => visible.push(change.clone()),
                (false, None) if change.deleted && !view.global_admin => {
                    return Ok(VisibleChanges::StartOver);
                }
                (false, None) if change.deleted => visible.push(change.clone()),
                (false, None) => {}
            }
        }
        Ok(VisibleChanges::Changes(visible))
    }

    fn view_at(&self, model: &Arc<Snapshot>) -> Result<View, DeployerError> {
        let caller = match &self.principal.who {
            Who::Caller(caller) => Arc::clone(caller),
            Who::User(login) => Arc::new(caller_of(model, login)?),
        };
        Ok(View::of(caller, Arc::clone(model)))
    }

    /// Whether the caller has other rights than before.
    fn rights_changed(&self, view: &View, batch: &ChangeBatch) -> bool {
        let Who::User(login) = &self.principal.who else { return false };
        let before = batch.before.first().and_then(|model| caller_of(model, login).ok());
        let groups = before.map(|caller| caller.groups).unwrap_or_default();
        let is_own = |name: &GroupName| view.groups.contains(name) || groups.contains(name);
        batch.changes.iter().any(|change| match &change.object {
            ChangedObject::User(changed) => changed == login,
            ChangedObject::Group(name) => is_own(name),
            _ => false,
        })
    }
}

impl View {
    /// Whether the caller sees an object; none if these documents do not have it.
    fn sees_object(&self, object: &ChangedObject) -> Option<bool> {
        // What cannot be read is hidden.
        let sees = |answer: Result<(), DeployerError>| Some(answer.is_ok());
        match object {
            // Every caller may list them.
            ChangedObject::Stages | ChangedObject::User(_) | ChangedObject::Group(_) => Some(true),
            ChangedObject::Infra(id) => {
                self.model.infra(id).ok().flatten()?;
                sees(self.infra_for(Operation::ViewInfra, id).map(|_| ()))
            }
            ChangedObject::Project(key) | ChangedObject::Bundle(key, _) => {
                self.model.project(key).ok().flatten()?;
                sees(self.project_for(Operation::ViewProject, key).map(|_| ()))
            }
            ChangedObject::Deployment(id) | ChangedObject::Update { deployment: id, .. } => {
                self.model.deployment(id).ok().flatten()?;
                sees(self.deployment_for(Operation::ViewDeployment, id).map(|_| ()))
            }
        }
    }
}
