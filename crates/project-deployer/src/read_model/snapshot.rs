use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::{
    BundleId, DeploymentId, GroupName, InfraId, Login, ProjectKey, Timestamp,
};
use project_deployer_store::{DocumentKey, Expected, Revision};

use super::entries::{DeploymentEntry, InfraEntry, ProjectEntry};
use super::groups::GroupNames;
use super::kept::{InfraWithoutKeys, Kept, Unreadable};
use super::sorted::Sorted;
use crate::fleets::ManagedInfra;
use crate::maintenance::{Maintenance, MaintenanceScope, maintenance_of};
use crate::state::{
    BundleRecord, DeployedKey, DeploymentRecord, LatestUpdate, Record, Stages, UpdateRecord,
    VersionedRecord,
};
use crate::windows::WindowSet;

/// The documents of a store after one of its commits. It never changes, and a clone is cheap.
///
/// A record that cannot be read is an error for whoever asks for it, and left out of lists (R-I9).
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    /// It has every change up to this revision. Later changes of documents that are not kept do not count.
    pub(crate) revision: Revision,
    /// No other snapshot of this process has the same number, and later ones of a read model have higher numbers.
    pub(crate) edition: u64,
    pub(super) stages: Option<Kept<Stages>>,
    pub(super) infras: Sorted<InfraId, InfraEntry>,
    pub(super) projects: Sorted<ProjectKey, ProjectEntry>,
    pub(super) deployments: Sorted<DeploymentId, DeploymentEntry>,
    pub(super) deployed_keys: Sorted<String, Kept<DeployedKey>>,
    pub(super) users: Sorted<Login, Kept<User>>,
    pub(super) groups: Sorted<GroupName, Kept<Group>>,
    pub(super) maintenances: Sorted<String, Kept<Maintenance>>,
    pub(super) windows: Sorted<String, Kept<WindowSet>>,
    /// What fleets manage.
    pub(super) managed: Sorted<InfraId, Kept<ManagedInfra>>,
    /// The names of groups that have rights.
    pub(super) group_names: GroupNames,
    /// The revisions of guards, by id.
    pub(super) guards: Sorted<String, Revision>,
    pub(super) unreadable: Sorted<DocumentKey, Arc<Unreadable>>,
}

/// One record each.
impl Snapshot {
    /// The stored stages, or the default ones.
    pub(crate) fn stages(&self) -> Result<VersionedRecord<Stages>, DeployerError> {
        let found = self.found::<Stages, _>(self.stages.as_ref(), || Stages::ID.to_owned())?;
        let shipped = || VersionedRecord::unwritten(Stages(StageCatalogue::shipped()));
        Ok(found.map_or_else(shipped, |kept| {
            VersionedRecord::read(Stages::clone(&kept.value), kept.revision)
        }))
    }

    pub(crate) fn infra(
        &self,
        id: &InfraId,
    ) -> Result<Option<&Kept<InfraWithoutKeys>>, DeployerError> {
        let kept = self.infras.get(id).and_then(|entry| entry.record.as_ref());
        self.found::<InfraSettings, _>(kept, || id.to_string())
    }

    pub(crate) fn project(
        &self,
        key: &ProjectKey,
    ) -> Result<Option<&Kept<PublishedProjectSettings>>, DeployerError> {
        let kept = self.projects.get(key).and_then(|entry| entry.record.as_ref());
        self.found::<PublishedProjectSettings, _>(kept, || key.to_string())
    }

    /// The record of a bundle, which may be deleted.
    pub(crate) fn bundle(
        &self,
        project: &ProjectKey,
        id: &BundleId,
    ) -> Result<Option<&Kept<BundleRecord>>, DeployerError> {
        let kept = self.projects.get(project).and_then(|entry| entry.bundles.get(id));
        self.found::<BundleRecord, _>(kept, || BundleRecord::record_id(project, id))
    }

    pub(crate) fn deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<&Kept<DeploymentRecord>>, DeployerError> {
        let kept = self.deployments.get(id).and_then(|entry| entry.record.as_ref());
        self.found::<DeploymentRecord, _>(kept, || id.to_string())
    }

