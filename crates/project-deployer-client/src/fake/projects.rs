//! Projects of a node.

use std::collections::BTreeMap;

use project_deployer_core::bundle::BundleContents;
use project_deployer_core::node::{
    ImportedBundle, NodeProject, ProjectPermission, ProjectPermissions, Scenario,
};
use project_deployer_core::{BundleId, Login, ProjectKey};

use super::caller::{Caller, ProjectRight};
use super::refusal::{Answer, forbidden, not_found, refused};
use super::scenarios::LocalState;
use super::state::{NodeState, ROOT};
use crate::automation_node::{NewProject, ProjectChange, ProjectConfiguration};

/// A project of a node.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) folder: String,
    pub(super) configuration: ProjectConfiguration,
    /// In the order of their import.
    pub(super) bundles: Vec<Imported>,
    pub(super) active_bundle: Option<BundleId>,
    pub(super) scenarios: BTreeMap<String, Scenario>,
    /// What the node keeps of scenarios over activations (R-A6).
    pub(super) remembered: BTreeMap<String, LocalState>,
}

/// A bundle that was imported.
#[derive(Debug, Clone)]
pub(super) struct Imported {
    pub(super) contents: BundleContents,
    pub(super) preloaded: bool,
}

impl Project {
    pub(super) fn new(
        folder: Option<&str>,
        owner: Option<Login>,
        permissions: Vec<ProjectPermission>,
    ) -> Self {
        let permissions =
            ProjectPermissions { owner, permissions, ..ProjectPermissions::default() };
        Self {
            folder: folder.unwrap_or(ROOT).to_owned(),
            configuration: ProjectConfiguration { permissions, ..ProjectConfiguration::default() },
            bundles: Vec::new(),
            active_bundle: None,
            scenarios: BTreeMap::new(),
            remembered: BTreeMap::new(),
        }
    }

    pub(super) fn permissions(&self) -> &ProjectPermissions {
        &self.configuration.permissions
    }

    pub(super) fn bundle(&self, id: &BundleId) -> Answer<&Imported> {
        let found = self.bundles.iter().find(|bundle| bundle.contents.bundle_id == *id);
        found.ok_or_else(|| not_found("bundle", id))
    }

    pub(super) fn bundle_mut(&mut self, id: &BundleId) -> Answer<&mut Imported> {
        let found = self.bundles.iter_mut().find(|bundle| bundle.contents.bundle_id == *id);
        found.ok_or_else(|| not_found("bundle", id))
    }

    fn told(&self, key: &ProjectKey) -> NodeProject {
        let imported = |bundle: &Imported| ImportedBundle { id: bundle.contents.bundle_id.clone() };
        NodeProject {
            key: key.clone(),
            imported: self.bundles.iter().map(imported).collect(),
            active_bundle: self.active_bundle.clone(),
        }
    }
}

impl NodeState {
    /// A project in which the caller has a right.
    pub(super) fn project_for(
        &self,
        caller: &Caller,
        key: &ProjectKey,
        right: ProjectRight,
    ) -> Answer<&Project> {
        let project = self.projects.get(key).ok_or_else(|| not_found("project", key))?;
        if caller.has(right, project.permissions()) {
            return Ok(project);
        }
        Err(forbidden(format!("{} lacks the right {right:?} in project {key}", caller.name())))
    }

    /// The same, to change it.
    pub(super) fn project_mut_for(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        right: ProjectRight,
    ) -> Answer<&mut Project> {
        self.project_for(caller, key, right)?;
        self.projects.get_mut(key).ok_or_else(|| not_found("project", key))
    }

    pub(super) fn project_report(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Answer<Option<NodeProject>> {
        if !self.projects.contains_key(key) {
            return Ok(None);
        }
        Ok(Some(self.project_for(caller, key, ProjectRight::See)?.told(key)))
    }

    pub(super) fn must_be_free(&self, key: &ProjectKey) -> Answer<()> {
        if self.projects.contains_key(key) {
            return Err(refused(format!(
                "ERR_PROJECT_INVALID_PROJECT_KEY: project key is already used: {key}"
            )));
        }
        Ok(())
    }

    pub(super) fn create_project(&mut self, caller: &Caller, new: &NewProject) -> Answer<()> {
        self.must_create_in(caller, new.folder.as_deref().unwrap_or(ROOT))?;
        self.must_be_free(&new.key)?;
        if !self.users.contains_key(&new.owner) {
            return Err(refused(format!("unknown user: {}", new.owner)));
        }
        let project = Project::new(new.folder.as_deref(), Some(new.owner.clone()), Vec::new());
        self.projects.insert(new.key.clone(), project);
        Ok(())
    }

    pub(super) fn configure(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        change: &ProjectChange,
    ) -> Answer<()> {
        let right = match change {
            ProjectChange::ContainerSettings(_) => ProjectRight::Administer,
            ProjectChange::Variables(_) => ProjectRight::Write,
            ProjectChange::Permissions(_) => ProjectRight::EditPermissions,
        };
        let configuration = &mut self.project_mut_for(caller, key, right)?.configuration;
        match change {
            ProjectChange::ContainerSettings(wanted) => {
                configuration.container_settings = wanted.clone();
            }
            ProjectChange::Variables(variables) => configuration.variables = variables.clone(),
            ProjectChange::Permissions(permissions) => {
                configuration.permissions = permissions.clone();
            }
        }
        Ok(())
    }
}
