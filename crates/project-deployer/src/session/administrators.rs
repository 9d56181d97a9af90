//! The Deployer is never left without an administrator.

use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::rights::Caller;
use project_deployer_store::Commit;

use super::View;
use crate::state::{Record as _, RecordCommit as _, references_to};

/// A change of one account.
pub(super) enum AccountChange<'a> {
    SaveUser(&'a User),
    SaveGroup(&'a Group),
    DeleteUser(&'a str),
    DeleteGroup(&'a str),
}

impl View {
    /// Adds to the commit of a change what keeps two callers from removing each other at the same time.
    ///
    /// # Errors
    ///
    /// Nobody would be a global administrator after the change, and somebody is now.
    pub(super) fn keeping_an_administrator(
        &self,
        change: &AccountChange<'_>,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let users: Vec<_> = self.model.users().collect();
        let groups: Vec<_> = self.model.groups().collect();
        let before = administrators(users.iter().copied(), &groups);
        let after = change.count_after(&users, &groups);
        if after >= before {
            return Ok(commit);
        }
        if after == 0 {
            return Err(DeployerError::not_possible(
                "this would leave the Deployer without an administrator",
                "make another enabled user a global administrator first",
            ));
        }
        let guard = self.model.guard(references_to(&User::KIND, "administrators"));
        Ok(commit.refer_alone(&guard))
    }
}

impl AccountChange<'_> {
    /// How many administrators there are after the change.
    fn count_after(&self, users: &[&User], groups: &[&Group]) -> usize {
        let other_users = |login: &str| -> Vec<&User> {
            users.iter().copied().filter(|user| user.login.as_str() != login).collect()
        };
        let other_groups = |name: &str| -> Vec<&Group> {
            groups.iter().copied().filter(|group| group.name.as_str() != name).collect()
        };
        let (users, groups) = match self {
            Self::SaveUser(user) => {
                let mut users = other_users(user.login.as_str());
                users.push(user);
                (users, groups.to_vec())
            }
            Self::SaveGroup(group) => {
                let mut groups = other_groups(group.name.as_str());
                groups.push(group);
                (users.to_vec(), groups)
            }
            Self::DeleteUser(login) => (other_users(login), groups.to_vec()),
            Self::DeleteGroup(name) => (users.to_vec(), other_groups(name)),
        };
        administrators(users.into_iter(), &groups)
    }
}

fn administrators<'a>(users: impl Iterator<Item = &'a User>, groups: &[&Group]) -> usize {
    let is_admin =
        |user: &&User| user.enabled && Caller::resolve(user, groups.iter().copied()).global_admin;
    users.filter(is_admin).count()
}