    /// The latest update of a deployment.
    pub(crate) fn latest_update(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<&UpdateRecord>, DeployerError> {
        Ok(self.latest_update_kept(id)?.map(|kept| &kept.value.0))
    }

    /// The latest update of a deployment, with the revision of its record.
    pub(crate) fn latest_update_kept(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<&Kept<LatestUpdate>>, DeployerError> {
        let kept = self.deployments.get(id).and_then(|entry| entry.latest.as_ref());
        self.found::<LatestUpdate, _>(kept, || id.to_string())
    }

    pub(crate) fn deployed_key(
        &self,
        id: &str,
    ) -> Result<Option<&Kept<DeployedKey>>, DeployerError> {
        self.found::<DeployedKey, _>(self.deployed_keys.get(id), || id.to_owned())
    }

    pub(crate) fn user(&self, login: &Login) -> Result<Option<&Kept<User>>, DeployerError> {
        self.found::<User, _>(self.users.get(login), || login.to_string())
    }

    pub(crate) fn group(&self, name: &GroupName) -> Result<Option<&Kept<Group>>, DeployerError> {
        self.found::<Group, _>(self.groups.get(name), || name.to_string())
    }

    /// The state of a guard, for [`unreferenced`](crate::state::RecordCommit::unreferenced): what this snapshot
    /// shows of references is as old as this state.
    pub(crate) fn guard(&self, key: DocumentKey) -> VersionedRecord<DocumentKey> {
        let found = self.guards.get(key.id.as_str());
        let expected = found.map_or(Expected::Absent, |revision| Expected::Revision(*revision));
        VersionedRecord::expecting(key, expected)
    }

    fn found<'a, T: Record, K>(
        &self,
        kept: Option<&'a Kept<K>>,
        id: impl FnOnce() -> String,
    ) -> Result<Option<&'a Kept<K>>, DeployerError> {
        // Few documents are unreadable, mostly none. Then no key has to be made to look for it.
        if kept.is_none()
            && !self.unreadable.is_empty()
            && let Some(unreadable) = self.unreadable.get(&T::KIND.key(id()))
        {
            return Err(unreadable.error());
        }
        Ok(kept)
    }
}

/// Lists of the records that can be read, by id.
impl Snapshot {
    pub(crate) fn infras(&self) -> impl Iterator<Item = &Kept<InfraWithoutKeys>> {
        self.infras.iter().filter_map(|(_, entry)| entry.record.as_ref())
    }

    pub(crate) fn projects(&self) -> impl Iterator<Item = &Kept<PublishedProjectSettings>> {
        self.projects.iter().filter_map(|(_, entry)| entry.record.as_ref())
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter().map(|(_, kept)| &*kept.value)
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().map(|(_, kept)| &*kept.value)
    }

    /// The bundles of a project that were not deleted, by the time when they were published.
    pub(crate) fn bundles_of(&self, project: &ProjectKey) -> Vec<&PublishedBundle> {
        self.projects.get(project).map(ProjectEntry::published).unwrap_or_default()
    }

    /// Deployments whose latest update has not ended.
    pub(crate) fn running_updates(&self) -> impl Iterator<Item = &UpdateRecord> {
        let latest = self.deployments.iter().filter_map(|(_, entry)| entry.latest.as_ref());
        latest.map(|kept| &kept.value.0).filter(|update| update.is_running())
    }
}

/// Facts for decisions. They fail if a record that cannot be read could change them.
impl Snapshot {
    /// All deployments on an infrastructure.
    pub(crate) fn deployments_on(
        &self,
        infra: &InfraId,
    ) -> Result<Vec<&Kept<DeploymentRecord>>, DeployerError> {
        let ids = self.infras.get(infra).map(|entry| &entry.deployments);
        self.all_of(ids)
    }

    /// The deployments on an infrastructure that can be read.
    pub(crate) fn readable_on(
        &self,
        infra: &InfraId,
    ) -> impl Iterator<Item = &Kept<DeploymentRecord>> {
        let ids = self.infras.get(infra).map(|entry| &entry.deployments);
        let ids = ids.into_iter().flat_map(Sorted::iter);
        ids.filter_map(|(id, ())| self.deployments.get(id)?.record.as_ref())
    }

    /// Whether a newer deployment owns the project that a deployment writes.
    pub(crate) fn is_superseded(&self, id: &DeploymentId) -> bool {
        self.deployments.get(id).is_some_and(|entry| entry.superseded > 0)
    }

    /// All deployments of a published project.
    pub(crate) fn deployments_of(
        &self,
        project: &ProjectKey,
    ) -> Result<Vec<&Kept<DeploymentRecord>>, DeployerError> {
        let ids = self.projects.get(project).map(|entry| &entry.deployments);
        self.all_of(ids)
    }

    /// The maintenance of a scope, as it was read.
    pub(crate) fn maintenance(
        &self,
        scope: &MaintenanceScope,
    ) -> Result<Option<&Kept<Maintenance>>, DeployerError> {
        let scope = scope.to_string();
        self.found::<Maintenance, _>(self.maintenances.get(&scope), || scope.clone())
    }

