//! The contents of a node, the rights on it, and the methods by which a test changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::bundle::BundleContents;
use project_deployer_core::node::{
    CodeEnv, NodeConnection, Plugin, ProjectPermission, ScenarioOutcome,
};
use project_deployer_core::{BundleId, GroupName, Login, ProjectKey};

use super::FakeNode;
use super::keys::GlobalKeys;
use crate::automation_node::ProjectConfiguration;
use crate::conformance::{FolderSeed, NodeSeed};
use crate::connector::Identity;
use crate::error::NodeErrorKind;
use crate::node_accounts::{AccountRules, ExternalUser, SupplierRules};

/// The folder that has no parent.
pub(super) const ROOT: &str = "ROOT";

/// The id of the admin key.
pub(super) const KEY_ID: &str = "admin-key";

/// The one log of a code environment.
pub(super) const LOG: &str = "install.log";

pub(super) type Answer<T> = Result<T, NodeErrorKind>;

pub(super) fn forbidden(reason: String) -> NodeErrorKind {
    NodeErrorKind::Forbidden(reason)
}

pub(super) fn refused(reason: impl Into<String>) -> NodeErrorKind {
    NodeErrorKind::Refused { status: 400, message: reason.into() }
}

pub(super) fn not_found(kind: &str, id: impl fmt::Display) -> NodeErrorKind {
    NodeErrorKind::NotFound(format!("{kind} not found: {id}"))
}

/// The flags that each grant a right in a project (page "Main project permissions").
pub(super) type Right = &'static [&'static str];
/// Every flag grants it.
pub(super) const SEE: Right = &[];
pub(super) const READ: Right = &["readProjectContent", "writeProjectContent", "admin"];
pub(super) const WRITE: Right = &["writeProjectContent", "admin"];
pub(super) const RUN: Right = &["runScenarios", "writeProjectContent", "admin"];
pub(super) const PERMIT: Right = &["editPermissions", "admin"];
pub(super) const ADMINISTER: Right = &["admin"];

#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    pub(super) name: String,
    pub(super) users: BTreeMap<Login, User>,
    pub(super) groups: BTreeMap<GroupName, Group>,
    pub(super) connections: BTreeMap<String, NodeConnection>,
    pub(super) code_envs: Vec<CodeEnv>,
    /// What their one log says, where a test or a build wrote something.
    pub(super) code_env_logs: BTreeMap<CodeEnv, String>,
    pub(super) plugins: Vec<Plugin>,
    pub(super) folders: Vec<FolderSeed>,
    pub(super) ldap: LdapSettings,
    pub(super) external_users: BTreeMap<SourceType, Vec<ExternalUser>>,
    /// The rules for accounts beside LDAP.
    pub(super) rules: Rules,
    pub(super) projects: BTreeMap<ProjectKey, Project>,
    /// How runs of a scenario of a project end; well, where nothing is said.
    pub(super) outcomes: BTreeMap<(ProjectKey, String), ScenarioOutcome>,
    pub(super) personal_keys: u32,
    pub(super) keys: GlobalKeys,
    /// Whether a backend ends as soon as it was started.
    pub(super) backends_crash: bool,
    /// Whether it refuses to say which backends run.
    pub(super) backends_are_hidden: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Rules(pub(super) AccountRules);

