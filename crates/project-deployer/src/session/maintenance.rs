//! Maintenance of infrastructures, stages, and everything.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{StageId, Timestamp};
use project_deployer_store::{Commit, DocumentKey, Expected};

use super::{DeployerSession, View, allow, may};
use crate::audit::{Action, Change};
use crate::causes::with_causes;
use crate::maintenance::{
    Maintenance, MaintenanceRequest, MaintenanceScope, UnreadableMaintenance,
};
use crate::read_model::Kept;
use crate::state::{Found, Record, RecordCommit as _, Stages, references_to};
use crate::windows::WindowSet;

/// What is said of a maintenance that cannot be read to those who may not end it.
const NOT_SHOWN: &str = "those who may end it see why";

/// Maintenance (M7). Administrators of an infrastructure start and end that of the infrastructure. That of a stage and of
/// everything is for global administrators.
impl DeployerSession {
    /// The maintenance that there is and that can be read, where the caller sees the infrastructure. What has ended by
    /// itself is left out. [`unreadable_maintenances`](Self::unreadable_maintenances) has what cannot be read.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn maintenances(&self) -> Result<Vec<Maintenance>, DeployerError> {
        let view = self.view().await?;
        Ok(view.active_maintenances(self.deployer.now()))
    }

    /// The maintenance that this version of the program cannot read, for those who may end it: the administrators of the
    /// infrastructure, or of the Deployer (M3).
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn unreadable_maintenances(
        &self,
    ) -> Result<Vec<UnreadableMaintenance>, DeployerError> {
        let view = self.view().await?;
        let scopes = view.model.unreadable::<Maintenance>().filter_map(|id| id.parse().ok());
        let scopes = scopes.filter(|scope: &MaintenanceScope| view.may_administer(scope));
        let unreadable = scopes.filter_map(|scope| {
            let error = view.model.maintenance(&scope).err()?;
            Some(UnreadableMaintenance { scope, reason: with_causes(&error) })
        });
        Ok(unreadable.collect())
    }

    /// Starts a maintenance: from then on, new updates and deletions are refused there. It replaces one of the same scope, also
    /// one that this version of the program cannot read.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; or there is no such infrastructure or stage;
    /// or the request has no reason, or a time in the past.
    pub async fn start_maintenance(
        &self,
        request: MaintenanceRequest,
    ) -> Result<Maintenance, DeployerError> {
        let named = ResourceRef::new(Maintenance::NOUN, &request.scope);
        let work = async {
            let view = self.view().await?;
            let commit = view.administers(Maintenance::NOUN, &request.scope, Commit::new())?;
            let new = request.begun(view.login.clone(), self.deployer.now())?;
            let old = self.repository().find_readable::<Maintenance>(&new.scope).await?;
            // Updates that start at the same time notice it.
            let commit = commit.refer(guard());
            let (commit, change) = match &old {
                Found::Readable(old) => {
                    (commit.replace(old, &new)?, Change::edited(&old.value, &new)?)
                }
                Found::Absent => (commit.create(&new)?, Change::created(&new)?),
                Found::Unreadable { expected, .. } => {
                    (commit.replace_unreadable(*expected, &new)?, Change::created(&new)?)
                }
            };
            self.commit(commit, change).await?;
            Ok(new)
        };
        self.attempt(Action::Save, named, work).await
    }

    /// Ends a maintenance, also one that this version of the program cannot read.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; or there is no such maintenance.
    pub async fn end_maintenance(&self, scope: &MaintenanceScope) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            let commit = view.administers(Maintenance::NOUN, scope, Commit::new())?;
            self.remove_kept::<Maintenance>(Maintenance::NOUN, scope, commit).await
        };
        self.attempt(Action::Delete, ResourceRef::new(Maintenance::NOUN, scope), work).await
    }

    /// Removes what is kept of a scope, also where this version of the program cannot read it.
    pub(super) async fn remove_kept<T: Record>(
        &self,
        noun: &'static str,
        scope: &MaintenanceScope,
        commit: Commit,
    ) -> Result<(), DeployerError> {
        let (commit, change) = match self.repository().find_readable::<T>(scope).await? {
            Found::Absent => return Err(DeployerError::not_found(noun, scope)),
            Found::Readable(found) => (commit.remove(&found), Change::deleted(&found.value)?),
            // What was there is unknown to the audit as well.
            Found::Unreadable { expected, .. } => (
                commit.delete(T::KIND.key(scope), expected),
                Change::of(Action::Delete, T::KIND.name(), scope),
            ),
        };
        self.commit(commit, change).await
    }
}

impl View {
    /// The maintenance of a scope, as it was read. Why it cannot be read is for those who may end it.
    pub(super) fn maintenance_in(
        &self,
        scope: &MaintenanceScope,
    ) -> Result<Option<&Kept<Maintenance>>, DeployerError> {
        let found = self.model.maintenance(scope);
        found.map_err(|error| self.shown_cause("maintenance", scope, NOT_SHOWN, error))
    }