    /// All maintenance that can be read, also what has ended by itself.
    pub(crate) fn maintenances(&self) -> impl Iterator<Item = &Maintenance> {
        self.maintenances.iter().map(|(_, kept)| &*kept.value)
    }

    /// The maintenance that an infrastructure is in. It fails if one that is about it cannot be read, and not for others.
    pub(crate) fn maintenance_of(
        &self,
        infra: &InfraSettings,
        now: Timestamp,
    ) -> Result<Option<&Maintenance>, DeployerError> {
        for scope in MaintenanceScope::all_of(infra) {
            self.maintenance(&scope)?;
        }
        Ok(maintenance_of(self.maintenances(), infra, now))
    }

    /// The windows of a scope, as they were read.
    pub(crate) fn window_set(
        &self,
        scope: &MaintenanceScope,
    ) -> Result<Option<&Kept<WindowSet>>, DeployerError> {
        let scope = scope.to_string();
        self.found::<WindowSet, _>(self.windows.get(&scope), || scope.clone())
    }

    /// All windows that can be read, the widest scope first.
    pub(crate) fn window_sets(&self) -> Vec<&WindowSet> {
        let mut all: Vec<&WindowSet> = self.windows.iter().map(|(_, kept)| &*kept.value).collect();
        all.sort_by(|one, other| one.scope.cmp(&other.scope));
        all
    }

    /// The windows about an infrastructure, the widest scope first. It fails if some that are about it cannot be read, and
    /// not for others.
    pub(crate) fn windows_of(
        &self,
        infra: &InfraSettings,
    ) -> Result<Vec<&WindowSet>, DeployerError> {
        let mut about = Vec::new();
        for scope in MaintenanceScope::all_of(infra) {
            about.extend(self.window_set(&scope)?.map(|kept| &*kept.value));
        }
        Ok(about)
    }

    /// What a fleet manages of an infrastructure, if one does.
    pub(crate) fn managed_infra(
        &self,
        id: &InfraId,
    ) -> Result<Option<&Kept<ManagedInfra>>, DeployerError> {
        self.found::<ManagedInfra, _>(self.managed.get(id), || id.to_string())
    }

    /// What a commit expects of the fleet of an infrastructure: that it is, or is not, as this snapshot shows it.
    pub(crate) fn as_managed(
        &self,
        id: &InfraId,
    ) -> Result<VersionedRecord<DocumentKey>, DeployerError> {
        let found = self.managed_infra(id)?;
        let expected = found.map_or(Expected::Absent, |kept| Expected::Revision(kept.revision));
        Ok(VersionedRecord::expecting(ManagedInfra::KIND.key(id), expected))
    }

    /// The infrastructures that fleets manage, of those of which it can be read.
    pub(crate) fn managed(&self) -> impl Iterator<Item = &Kept<ManagedInfra>> {
        self.managed.iter().map(|(_, kept)| kept)
    }

    /// Fails if a record of a kind cannot be read.
    pub(crate) fn all_readable<T: Record>(&self) -> Result<(), DeployerError> {
        self.all_readable_below::<T>("")
    }

    /// The same for the records whose ids begin with a prefix.
    pub(crate) fn all_readable_below<T: Record>(&self, prefix: &str) -> Result<(), DeployerError> {
        let mut unreadable = self.unreadable.from(&T::KIND.key(prefix));
        let below = unreadable
            .next()
            .filter(|(key, _)| key.collection == T::KIND && key.id.starts_with(prefix));
        below.map_or(Ok(()), |(_, unreadable)| Err(unreadable.error()))
    }

    /// The ids of records of a kind that cannot be read.
    pub(crate) fn unreadable<T: Record>(&self) -> impl Iterator<Item = &str> {
        let unreadable = self.unreadable.from(&T::KIND.key(""));
        let of_kind = unreadable.take_while(|(key, _)| key.collection == T::KIND);
        of_kind.map(|(key, _)| key.id.as_str())
    }

    fn all_of<'a>(
        &'a self,
        ids: Option<&'a Sorted<DeploymentId, ()>>,
    ) -> Result<Vec<&'a Kept<DeploymentRecord>>, DeployerError> {
        // One of them may use the object as well.
        self.all_readable::<DeploymentRecord>()?;
        let ids = ids.into_iter().flat_map(Sorted::iter);
        Ok(ids.filter_map(|(id, ())| self.deployments.get(id)?.record.as_ref()).collect())
    }
}
