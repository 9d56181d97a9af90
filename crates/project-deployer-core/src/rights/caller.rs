use std::collections::BTreeSet;

use crate::accounts::{Group, User};
use crate::identifier::{GroupName, Login};

/// The caller: a login with its groups and global rights at the time of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Caller {
    /// The login.
    pub login: Login,
    /// The groups.
    pub groups: BTreeSet<GroupName>,
    /// Whether one of the groups makes its members global administrators.
    pub global_admin: bool,
    /// Other rights on the Deployer as a whole.
    pub global_rights: BTreeSet<GlobalRight>,
}

/// A right on the Deployer as a whole, besides being its administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GlobalRight {
    /// `mayCreatePublishedProjects` of a group (R-P10).
    CreatePublishedProjects,
}

impl Caller {
    /// A caller without groups and rights.
    pub fn new(login: Login) -> Self {
        Self { login, groups: BTreeSet::new(), global_admin: false, global_rights: BTreeSet::new() }
    }

    /// A global administrator.
    pub fn administrator(login: Login) -> Self {
        Self { global_admin: true, ..Self::new(login) }
    }

    /// The caller in these groups as well.
    pub fn in_groups(mut self, groups: impl IntoIterator<Item = GroupName>) -> Self {
        self.groups.extend(groups);
        self
    }

    /// The caller with one more right.
    pub fn with_right(mut self, right: GlobalRight) -> Self {
        self.global_rights.insert(right);
        self
    }

    /// What a user of the Deployer may do by the groups that exist there. Groups that the Deployer
    /// does not know give rights on objects all the same, but no global ones.
    pub fn resolve<'a>(user: &User, groups: impl IntoIterator<Item = &'a Group>) -> Self {
        let mut caller = Self::new(user.login.clone()).in_groups(user.groups.iter().cloned());
        for group in groups {
            if !caller.groups.contains(&group.name) {
                continue;
            }
            caller.global_admin |= group.admin;
            if group.may_create_published_projects {
                caller.global_rights.insert(GlobalRight::CreatePublishedProjects);
            }
        }
        caller
    }
}