    /// The maintenance that an infrastructure is in. It fails if one that is about it cannot be read, and not for others (M3).
    pub(super) fn maintenance_of(
        &self,
        infra: &InfraSettings,
        now: Timestamp,
    ) -> Result<Option<&Maintenance>, DeployerError> {
        for scope in MaintenanceScope::all_of(infra) {
            self.maintenance_in(&scope)?;
        }
        self.model.maintenance_of(infra, now)
    }

    /// Why what is kept of a scope cannot be read, for those who administer the scope; `otherwise` for the others.
    pub(super) fn shown_cause(
        &self,
        kept: &str,
        scope: &MaintenanceScope,
        otherwise: &str,
        error: DeployerError,
    ) -> DeployerError {
        match self.may_administer(scope) {
            true => error,
            false => DeployerError::state(format!("{kept} of {}", scope.in_words()), otherwise),
        }
    }

    /// Refuses what would change the nodes of an infrastructure in maintenance.
    pub(super) fn not_in_maintenance(
        &self,
        infra: &InfraSettings,
        now: Timestamp,
    ) -> Result<(), DeployerError> {
        self.maintenance_of(infra, now)?.map_or(Ok(()), |found| Err(found.refusal()))
    }

    /// The maintenance that the caller sees and that has not ended by itself.
    pub(super) fn active_maintenances(&self, now: Timestamp) -> Vec<Maintenance> {
        let active = self.model.maintenances().filter(|known| known.is_active(now));
        active.filter(|known| self.shows_scope(&known.scope)).cloned().collect()
    }

    /// Whether the caller sees what is about a place.
    pub(super) fn shows_scope(&self, scope: &MaintenanceScope) -> bool {
        match scope {
            MaintenanceScope::Infra(id) => self.infra_for(Operation::ViewInfra, id).is_ok(),
            MaintenanceScope::Everything | MaintenanceScope::Stage(_) => {
                may(self, Operation::ViewStages, Scope::deployer())
            }
        }
    }

    /// Whether the caller administers what the scope names.
    pub(super) fn may_administer(&self, scope: &MaintenanceScope) -> bool {
        match scope {
            MaintenanceScope::Infra(id) => self.infra_for(Operation::EditInfraSettings, id).is_ok(),
            MaintenanceScope::Everything | MaintenanceScope::Stage(_) => {
                may(self, Operation::EditStages, Scope::deployer())
            }
        }
    }

    /// Adds to a commit that what the scope names still exists, if the caller administers it.
    pub(super) fn administers(
        &self,
        noun: &'static str,
        scope: &MaintenanceScope,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        if let MaintenanceScope::Infra(id) = scope {
            return Ok(commit.unchanged(self.infra_for(Operation::EditInfraSettings, id)?));
        }
        let named = ResourceRef::new(noun, scope);
        allow(self, Operation::EditStages, Scope::deployer(), named)?;
        if let MaintenanceScope::Stage(id) = scope {
            let stages = self.model.stages()?;
            if stages.value.0.get(id).is_none() {
                return Err(DeployerError::not_found("stage", id));
            }
            return Ok(commit.unchanged(&stages));
        }
        Ok(commit)
    }

    /// Adds to the commit of a renamed stage that its maintenance and its windows move along.
    pub(super) fn moved_maintenance(
        &self,
        old: &StageId,
        new: &StageId,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let scope = MaintenanceScope::Stage(old.clone());
        // One that starts meanwhile is noticed as well.
        let commit = commit.unreferenced(&self.model.guard(guard()));
        let commit = self.moved_windows(old, new, commit)?;
        let known = self.model.maintenance(&scope)?.filter(|_| old != new);
        let Some(known) = known else { return Ok(commit) };
        let moved = MaintenanceScope::Stage(new.clone());
        let moved = Maintenance { scope: moved, ..Maintenance::clone(&known.value) };
        // Under the version that was read: one that was ended or replaced meanwhile does not come back.
        commit.remove(known).overwrite(&moved)
    }
}

/// Adds to a commit that the maintenance and the windows of what it removes go with it.
pub(super) fn without_maintenance(commit: Commit, scope: &MaintenanceScope) -> Commit {
    let commit = commit.delete(Maintenance::KIND.key(scope), Expected::Any);
    commit.delete(WindowSet::KIND.key(scope), Expected::Any)
}

/// The same for the stages that are removed.
pub(super) fn without_those_of(commit: Commit, old: &Stages, new: &Stages) -> Commit {
    let gone = old.0.iter().filter(|stage| new.0.get(&stage.id).is_none());
    gone.fold(commit, |commit, stage| {
        without_maintenance(commit, &MaintenanceScope::Stage(stage.id.clone()))
    })
}

/// Written by the start of every maintenance and by every change of windows: updates that start at the same time notice it.
pub(super) fn guard() -> DocumentKey {
    references_to(&Maintenance::KIND, "start")
}
