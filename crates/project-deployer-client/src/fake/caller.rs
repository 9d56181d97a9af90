//! Who is asking, and what the caller may do.

use std::collections::BTreeSet;

use project_deployer_core::node::{NodeConnection, ProjectPermission, ProjectPermissions};
use project_deployer_core::{GroupName, Login};

use super::refusal::{Answer, forbidden};
use super::state::NodeState;
use crate::connector::Identity;

/// The id of the admin key.
pub(super) const KEY_ID: &str = "admin-key";

/// A caller whom the node has recognised.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The user whose rights count; none for the admin key.
    pub(super) login: Option<Login>,
    pub(super) groups: BTreeSet<GroupName>,
    pub(super) admin: bool,
    pub(super) may_create_projects: bool,
    pub(super) may_write_in_root_folder: bool,
}

/// What somebody may do in a project (page "Main project permissions").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProjectRight {
    See,
    Read,
    Write,
    RunScenarios,
    EditPermissions,
    Administer,
}

impl ProjectRight {
    /// The flags that grant it; none means that any flag does.
    fn flags(self) -> Option<&'static [&'static str]> {
        match self {
            Self::See => None,
            Self::Read => Some(&["readProjectContent", "writeProjectContent", "admin"]),
            Self::Write => Some(&["writeProjectContent", "admin"]),
            Self::RunScenarios => Some(&["runScenarios", "writeProjectContent", "admin"]),
            Self::EditPermissions => Some(&["editPermissions", "admin"]),
            Self::Administer => Some(&["admin"]),
        }
    }

    fn granted_by(self, entry: &ProjectPermission) -> bool {
        let is_set = |flag: &str| entry.flags.get(flag).is_some_and(|value| value == true);
        match self.flags() {
            None => entry.flags.names().any(is_set),
            Some(flags) => flags.iter().any(|flag| is_set(flag)),
        }
    }
}

impl Caller {
    /// The name under which things are done: a login, or the id of the key.
    pub(super) fn name(&self) -> &str {
        self.login.as_ref().map_or(KEY_ID, Login::as_str)
    }

    pub(super) fn must_be_admin(&self) -> Answer<()> {
        if self.admin {
            return Ok(());
        }
        Err(forbidden(format!("{} is no administrator of this node", self.name())))
    }

    pub(super) fn may_use(&self, connection: &NodeConnection) -> bool {
        let allowed = connection.allowed_groups.as_ref();
        let is_member = |group: &String| self.groups.contains(group.as_str());
        self.admin || allowed.is_none_or(|groups| groups.iter().any(is_member))
    }

    /// Rights add up over groups, and there are no negative ones.
    pub(super) fn has(&self, right: ProjectRight, permissions: &ProjectPermissions) -> bool {
        let owns = self.login.is_some() && permissions.owner == self.login;
        let concerns = |entry: &&ProjectPermission| {
            let group = entry.group.as_ref().is_some_and(|group| self.groups.contains(group));
            let user = entry.user.is_some() && entry.user == self.login;
            group || user
        };
        let mut entries = permissions.permissions.iter().filter(concerns);
        self.admin || owns || entries.any(|entry| right.granted_by(entry))
    }
}

impl NodeState {
    /// The caller behind a key or a login. A login that is unknown or kept out is refused (R-S9,
    /// R-L11).
    pub(super) fn recognise(&self, acting: &Identity) -> Answer<Caller> {
        match acting {
            Identity::ApiKey => Ok(Caller {
                login: None,
                groups: BTreeSet::new(),
                admin: true,
                may_create_projects: true,
                may_write_in_root_folder: true,
            }),
            Identity::Impersonate(login) => self.user_as_caller(login),
        }
    }

    fn user_as_caller(&self, login: &Login) -> Answer<Caller> {
        let Some(user) = self.users.get(login) else {
            return Err(forbidden(format!("unknown user: {login}")));
        };
        if !user.enabled {
            return Err(forbidden(format!("user is disabled: {login}")));
        }
        let groups = || user.groups.iter().filter_map(|name| self.groups.get(name));
        let admin = groups().any(|group| group.admin);
        Ok(Caller {
            login: Some(login.clone()),
            groups: user.groups.iter().cloned().collect(),
            admin,
            may_create_projects: admin || groups().any(|group| group.may_create_projects),
            may_write_in_root_folder: admin
                || groups().any(|group| group.may_write_in_root_project_folder),
        })
    }
}
