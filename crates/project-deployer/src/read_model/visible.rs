use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use foldhash::fast::FixedState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::Caller;
use project_deployer_core::{DeploymentId, InfraId, ProjectKey};

use super::entries::{DeploymentEntry, ProjectEntry, ProjectInfo};
use super::groups::{OwnGroups, Viewers};
use super::kept::InfraWithoutKeys;
use super::snapshot::Snapshot;
use super::sorted::Sorted;
use crate::state::{DeploymentRecord, UpdateRecord};

/// A deployment that a caller may see, with the objects that decide about rights on it.
#[derive(Clone, Copy)]
pub(crate) struct Visible<'a> {
    pub(crate) record: &'a DeploymentRecord,
    pub(crate) infra: &'a InfraWithoutKeys,
    pub(crate) project: &'a PublishedProjectSettings,
    pub(crate) latest: Option<&'a UpdateRecord>,
    pub(crate) superseded: bool,
    of_project: &'a ProjectEntry,
}

impl<'a> Visible<'a> {
    /// A deployment that the caller may see, as was decided before; none if a part of it cannot be read.
    pub(crate) fn allowed(model: &'a Snapshot, id: &DeploymentId) -> Option<Self> {
        let entry = model.deployments.get(id)?;
        let record = &*entry.record.as_ref()?.value;
        let infra = infra_of(model, &record.settings.infra_id)?;
        let project = project_of(model, &record.settings.published_project_key)?;
        Some(Self::new(entry, record, infra, project))
    }

    fn new(
        entry: &'a DeploymentEntry,
        record: &'a DeploymentRecord,
        infra: &'a InfraWithoutKeys,
        (of_project, project): Project<'a>,
    ) -> Self {
        let latest = entry.latest.as_ref().map(|kept| &kept.value.0);
        let superseded = entry.superseded > 0;
        Self { record, infra, project, latest, superseded, of_project }
    }

    /// What the deployments of the project say of it.
    pub(crate) fn project_info(&self) -> &'a ProjectInfo {
        self.of_project.info(self.project)
    }

    /// The release notes of its bundle.
    pub(crate) fn release_notes(&self) -> Option<&'a str> {
        if !self.project_info().has_notes {
            return None;
        }
        let bundle = self.of_project.bundles.get(&self.record.settings.bundle_id)?;
        bundle.value.published.as_ref()?.contents.release_notes.as_deref()
    }
}

/// Which deployments a caller may see. A deployment needs a right on both sides, so each infrastructure and each
/// project is decided once, however many deployments it has.
pub(crate) struct Visibility<'a> {
    model: &'a Snapshot,
    caller: &'a Caller,
    own_groups: OnceCell<OwnGroups>,
    infras: Decided<&'a InfraWithoutKeys>,
    projects: Decided<Project<'a>>,
}

/// A published project that the caller may see.
type Project<'a> = (&'a ProjectEntry, &'a PublishedProjectSettings);

/// The objects that were looked up, if the caller may see them, by the address of the text of their id. The snapshot
/// keeps the texts, and most records of an object share one; for two texts of one id it is looked up twice.
type Decided<T> = RefCell<HashMap<usize, Option<T>, FixedState>>;

impl<'a> Visibility<'a> {
    pub(crate) fn of(model: &'a Snapshot, caller: &'a Caller) -> Self {
        let (infras, projects) = (RefCell::default(), RefCell::default());
        Self { model, caller, own_groups: OnceCell::new(), infras, projects }
    }

    /// How many deployments there are at most.
    pub(crate) fn at_most(&self) -> usize {
        self.model.deployments.len()
    }

    /// All deployments, by id. One whose infrastructure or project cannot be read is left out (R-I9).
    pub(crate) fn deployments(&self) -> impl Iterator<Item = Visible<'a>> {
        self.model.deployments.iter().filter_map(|(_, entry)| self.entry(entry))
    }

    /// The deployments on an infrastructure, by id.
    pub(crate) fn on(&self, infra: &InfraId) -> impl Iterator<Item = Visible<'a>> {
        self.these(self.model.infras.get(infra).map(|entry| &entry.deployments))
    }

    /// The deployments of a published project, by id.
    pub(crate) fn of_project(&self, project: &ProjectKey) -> impl Iterator<Item = Visible<'a>> {
        self.these(self.model.projects.get(project).map(|entry| &entry.deployments))
    }

    /// Whether the caller may see a deployment.
    pub(crate) fn shows(&self, record: &'a DeploymentRecord) -> bool {
        self.sides(record).is_some()
    }

    fn these(
        &self,
        ids: Option<&'a Sorted<DeploymentId, ()>>,
    ) -> impl Iterator<Item = Visible<'a>> {
        let ids = ids.into_iter().flat_map(Sorted::iter);
        ids.filter_map(|(id, ())| self.entry(self.model.deployments.get(id)?))
    }

    fn entry(&self, entry: &'a DeploymentEntry) -> Option<Visible<'a>> {
        let record = &*entry.record.as_ref()?.value;
        let (infra, project) = self.sides(record)?;
        Some(Visible::new(entry, record, infra, project))
    }

    fn sides(&self, record: &'a DeploymentRecord) -> Option<(&'a InfraWithoutKeys, Project<'a>)> {
        let settings = &record.settings;
        let infra = decided(&self.infras, &settings.infra_id, |id| {
            let infra = infra_of(self.model, id)?;
            self.sees(infra.viewers()).then_some(infra)
        })?;
        let project = decided(&self.projects, &settings.published_project_key, |key| {
            let (entry, project) = project_of(self.model, key)?;
            let is_owner = project.owner.as_ref() == Some(&self.caller.login);
            (is_owner || self.sees(&entry.readers)).then_some((entry, project))
        })?;
        Some((infra, project))
    }

    /// Whether one side of a deployment lets the caller see it: the decision of `explain` on `ViewDeployment`, in a
    /// tenth of its time. A test compares the two.
    fn sees(&self, viewers: &Viewers) -> bool {
        let own = || self.model.group_names.own(&self.caller.groups);
        self.caller.global_admin || self.own_groups.get_or_init(own).see(viewers)
    }
}

fn infra_of<'a>(model: &'a Snapshot, id: &InfraId) -> Option<&'a InfraWithoutKeys> {
    Some(&model.infras.get(id)?.record.as_ref()?.value)
}

fn project_of<'a>(model: &'a Snapshot, key: &ProjectKey) -> Option<Project<'a>> {
    let entry = model.projects.get(key)?;
    Some((entry, &entry.record.as_ref()?.value))
}

fn decided<'a, K: AsRef<str>, T: Copy>(
    known: &Decided<T>,
    key: &'a K,
    decide: impl FnOnce(&'a K) -> Option<T>,
) -> Option<T> {
    let address = key.as_ref().as_ptr().addr();
    if let Some(known) = known.borrow().get(&address) {
        return *known;
    }
    let decision = decide(key);
    known.borrow_mut().insert(address, decision);
    decision
}
