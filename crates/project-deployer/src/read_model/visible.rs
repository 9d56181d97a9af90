use std::cell::RefCell;
use std::collections::HashMap;

use foldhash::fast::FixedState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Outcome, Scope, explain};
use project_deployer_core::{DeploymentId, InfraId, ProjectKey};

use super::entries::{DeploymentEntry, ProjectEntry, ProjectInfo};
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
        Self { model, caller, infras, projects }
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
            self.allows(Scope::infra(infra)).then_some(infra)
        })?;
        let project = decided(&self.projects, &settings.published_project_key, |key| {
            let project = project_of(self.model, key)?;
            self.allows(Scope::project(project.1)).then_some(project)
        })?;
        Some((infra, project))
    }

    /// Whether one side of a deployment allows the caller to see it. A side that was not given is hidden, and
    /// does not count here.
    fn allows(&self, scope: Scope<'_>) -> bool {
        let explanation = explain(self.caller, Operation::ViewDeployment, scope);
        let infra = explanation.infra.map(|(_, side)| side);
        let side = infra.or(explanation.project.map(|(_, side)| side));
        side.or(explanation.deployer).is_some_and(|side| side.outcome == Outcome::Allowed)
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
