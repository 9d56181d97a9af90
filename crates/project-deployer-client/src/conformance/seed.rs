use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::node::{CodeEnv, NodeConnection, Plugin, ScenarioOutcome};
use project_deployer_core::setters;
use project_deployer_core::{GroupName, Login, ProjectKey};

use crate::node_accounts::ExternalUser;

/// What a node starts with. An implementation may have more, such as groups of its own.
#[derive(Debug, Clone, Default)]
#[must_use]
#[non_exhaustive]
pub struct NodeSeed {
    /// The id and name of the node.
    pub name: String,
    /// Groups.
    pub groups: Vec<Group>,
    /// Users.
    pub users: Vec<User>,
    /// Connections, each with its type.
    pub connections: Vec<NodeConnection>,
    /// Code environments that are built.
    pub code_envs: Vec<CodeEnv>,
    /// Plugins.
    pub plugins: Vec<Plugin>,
    /// Folders of projects, besides the root folder.
    pub folders: Vec<FolderSeed>,
    /// The settings of the LDAP supplier.
    pub ldap: LdapSettings,
    /// The users of the directory behind it, with their groups there.
    pub ldap_users: Vec<ExternalUser>,
    /// How runs of a scenario of a project end; well, where nothing is said.
    pub outcomes: BTreeMap<(ProjectKey, String), ScenarioOutcome>,
}

setters!(NodeSeed {
    with_name(name: impl Into<String>),
});

/// A folder of projects in the root folder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderSeed {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The groups that may see it.
    pub readers: BTreeSet<GroupName>,
    /// The groups that may see it and put projects into it.
    pub writers: BTreeSet<GroupName>,
}

impl NodeSeed {
    /// The node of this suite:
    ///
    /// - group `administrators` with `admin`;
    /// - group `deployers` with `dana` and the disabled `gone`, who may create projects;
    /// - group `tenants` with `theo`, who may do so in folder `live` only;
    /// - group `analysts` with `rita`, who may not, though they may write in the root folder;
    /// - connections `sql-prod` and `files` for all users, and `vault` for `administrators`;
    /// - environment `py-prod`, plugin `geo`;
    /// - folder `live` for `deployers` and `tenants`, and `locked` for no group;
    /// - LDAP without provisioning on demand, with `ann`, who would be in `analysts`.
    ///
    /// # Panics
    ///
    /// Never: the names are valid.
    pub fn usual() -> Self {
        Self {
            name: "auto-1".to_owned(),
            groups: groups(),
            users: users(),
            connections: connections(),
            code_envs: vec![CodeEnv::new("py-prod", "PYTHON")],
            plugins: vec![Plugin::new("geo", Some("1.2.0".to_owned()))],
            folders: vec![folder("live", &["deployers", "tenants"]), folder("locked", &[])],
            ldap: ldap(),
            ldap_users: vec![ann()],
            outcomes: BTreeMap::from([(
                (ProjectKey::parse("CHURN").unwrap(), "BROKEN".to_owned()),
                ScenarioOutcome::Failed,
            )]),
        }
    }

    /// The same, where accounts may be created on demand.
    pub fn with_provisioning(mut self) -> Self {
        self.ldap.allow_on_demand_users_provisioning = true;
        self
    }

    /// The same, where accounts may be refreshed on demand.
    pub fn with_sync(mut self) -> Self {
        self.ldap.allow_on_demand_users_sync = true;
        self
    }
}

fn group(name: &str) -> GroupName {
    GroupName::parse(name).unwrap()
}

fn groups() -> Vec<Group> {
    vec![
        Group::new(group("administrators")).with_admin(true),
        Group::new(group("deployers"))
            .with_may_create_projects(true)
            .with_may_write_in_root_project_folder(true),
        Group::new(group("tenants")).with_may_create_projects(true),
        Group::new(group("analysts"))
            .with_may_write_in_root_project_folder(true)
            .with_source_type(SourceType::Ldap)
            .with_ldap_group_names(vec!["cn-analytics".to_owned()]),
    ]
}

fn users() -> Vec<User> {
    let user = |login: &str, member: &str| {
        User::new(Login::parse(login).unwrap(), SourceType::Local).in_groups([group(member)])
    };
    let rita = user("rita", "analysts")
        .with_display_name("Rita Reader")
        .with_email(Some("rita@example.test".to_owned()));
    let gone = user("gone", "deployers").with_enabled(false);
    let (admin, dana) = (user("admin", "administrators"), user("dana", "deployers"));
    vec![admin, dana, gone, user("theo", "tenants"), rita]
}

fn connections() -> Vec<NodeConnection> {
    let connection = |name: &str, kind: &str, allowed: Option<&str>| {
        NodeConnection::new(name.to_owned())
            .with_kind(Some(kind.to_owned()))
            .with_allowed_groups(allowed.map(|group| vec![group.to_owned()]))
    };
    vec![
        connection("sql-prod", "PostgreSQL", None),
        connection("files", "Filesystem", None),
        connection("vault", "PostgreSQL", Some("administrators")),
    ]
}

fn folder(id: &str, writers: &[&str]) -> FolderSeed {
    FolderSeed {
        id: id.to_owned(),
        name: format!("Folder {id}"),
        readers: BTreeSet::new(),
        writers: writers.iter().map(|name| group(name)).collect(),
    }
}

fn ldap() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url("ldap://directory.example.test/dc=example,dc=test")
        .with_user_filter("(&(objectClass=posixAccount)(uid={USERNAME}))")
        .with_username_attribute("uid")
        .with_display_name_attribute(Some("cn".to_owned()))
        .with_email_attribute(Some("mail".to_owned()))
        .with_enable_groups(true)
        .with_group_filter(Some("(&(objectClass=posixGroup)(memberUid={USERNAME}))".to_owned()))
        .with_group_name_attribute(Some("cn".to_owned()))
        .with_all_users_filter(Some("(objectClass=posixAccount)".to_owned()))
}

fn ann() -> ExternalUser {
    ExternalUser {
        login: Login::parse("ann").unwrap(),
        display_name: Some("Ann Li".to_owned()),
        email: Some("ann@example.test".to_owned()),
        source_group_names: vec!["cn-analytics".to_owned()],
        dku_group_names: vec![group("analysts")],
    }
}
