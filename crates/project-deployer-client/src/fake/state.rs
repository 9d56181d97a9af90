//! What a node knows, as plain data. The functions over it are in the modules beside; none of them
//! waits.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::node::{
    AuthInfo, CodeEnv, InstanceInfo, NodeConnection, NodeResources, NodeType, Plugin,
    ProjectFolder, ScenarioOutcome,
};
use project_deployer_core::{GroupName, Login, NodeId, ProjectKey, Timestamp};

use super::caller::{Caller, ProjectRight};
use super::projects::Project;
use super::refusal::{Answer, forbidden, not_found};
use crate::conformance::FolderSeed;
use crate::node_accounts::{ExternalUser, SupplierRules};

/// The folder that has no parent.
pub(super) const ROOT: &str = "ROOT";

/// A node.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeState {
    pub(super) name: String,
    pub(super) users: BTreeMap<Login, User>,
    pub(super) groups: BTreeMap<GroupName, Group>,
    pub(super) connections: BTreeMap<String, NodeConnection>,
    /// Language and name.
    pub(super) code_envs: BTreeSet<(String, String)>,
    pub(super) plugins: BTreeMap<String, Plugin>,
    pub(super) folders: BTreeMap<String, FolderSeed>,
    pub(super) ldap: LdapSettings,
    pub(super) external_users: BTreeMap<SourceType, Vec<ExternalUser>>,
    /// What the suppliers beside LDAP lay down.
    pub(super) suppliers: BTreeMap<SourceType, SupplierRules>,
    /// The profiles of the licence; none where it is not told.
    pub(super) profiles: Option<BTreeSet<String>>,
    /// When the admin key ends.
    pub(super) key_ends: Option<Timestamp>,
    pub(super) projects: BTreeMap<ProjectKey, Project>,
    /// How runs of a scenario of a project end; well, unless it is said.
    pub(super) outcomes: BTreeMap<(ProjectKey, String), ScenarioOutcome>,
    /// How many personal keys were made.
    pub(super) personal_keys: u32,
}

impl NodeState {
    pub(super) fn instance_info(&self) -> InstanceInfo {
        InstanceInfo {
            node_id: NodeId::parse(&self.name).ok(),
            node_name: Some(self.name.clone()),
            node_type: Some(NodeType::Automation),
            dss_version: Some("15.2.0".to_owned()),
        }
    }

    pub(super) fn auth_info(caller: &Caller) -> AuthInfo {
        AuthInfo {
            auth_identifier: caller.name().to_owned(),
            groups: caller.login.as_ref().map(|_| caller.groups.iter().cloned().collect()),
            admin: Some(caller.admin),
        }
    }

    /// Administrators learn everything; others the names of the connections that they may use
    /// (wire-facts 3.3).
    pub(super) fn resources(&self, caller: &Caller) -> NodeResources {
        if !caller.admin {
            let usable = self.connections.values().filter(|found| caller.may_use(found));
            let named = |found: &NodeConnection| NodeConnection {
                name: found.name.clone(),
                kind: None,
                allowed_groups: None,
            };
            let connections = usable.map(named).collect();
            return NodeResources { connections, code_envs: None, plugins: None };
        }
        let code_env = |(language, name): &(String, String)| CodeEnv {
            name: name.clone(),
            language: language.clone(),
        };
        NodeResources {
            connections: self.connections.values().cloned().collect(),
            code_envs: Some(self.code_envs.iter().map(code_env).collect()),
            plugins: Some(self.plugins.values().cloned().collect()),
        }
    }

    /// A folder; none when it is not there or not for the caller. Everybody sees the root folder.
    pub(super) fn folder(&self, caller: &Caller, id: &str) -> Option<ProjectFolder> {
        let name = if id == ROOT {
            None
        } else {
            let found = self.folders.get(id)?;
            if !may(caller, &[&found.readers, &found.writers]) {
                return None;
            }
            Some(found.name.clone())
        };
        let visible = |(_, project): &(&ProjectKey, &Project)| {
            project.folder == id && caller.has(ProjectRight::See, project.permissions())
        };
        let inside = self.projects.iter().filter(visible);
        let project_keys = inside.map(|(key, _)| key.as_str().to_owned()).collect();
        Some(ProjectFolder { id: id.to_owned(), name, project_keys })
    }

    /// Whether the caller may create projects, and in that folder.
    pub(super) fn must_create_in(&self, caller: &Caller, folder: &str) -> Answer<()> {
        if !caller.may_create_projects {
            return Err(forbidden(format!("{} may not create projects", caller.name())));
        }
        let may_write = match self.folders.get(folder) {
            _ if folder == ROOT => caller.may_write_in_root_folder,
            Some(found) => may(caller, &[&found.writers]),
            None => return Err(not_found("project folder", folder)),
        };
        if may_write {
            return Ok(());
        }
        Err(forbidden(format!("{} may not write in project folder {folder}", caller.name())))
    }
}

/// Whether the caller is in one of the groups of one of the lists.
fn may(caller: &Caller, lists: &[&BTreeSet<GroupName>]) -> bool {
    caller.admin || lists.iter().any(|groups| !groups.is_disjoint(&caller.groups))
}
