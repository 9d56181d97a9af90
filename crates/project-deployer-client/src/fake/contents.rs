//! What a node has, who may do what there, and the methods by which a test changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::node::{
    CodeEnv, NodeConnection, NodeResources, Plugin, ProjectPermission, ScenarioOutcome,
};
use project_deployer_core::{GroupName, Login, ProjectKey};

use super::FakeNode;
use super::keys::Key;
use super::projects::Project;
use crate::conformance::{FolderSeed, NodeSeed};
use crate::connector::Identity;
use crate::error::NodeErrorKind;
use crate::node_accounts::{AccountRules, ExternalUser, SupplierRules};

/// The folder that has no parent.
pub(super) const ROOT: &str = "ROOT";

/// The id of the admin key.
pub(super) const KEY_ID: &str = "admin-key";

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

pub(super) struct Contents {
    pub(super) users: BTreeMap<Login, User>,
    pub(super) groups: BTreeMap<GroupName, Group>,
    pub(super) ldap: LdapSettings,
    /// The rules for accounts beside LDAP.
    pub(super) rules: AccountRules,
    pub(super) external_users: BTreeMap<SourceType, Vec<ExternalUser>>,
    pub(super) keys: BTreeMap<String, Key>,
    /// The ids of the global keys that it refuses to delete.
    pub(super) kept_keys: BTreeSet<String>,
    /// How many global keys it has made.
    pub(super) keys_made: u32,
    /// How many personal keys it has made.
    pub(super) personal_keys_made: u32,
    pub(super) resources: Resources,
    /// What the one log of a code environment says, where a test wrote something.
    pub(super) code_env_logs: BTreeMap<CodeEnv, String>,
    pub(super) folders: BTreeMap<String, FolderSeed>,
    pub(super) projects: BTreeMap<ProjectKey, Project>,
    /// How runs of a scenario of a project end; well, where nothing is said.
    pub(super) outcomes: BTreeMap<(ProjectKey, String), ScenarioOutcome>,
    /// Whether a backend ends as soon as it was started.
    pub(super) backends_crash: bool,
    /// Whether it refuses to say which backends run.
    pub(super) backends_are_hidden: bool,
}

/// What bundles need.
pub(super) struct Resources {
    pub(super) connections: BTreeMap<String, NodeConnection>,
    pub(super) code_envs: Vec<CodeEnv>,
    pub(super) plugins: Vec<Plugin>,
}

impl Resources {
    /// Administrators see everything; others the names of the connections that they may use
    /// (wire-facts 3.3).
    pub(super) fn seen_by(&self, caller: &Caller) -> NodeResources {
        let mut seen = NodeResources::default();
        if caller.admin {
            seen.connections = self.connections.values().cloned().collect();
            seen.code_envs = Some(self.code_envs.clone());
            seen.plugins = Some(self.plugins.clone());
        } else {
            let usable = self.connections.values().filter(|found| caller.may_use(found));
            seen.connections = usable.map(|found| NodeConnection::new(&*found.name)).collect();
        }
        seen
    }
}

/// A caller that the node has authenticated.
pub(super) struct Caller {
    /// The user whose rights count; none for the admin key.
    pub(super) login: Option<Login>,
    pub(super) groups: BTreeSet<GroupName>,
    pub(super) admin: bool,
    pub(super) creates_projects: bool,
    pub(super) writes_in_root: bool,
}

impl Caller {
    /// The name under which things are done: a login, or the id of the key.
    pub(super) fn name(&self) -> &str {
        self.login.as_ref().map_or(KEY_ID, Login::as_str)
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

/// A project in which the caller has a right.
pub(super) fn find_project<'a>(
    projects: &'a mut BTreeMap<ProjectKey, Project>,
    caller: &Caller,
    key: &ProjectKey,
    right: Right,
) -> Answer<&'a mut Project> {
    let project = projects.get_mut(key).ok_or_else(|| not_found("project", key))?;
    if caller.has(right, project) {
        return Ok(project);
    }
    Err(forbidden(format!("{} lacks a right of {right:?} in project {key}", caller.name())))
}

impl Contents {
    /// What a seed names: no supplier beside LDAP, an unknown licence, and keys without an end.
    pub(super) fn of(seed: NodeSeed) -> Self {
        let off = || Ok(SupplierRules::default());
        let licence = NodeErrorKind::NotFound("the state of the licence".to_owned());
        let connections = seed.connections.into_iter();
        Self {
            users: seed.users.into_iter().map(|user| (user.login.clone(), user)).collect(),
            groups: seed.groups.into_iter().map(|group| (group.name.clone(), group)).collect(),
            ldap: seed.ldap,
            rules: AccountRules::new(off(), off(), Err(licence), Ok(Vec::new())),
            external_users: BTreeMap::from([(SourceType::Ldap, seed.ldap_users)]),
            keys: BTreeMap::from([(KEY_ID.to_owned(), Key::first())]),
            kept_keys: BTreeSet::new(),
            keys_made: 0,
            personal_keys_made: 0,
            resources: Resources {
                connections: connections.map(|found| (found.name.clone(), found)).collect(),
                code_envs: seed.code_envs,
                plugins: seed.plugins,
            },
            code_env_logs: BTreeMap::new(),
            folders: seed.folders.into_iter().map(|found| (found.id.clone(), found)).collect(),
            projects: BTreeMap::new(),
            outcomes: seed.outcomes,
            backends_crash: false,
            backends_are_hidden: false,
        }
    }

    /// The caller behind a key or a login. An unknown or disabled login is refused (R-S9, R-L11).
    pub(super) fn recognise(&self, acting: &Identity) -> Answer<Caller> {
        let (login, user) = match acting {
            Identity::ApiKey => (None, None),
            Identity::Impersonate(login) => match self.users.get(login) {
                Some(user) if user.enabled => (Some(login.clone()), Some(user)),
                Some(_) => return Err(forbidden(format!("user is disabled: {login}"))),
                None => return Err(forbidden(format!("unknown user: {login}"))),
            },
        };
        let groups = user.into_iter().flat_map(|user| &user.groups);
        let groups: BTreeSet<GroupName> = groups.cloned().collect();
        let may = |right: fn(&Group) -> bool| {
            let mut known = groups.iter().filter_map(|name| self.groups.get(name));
            login.is_none() || known.any(|group| group.admin || right(group))
        };
        let admin = may(|_| false);
        let creates_projects = may(|group| group.may_create_projects);
        let writes_in_root = may(|group| group.may_write_in_root_project_folder);
        Ok(Caller { login, groups, admin, creates_projects, writes_in_root })
    }
}

impl FakeNode {
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
        self.changed(|node| change(&mut node.rules))
    }

    /// Removes a user.
    pub fn remove_user(&self, login: &Login) {
        self.lock().contents.users.remove(login);
    }

    /// The user that the backend of a webapp runs as, empty for the last editor; none while it does not run.
    #[must_use]
    pub fn backend_user(&self, key: &ProjectKey, webapp: &str) -> Option<String> {
        self.lock().contents.projects.get(key)?.backends.get(webapp).cloned()
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
        self.lock().contents.resources.code_envs.push(env);
    }

    /// Writes this to the log of a code environment, also when it is built later.
    pub fn write_code_env_log(&self, env: CodeEnv, text: impl Into<String>) {
        self.lock().contents.code_env_logs.insert(env, text.into());
    }

    /// Removes a connection.
    pub fn remove_connection(&self, name: &str) {
        self.lock().contents.resources.connections.remove(name);
    }

    /// Removes a project.
    pub fn remove_project(&self, key: &ProjectKey) {
        self.lock().contents.projects.remove(key);
    }
}