/// No supplier beside LDAP, an unknown licence, and keys without an end.
impl Default for Rules {
    fn default() -> Self {
        let unknown = NodeErrorKind::NotFound("the state of the licence".to_owned());
        let off = || Ok(SupplierRules::default());
        Self(AccountRules::new(off(), off(), Err(unknown), Ok(Vec::new())))
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Project {
    pub(super) folder: String,
    pub(super) configuration: ProjectConfiguration,
    /// In the order of their import, each with whether it was preloaded.
    pub(super) bundles: Vec<(BundleContents, bool)>,
    pub(super) active_bundle: Option<BundleId>,
    /// What the node keeps of scenarios over activations (R-A6), by their id.
    pub(super) local: BTreeMap<String, LocalState>,
    /// The webapps that the active bundle brought, by their id.
    pub(super) webapps: BTreeMap<String, FakeWebapp>,
}

/// A webapp. An activation brings its definition anew, and leaves its backend alone.
#[derive(Debug, Clone, Default)]
pub(super) struct FakeWebapp {
    pub(super) name: String,
    pub(super) run_as_user: Option<String>,
    /// The user that the backend was started with, empty for the last editor; none while it does not run.
    pub(super) backend: Option<String>,
}

/// What belongs to the node and not to the bundle that brings the scenario.
#[derive(Debug, Clone, Default)]
pub(super) struct LocalState {
    pub(super) active: bool,
    pub(super) run_as_user: Option<String>,
    pub(super) last_outcome: Option<ScenarioOutcome>,
}

/// A caller that the node has authenticated.
pub(super) struct Caller {
    /// The user whose rights count; none for the admin key.
    pub(super) login: Option<Login>,
    pub(super) groups: BTreeSet<GroupName>,
    pub(super) admin: bool,
    /// What the groups that the node has allow.
    allowed: Vec<Group>,
}

impl Caller {
    /// The name under which things are done: a login, or the id of the key.
    pub(super) fn name(&self) -> &str {
        self.login.as_ref().map_or(KEY_ID, Login::as_str)
    }

    fn may(&self, right: fn(&Group) -> bool) -> bool {
        self.admin || self.allowed.iter().any(right)
    }

    pub(super) fn may_use(&self, connection: &NodeConnection) -> bool {
        let is_member = |group: &String| self.groups.contains(group.as_str());
        let allowed = connection.allowed_groups.as_ref();
        self.admin || allowed.is_none_or(|groups| groups.iter().any(is_member))
    }

    pub(super) fn is_in(&self, groups: &BTreeSet<GroupName>) -> bool {
        self.admin || !groups.is_disjoint(&self.groups)
    }

    /// Rights add up over groups, and there are no negative ones.
    pub(super) fn has(&self, right: Right, project: &Project) -> bool {
        let permissions = &project.configuration.permissions;
        let grants = |entry: &ProjectPermission| {
            let group = entry.group.as_ref().is_some_and(|group| self.groups.contains(group));
            let user = entry.user.is_some() && entry.user == self.login;
            let is_set = |flag: &str| {
                let counts = right.is_empty() || right.contains(&flag);
                counts && entry.flags.get(flag).is_some_and(|value| value == true)
            };
            (group || user) && entry.flags.names().any(is_set)
        };
        let owns = self.login.is_some() && permissions.owner == self.login;
        self.admin || owns || permissions.permissions.iter().any(grants)
    }
}

impl Contents {
    /// The caller behind a key or a login. An unknown or disabled login is refused (R-S9, R-L11).
    pub(super) fn recognise(&self, acting: &Identity) -> Answer<Caller> {
        let Identity::Impersonate(login) = acting else {
            let (groups, allowed) = (BTreeSet::new(), Vec::new());
            return Ok(Caller { login: None, groups, admin: true, allowed });
        };
        let user = self.users.get(login);
        let user = user.ok_or_else(|| forbidden(format!("unknown user: {login}")))?;
        if !user.enabled {
            return Err(forbidden(format!("user is disabled: {login}")));
        }
        let allowed = user.groups.iter().filter_map(|name| self.groups.get(name).cloned());
        let (allowed, groups) = (allowed.collect::<Vec<_>>(), user.groups.iter().cloned());
        let admin = allowed.iter().any(|group| group.admin);
        Ok(Caller { login: Some(login.clone()), groups: groups.collect(), admin, allowed })
    }

    /// A project in which the caller has a right.
    pub(super) fn project(&self, by: &Caller, key: &ProjectKey, right: Right) -> Answer<&Project> {
        let project = self.projects.get(key).ok_or_else(|| not_found("project", key))?;
        if by.has(right, project) {
            return Ok(project);
        }
        Err(forbidden(format!("{} lacks a right of {right:?} in project {key}", by.name())))
    }

    /// The same, to change it.
    pub(super) fn project_mut(
        &mut self,
        by: &Caller,
        key: &ProjectKey,
        right: Right,
    ) -> Answer<&mut Project> {
        self.project(by, key, right)?;
        self.projects.get_mut(key).ok_or_else(|| not_found("project", key))
    }

    /// A new project of this key, if the caller may create it in that folder.
    pub(super) fn new_project(
        &mut self,
        by: &Caller,
        key: &ProjectKey,
        folder: Option<&String>,
    ) -> Answer<&mut Project> {
        let folder = folder.map_or(ROOT, String::as_str);
        let may_write = match self.folders.iter().find(|found| found.id == folder) {
            _ if !by.may(|group| group.may_create_projects) => false,
            _ if folder == ROOT => by.may(|group| group.may_write_in_root_project_folder),
            Some(found) => by.is_in(&found.writers),
            None => return Err(not_found("project folder", folder)),
        };
        if !may_write {
            return Err(forbidden(format!("{} may not create projects in {folder}", by.name())));
        }
        if self.projects.contains_key(key) {
            return Err(refused(format!(
                "ERR_PROJECT_INVALID_PROJECT_KEY: project key is already used: {key}"
            )));
        }
        let project = Project { folder: folder.to_owned(), ..Project::default() };
        Ok(self.projects.entry(key.clone()).or_insert(project))
    }
}

impl FakeNode {
    /// A node with all that a seed names.
    pub fn seeded(seed: NodeSeed) -> Self {
        let connections = seed.connections.into_iter();
        Self::holding(Contents {
            name: seed.name,
            users: seed.users.into_iter().map(|user| (user.login.clone(), user)).collect(),
            groups: seed.groups.into_iter().map(|group| (group.name.clone(), group)).collect(),
            connections: connections.map(|found| (found.name.clone(), found)).collect(),
            code_envs: seed.code_envs,
            plugins: seed.plugins,
            folders: seed.folders,
            ldap: seed.ldap,
            external_users: BTreeMap::from([(SourceType::Ldap, seed.ldap_users)]),
            outcomes: seed.outcomes,
            ..Contents::default()
        })
    }

    fn changed<T>(self, change: impl FnOnce(&mut Contents) -> T) -> Self {
        change(&mut self.lock().contents);
        self
    }

    /// With this user, in the place of one of the same login.
    pub fn with_user(self, user: User) -> Self {
        self.changed(|node| node.users.insert(user.login.clone(), user))
    }

    /// With this group, in the place of one of the same name.
    pub fn with_group(self, group: Group) -> Self {
        self.changed(|node| node.groups.insert(group.name.clone(), group))
    }

    /// With these LDAP settings.
    pub fn with_ldap_settings(self, settings: LdapSettings) -> Self {
        self.changed(|node| node.ldap = settings)
    }

    /// With these users behind a supplier.
    pub fn with_external_users(self, source: SourceType, users: Vec<ExternalUser>) -> Self {
        self.changed(|node| node.external_users.insert(source, users))
    }

    /// Changes the rules for accounts beside LDAP.
    pub fn with_account_rules(self, change: impl FnOnce(&mut AccountRules)) -> Self {
        self.changed(|node| change(&mut node.rules.0))
    }

    /// Removes a user.
    pub fn remove_user(&self, login: &Login) {
        self.lock().contents.users.remove(login);
    }

    /// The user that the backend of a webapp runs as, empty for the last editor; none while it does not run.
    #[must_use]
    pub fn backend_user(&self, key: &ProjectKey, webapp: &str) -> Option<String> {
        let shared = self.lock();
        shared.contents.projects.get(key)?.webapps.get(webapp)?.backend.clone()
    }

    /// Sets whether backends of webapps end as soon as they were started, from now on.
    pub fn crash_backends(&self, crash: bool) {
        self.lock().contents.backends_crash = crash;
    }

    /// Sets whether the node refuses to say which backends of webapps run, from now on.
    pub fn hide_backends(&self, hide: bool) {
        self.lock().contents.backends_are_hidden = hide;
    }

    /// Adds a code environment.
    pub fn add_code_env(&self, env: CodeEnv) {
        self.lock().contents.code_envs.push(env);
    }

    /// Writes this to the log of a code environment, also when it is built later.
    pub fn write_code_env_log(&self, env: CodeEnv, text: impl Into<String>) {
        self.lock().contents.code_env_logs.insert(env, text.into());
    }

    /// Removes a connection.
    pub fn remove_connection(&self, name: &str) {
        self.lock().contents.connections.remove(name);
    }

    /// Removes a project.
    pub fn remove_project(&self, key: &ProjectKey) {
        self.lock().contents.projects.remove(key);
    }
}
