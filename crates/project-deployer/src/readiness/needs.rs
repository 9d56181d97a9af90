use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::bundle::{ArchiveNote, BundleContents, RequiredPlugin};
use project_deployer_core::deployment::{DeploymentSettings, ImportTimeMode};
use project_deployer_core::infra::{InfraSettings, PermissionsPropagationPolicy};
use project_deployer_core::{GroupName, Login};

/// What will be asked of the nodes of an infrastructure. Each need names who has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// Connections by their name on the node, remappings applied.
    pub connections: BTreeMap<String, NeededConnection>,
    /// Code environments by their name on the node, remappings applied, and their language, `PYTHON` or
    /// `R`: one name may stand for one of each.
    pub code_envs: BTreeMap<(String, String), NeededCodeEnv>,
    /// Plugins by their id, with who needs them.
    pub plugins: BTreeMap<String, (RequiredPlugin, BTreeSet<String>)>,
    /// What some readers cannot read in the archives of bundles, by deployment.
    pub archive_notes: BTreeMap<String, Vec<ArchiveNote>>,
    /// Folders by their id, with who needs them.
    pub folders: BTreeMap<String, BTreeSet<String>>,
    /// Who puts projects into no folder, and so into the root folder.
    pub root_folder: BTreeSet<String>,
    /// Who changes the nodes.
    pub acting: BTreeSet<Login>,
    /// Whom scenarios and webapps are to run as.
    pub run_as: BTreeSet<Login>,
    /// Users whose permissions the node is to take over.
    pub permission_users: BTreeSet<Login>,
    /// Groups whose permissions the node is to take over.
    pub permission_groups: BTreeSet<GroupName>,
    /// The groups of the Deployer, where they are known.
    pub deployer_groups: Option<BTreeSet<GroupName>>,
}

/// A connection that bundles use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeededConnection {
    /// The types that bundles know it by.
    pub kinds: BTreeSet<String>,
    /// The deployments that use it.
    pub by: BTreeSet<String>,
}

/// A code environment that bundles use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeededCodeEnv {
    /// What the node does when it is missing; of several deployments the strictest counts: stopping comes
    /// before doing nothing, and that before creating it.
    pub when_missing: ImportTimeMode,
    /// The deployments that use it.
    pub by: BTreeSet<String>,
}

impl Needs {
    /// What an infrastructure itself asks for, before any deployment.
    #[must_use]
    pub fn of_infra(infra: &InfraSettings) -> Self {
        let run_as = [&infra.scenarios_run_as_user, &infra.webapps_run_as_user];
        Self {
            acting: infra.deploy_as_user.iter().cloned().collect(),
            run_as: run_as.into_iter().flatten().cloned().collect(),
            ..Self::default()
        }
    }

    /// With a deployment, its bundle, and those who ask for its updates. Where a deploy-as user is
    /// set, they do not act on the node themselves (R-S7).
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
            let needed = self
                .code_envs
                .entry(key)
                .or_insert_with(|| NeededCodeEnv { when_missing: mode, by: BTreeSet::new() });
            if strictness(mode) > strictness(needed.when_missing) {
                needed.when_missing = mode;
            }
            needed.by.insert(by.to_owned());
        }
        for plugin in &bundle.plugins {
            let none = || (plugin.clone(), BTreeSet::new());
            let (_, users) = self.plugins.entry(plugin.id.clone()).or_insert_with(none);
            users.insert(by.to_owned());
        }
    }
}

/// How much a missing environment stands in the way: the more, the stricter.
fn strictness(mode: ImportTimeMode) -> u8 {
    match mode {
        ImportTimeMode::InstallIfMiss => 0,
        ImportTimeMode::DoNothing => 1,
        _ => 2,
    }
}

/// Names in a row, for a message.
pub(super) fn listed<T: AsRef<str>>(names: &BTreeSet<T>) -> String {
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
