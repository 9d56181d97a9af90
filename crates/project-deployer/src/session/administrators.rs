//! Changes of accounts. The Deployer is never left without an administrator.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::{GroupName, Login};
use project_deployer_store::Commit;

use super::View;
use crate::audit::{Action, Change as Record};
use crate::read_model::Kept;
use crate::state::{self, Record as _, RecordCommit as _};

/// What the logins of global API keys begin with.
pub(crate) const RESERVED: &str = "api:";

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

impl AccountChange<'_> {
    /// What is attempted.
    pub(super) fn named(self) -> (Action, ResourceRef) {
        match self {
            Self::User(change) => change.named(User::NOUN, |user| &user.login),
            Self::Group(change) => change.named(Group::NOUN, |group| &group.name),
        }
    }
}

impl View {
    /// The commit of a change. It names one administrator who is left, and is refused if that one changes meanwhile:
    /// two changes never remove the last ones together, and others do not wait for each other.
    ///
    /// # Errors
    ///
    /// The account exists already or does not, or nobody would be a global administrator after the change, and
    /// somebody is now.
    pub(super) fn account_commit(
        &self,
        change: AccountChange<'_>,
    ) -> Result<(Commit, Record), DeployerError> {
        if let AccountChange::User(Change::Create(user) | Change::Save(user)) = change {
            refuse_reserved(&user.login)?;
        }
        let (commit, record) = match change {
            AccountChange::User(user) => {
                commit_of(user, |user| &user.login, |login| self.model.user(login))?
            }
            AccountChange::Group(group) => {
                commit_of(group, |group| &group.name, |name| self.model.group(name))?
            }
        };
        match self.administrator(Some(change)) {
            Some((user, group)) => {
                Ok((self.unchanged_since(change, &user, &group, commit)?, record))
            }
            // A host with an identity provider of its own has none here.
            None if self.administrator(None).is_none() => Ok((commit, record)),
            None => Err(DeployerError::not_possible(
                "this would leave the Deployer without an administrator",
                "make another enabled user a global administrator first",
            )),
        }
    }

    /// A global administrator after a change, and the group that makes it one.
    fn administrator(&self, change: Option<AccountChange<'_>>) -> Option<(Login, GroupName)> {
        let mut users: Vec<_> = self.model.users().collect();
        let mut groups: Vec<_> = self.model.groups().collect();
        match change {
            Some(AccountChange::User(change)) => apply(&mut users, change, |user| &user.login),
            Some(AccountChange::Group(change)) => apply(&mut groups, change, |group| &group.name),
            None => {}
        }
        users.into_iter().filter(|user| user.enabled).find_map(|user| {
            let admin =
                groups.iter().find(|group| group.admin && user.groups.contains(&group.name));
            admin.map(|group| (user.login.clone(), group.name.clone()))
        })
    }

    /// Commits only if an administrator is still one, as far as the change does not say so itself.
    fn unchanged_since(
        &self,
        change: AccountChange<'_>,
        user: &Login,
        group: &GroupName,
        mut commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let (changes_user, changes_group) = match change {
            AccountChange::User(change) => (change.is_about(user, |user| &user.login), false),
            AccountChange::Group(change) => (false, change.is_about(group, |group| &group.name)),
        };
        if let Some(kept) = self.model.user(user)?.filter(|_| !changes_user) {
            commit = commit.unchanged(kept);
        }
        if let Some(kept) = self.model.group(group)?.filter(|_| !changes_group) {
            commit = commit.unchanged(kept);
        }
        Ok(commit)
    }
}

impl<'a, T, K: PartialEq + std::fmt::Display> Change<'a, T, K> {
    fn named(self, noun: &'static str, id: impl Fn(&'a T) -> &'a K) -> (Action, ResourceRef) {
        let action = match self {
            Self::Create(_) => Action::Create,
            Self::Edit(_) => Action::Edit,
            Self::Save(_) => Action::Save,
            Self::Delete(_) => Action::Delete,
        };
        (action, ResourceRef::new(noun, self.id(id)))
    }

    fn is_about(self, account: &K, id: impl Fn(&'a T) -> &'a K) -> bool {
        self.id(id) == account
    }

    /// Which account is changed.
    pub(super) fn id(self, id: impl Fn(&'a T) -> &'a K) -> &'a K {
        match self {
            Self::Create(new) | Self::Edit(new) | Self::Save(new) => id(new),
            Self::Delete(removed) => removed,
        }
    }
}

/// A login of a global API key, which is `api:` and its id, must be no user's: nobody could distinguish who acted.
pub(crate) fn refuse_reserved(login: &Login) -> Result<(), DeployerError> {
    let begin = login.as_str().get(..RESERVED.len());
    if begin.is_some_and(|begin| begin.eq_ignore_ascii_case(RESERVED)) {
        return Err(DeployerError::not_possible(
            format!("login `{login}` begins with `{RESERVED}`, as the logins of API keys do"),
            "choose another login",
        ));
    }
    Ok(())
}

fn commit_of<'a, 'm, T: state::Record + 'm, K: std::fmt::Display + 'a>(
    change: Change<'a, T, K>,
    id: impl Fn(&'a T) -> &'a K,
    find: impl Fn(&K) -> Result<Option<&'m Kept<T>>, DeployerError>,
) -> Result<(Commit, Record), DeployerError> {
    let absent = |id: &K| DeployerError::not_found(T::NOUN, id);
    let create = |new: &T| Ok((Commit::new().create(new)?, Record::created(new)?));
    let replace = |found: &Kept<T>, new: &T| {
        Ok((Commit::new().replace(found, new)?, Record::edited(&*found.value, new)?))
    };
    match change {
        Change::Create(new) => match find(id(new))? {
            Some(_) => Err(DeployerError::AlreadyExists(ResourceRef::new(T::NOUN, id(new)))),
            None => create(new),
        },
        Change::Edit(new) => replace(find(id(new))?.ok_or_else(|| absent(id(new)))?, new),
        Change::Save(new) => match find(id(new))? {
            Some(found) => replace(found, new),
            None => create(new),
        },
        Change::Delete(id) => {
            let found = find(id)?.ok_or_else(|| absent(id))?;
            Ok((Commit::new().remove(found), Record::deleted::<T>(&found.value)?))
        }
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
