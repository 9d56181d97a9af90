//! Changes of accounts. The Deployer is never left without an administrator.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::rights::Caller;
use project_deployer_core::{GroupName, Login};
use project_deployer_store::{Commit, DocumentKey};

use super::View;
use crate::read_model::Kept;
use crate::state::{Record, RecordCommit as _, references_to};

/// A change of one account.
#[derive(Debug, Clone, Copy)]
pub(super) enum AccountChange<'a> {
    User(Change<'a, User, Login>),
    Group(Change<'a, Group, GroupName>),
}

/// What is done with an account.
#[derive(Debug)]
pub(super) enum Change<'a, T, K> {
    Create(&'a T),
    /// It has to exist.
    Edit(&'a T),
    /// It may exist.
    Save(&'a T),
    Delete(&'a K),
}

impl<T, K> Copy for Change<'_, T, K> {}

impl<T, K> Clone for Change<'_, T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl View {
    /// The commit of a change. Every change of accounts writes one guard, so that no two of them are decided by the
    /// same accounts.
    ///
    /// # Errors
    ///
    /// The account exists already or does not, or nobody would be a global administrator after the change, and
    /// somebody is now.
    pub(super) fn account_commit(
        &self,
        change: AccountChange<'_>,
    ) -> Result<Commit, DeployerError> {
        let commit = match change {
            AccountChange::User(user) => {
                commit_of(user, |user| &user.login, |login| self.model.user(login))?
            }
            AccountChange::Group(group) => {
                commit_of(group, |group| &group.name, |name| self.model.group(name))?
            }
        };
        if self.administrators_after(None) > 0 && self.administrators_after(Some(change)) == 0 {
            return Err(DeployerError::not_possible(
                "this would leave the Deployer without an administrator",
                "make another enabled user a global administrator first",
            ));
        }
        Ok(commit.refer_alone(&self.model.guard(accounts_guard())))
    }

    fn administrators_after(&self, change: Option<AccountChange<'_>>) -> usize {
        let mut users: Vec<_> = self.model.users().collect();
        let mut groups: Vec<_> = self.model.groups().collect();
        match change {
            Some(AccountChange::User(change)) => apply(&mut users, change, |user| &user.login),
            Some(AccountChange::Group(change)) => apply(&mut groups, change, |group| &group.name),
            None => {}
        }
        let is_admin = |user: &&User| {
            user.enabled && Caller::resolve(user, groups.iter().copied()).global_admin
        };
        users.into_iter().filter(is_admin).count()
    }
}

/// Written by every change of accounts.
fn accounts_guard() -> DocumentKey {
    references_to(&User::KIND, "all accounts")
}

fn commit_of<'a, 'm, T: Record + 'm, K: std::fmt::Display + 'a>(
    change: Change<'a, T, K>,
    id: impl Fn(&'a T) -> &'a K,
    find: impl Fn(&K) -> Result<Option<&'m Kept<T>>, DeployerError>,
) -> Result<Commit, DeployerError> {
    let absent = |id: &K| DeployerError::not_found(T::NOUN, id);
    match change {
        Change::Create(new) => match find(id(new))? {
            Some(_) => Err(DeployerError::AlreadyExists(ResourceRef::new(T::NOUN, id(new)))),
            None => Commit::new().create(new),
        },
        Change::Edit(new) => {
            let found = find(id(new))?.ok_or_else(|| absent(id(new)))?;
            Commit::new().replace(found, new)
        }
        Change::Save(new) => match find(id(new))? {
            Some(found) => Commit::new().replace(found, new),
            None => Commit::new().create(new),
        },
        Change::Delete(id) => Ok(Commit::new().remove(find(id)?.ok_or_else(|| absent(id))?)),
    }
}

/// Accounts as they are after a change.
fn apply<'a, T, K: PartialEq>(
    accounts: &mut Vec<&'a T>,
    change: Change<'a, T, K>,
    id: impl Fn(&T) -> &K,
) {
    match change {
        Change::Create(new) | Change::Edit(new) | Change::Save(new) => {
            accounts.retain(|account| id(account) != id(new));
            accounts.push(new);
        }
        Change::Delete(removed) => accounts.retain(|account| id(account) != removed),
    }
}
