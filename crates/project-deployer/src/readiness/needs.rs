use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::bundle::{ArchiveNote, BundleContents, RequiredPlugin};
use project_deployer_core::deployment::{DeploymentSettings, ImportTimeMode};
use project_deployer_core::infra::{InfraSettings, PermissionsPropagationPolicy};
use project_deployer_core::{DeploymentId, GroupName, Login, ProjectKey};

use crate::update::mode_of_guess;

/// What deployments require of the nodes of an infrastructure. Each need names the deployments that
/// have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// Connections by their name on the node, after remapping.
    pub connections: BTreeMap<String, NeededConnection>,
    /// Code environments by their name on the node, after remapping, and by their language,
    /// `PYTHON` or `R`: both languages may have an environment of the same name.
    pub code_envs: BTreeMap<(String, String), NeededCodeEnv>,
    /// Projects whose objects bundles use, with the deployments that use them (E7).
    pub projects: BTreeMap<ProjectKey, BTreeSet<String>>,
    /// Plugins by their id, with the deployments that need them.
    pub plugins: BTreeMap<String, (RequiredPlugin, BTreeSet<String>)>,
    /// What some archive readers cannot read in the bundles, by deployment.
    pub archive_notes: BTreeMap<String, Vec<ArchiveNote>>,
    /// Projects that several deployments write.
    pub shared_keys: BTreeMap<ProjectKey, SharedKey>,
    /// Folders by their id, with the infrastructure or deployments that need them.
    pub folders: BTreeMap<String, BTreeSet<String>>,
    /// The infrastructure or deployments that name no folder, and so use the root folder.
    pub root_folder: BTreeSet<String>,
    /// The logins that change the nodes.
    pub acting: BTreeSet<Login>,
    /// The run-as users of scenarios and webapps.
    pub run_as: BTreeSet<Login>,
    /// Users whose permissions are applied on the node.
    pub permission_users: BTreeSet<Login>,
    /// Groups whose permissions are applied on the node.
    pub permission_groups: BTreeSet<GroupName>,
    /// Whether this Deployer carries out the updates, and another one does not.
    pub updates_here: bool,
    /// The groups of the Deployer, where they are known.
    pub deployer_groups: Option<BTreeSet<GroupName>>,
}

/// A project that several deployments of an infrastructure write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedKey {
    /// The newest, if it is visible: the one that updates.
    pub owner: Option<DeploymentId>,
    /// The older ones.
    pub superseded: BTreeSet<DeploymentId>,
}

impl SharedKey {
    /// The projects that several of these deployments write: the key, the deployment, and whether
    /// it is superseded. Where a Deployer reports no owner, all of them are listed alike.
    #[must_use]
    pub fn among(
        deployments: impl IntoIterator<Item = (ProjectKey, DeploymentId, bool)>,
    ) -> BTreeMap<ProjectKey, Self> {
        let mut owners: BTreeMap<ProjectKey, BTreeSet<DeploymentId>> = BTreeMap::new();
        let mut shared: BTreeMap<ProjectKey, Self> = BTreeMap::new();
        for (key, deployment, superseded) in deployments {
            if superseded {
                shared.entry(key).or_default().superseded.insert(deployment);
            } else {
                owners.entry(key).or_default().insert(deployment);
            }
        }
        for (key, mut owners) in owners {
            let known = shared.entry(key).or_default();
            if owners.len() == 1 {
                known.owner = owners.pop_first();
            } else {
                known.superseded.extend(owners);
            }
        }
        shared.retain(|_, known| !known.superseded.is_empty());
        shared
    }
}

/// A connection that bundles use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeededConnection {
    /// The types that bundles state for it.
    pub kinds: BTreeSet<String>,
    /// The deployments that use it.
    pub by: BTreeSet<String>,
}

/// A code environment that bundles use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeededCodeEnv {
    /// What happens when it is missing. Of several deployments the strictest setting counts: to
    /// stop is stricter than to do nothing, which is stricter than to create it.
    pub when_missing: ImportTimeMode,
    /// The deployments that use it.
    pub by: BTreeSet<String>,
}

impl Needs {
    /// The needs of an infrastructure without its deployments.
    #[must_use]
    pub fn of_infra(infra: &InfraSettings) -> Self {
        let run_as = [&infra.scenarios_run_as_user, &infra.webapps_run_as_user];
        Self {
            acting: infra.deploy_as_user.iter().cloned().collect(),
            run_as: run_as.into_iter().flatten().cloned().collect(),
            ..Self::default()
        }
    }

    /// Adds a deployment with its bundle and its requesters. Where a deploy-as user is set,
    /// requesters do not act on the node themselves (R-S7).
    #[must_use]
    pub fn with_deployment(
        mut self,
        infra: &InfraSettings,
        deployment: &DeploymentSettings,
        bundle: &BundleContents,
        requesters: impl IntoIterator<Item = Login>,
    ) -> Self {
        if infra.deploy_as_user.is_none() {
            self.acting.extend(requesters);
        }
        let by = deployment.id.to_string();
        match &deployment.project_folder_id {
            Some(folder) => {
                self.folders.entry(folder.clone()).or_default().insert(by.clone());
            }
            None => {
                self.root_folder.insert(by.clone());
            }
        }
        self.need_resources(infra, deployment, bundle, &by);
        if !bundle.archive_notes.is_empty() {
            self.archive_notes.insert(by, bundle.archive_notes.clone());
        }
        if infra.permissions_propagation != PermissionsPropagationPolicy::None {
            let entries = &bundle.permissions;
            self.permission_users.extend(entries.iter().filter_map(|entry| entry.user.clone()));
            self.permission_groups.extend(entries.iter().filter_map(|entry| entry.group.clone()));
        }
        self
    }

    fn need_resources(
        &mut self,
        infra: &InfraSettings,
        deployment: &DeploymentSettings,
        bundle: &BundleContents,
        by: &str,
    ) {
        let settings = deployment.effective_container_settings(infra);
        for connection in &bundle.connections {
            let name = settings.remapping.connection(&connection.name);
            let needed = self.connections.entry(name.to_owned()).or_default();
            needed.kinds.extend(connection.kind.clone());
            needed.by.insert(by.to_owned());
        }
        let mode = settings.code_envs_behavior.import_time_mode;
        for env in &bundle.code_envs {
            let name = settings.remapping.code_env(&env.name);
            let key = (name.to_owned(), env.language.clone());
            let mode = if env.listed { mode } else { mode_of_guess(mode) };
            let needed = self
                .code_envs
                .entry(key)
                .or_insert_with(|| NeededCodeEnv { when_missing: mode, by: BTreeSet::new() });
            if strictness(mode) > strictness(needed.when_missing) {
                needed.when_missing = mode;
            }
            needed.by.insert(by.to_owned());
        }
        for project in &bundle.uses_projects {
            self.projects.entry(project.clone()).or_default().insert(by.to_owned());
        }
        for plugin in &bundle.plugins {
            let none = || (plugin.clone(), BTreeSet::new());
            let (known, users) = self.plugins.entry(plugin.id.clone()).or_insert_with(none);
            known.may_be_unused &= plugin.may_be_unused;
            users.insert(by.to_owned());
        }
    }
}

/// How strictly a missing environment is handled; larger is stricter.
fn strictness(mode: ImportTimeMode) -> u8 {
    match mode {
        ImportTimeMode::InstallIfMiss => 0,
        ImportTimeMode::DoNothing => 1,
        _ => 2,
    }
}

/// A comma-separated list of names, for a message.
pub(super) fn listed<T: AsRef<str>>(names: &BTreeSet<T>) -> String {
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
