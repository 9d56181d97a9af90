use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{GroupName, Login};

use super::administrators::{AccountChange, Change};
use super::{DeployerSession, View, allow};

/// How often a change of accounts is decided, beside other ones.
pub(super) const ATTEMPTS: usize = 20;

/// The Deployer's own users and groups, for hosts without an identity provider. Only global
/// administrators read and change them.
impl DeployerSession {
    /// All users. One whose document cannot be read is left out.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn users(&self) -> Result<Vec<User>, DeployerError> {
        Ok(self.accounts().await?.model.users().cloned().collect())
    }

    /// All groups. One whose document cannot be read is left out.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn groups(&self) -> Result<Vec<Group>, DeployerError> {
        Ok(self.accounts().await?.model.groups().cloned().collect())
    }

    /// All users, for decisions: one that cannot be read is an error, since it is not absent.
    pub(crate) async fn every_user(&self) -> Result<Vec<User>, DeployerError> {
        let view = self.accounts().await?;
        view.model.all_readable::<User>()?;
        Ok(view.model.users().cloned().collect())
    }

    /// All groups, like [`Self::every_user`].
    pub(crate) async fn every_group(&self) -> Result<Vec<Group>, DeployerError> {
        let view = self.accounts().await?;
        view.model.all_readable::<Group>()?;
        Ok(view.model.groups().cloned().collect())
    }

    /// One user; none if there is none of this login.
    pub(crate) async fn user(&self, login: &Login) -> Result<Option<User>, DeployerError> {
        let view = self.accounts().await?;
        Ok(view.model.user(login)?.map(|kept| User::clone(&kept.value)))
    }

    /// One group; none if there is none of this name.
    pub(super) async fn group(&self, name: &GroupName) -> Result<Option<Group>, DeployerError> {
        let view = self.accounts().await?;
        Ok(view.model.group(name)?.map(|kept| Group::clone(&kept.value)))
    }

    /// Creates a user.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the login is in use.
    pub async fn create_user(&self, user: &User) -> Result<(), DeployerError> {
        self.change(AccountChange::User(Change::Create(user))).await
    }

    /// Creates a group.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the name is in use.
    pub async fn create_group(&self, group: &Group) -> Result<(), DeployerError> {
        self.change(AccountChange::Group(Change::Create(group))).await
    }

    /// Replaces the user of this login.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such user, or this would leave the Deployer without an
    /// administrator.
    pub async fn edit_user(&self, user: &User) -> Result<(), DeployerError> {
        self.change(AccountChange::User(Change::Edit(user))).await
    }

    /// Replaces the group of this name.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such group, or this would leave the Deployer without an
    /// administrator.
    pub async fn edit_group(&self, group: &Group) -> Result<(), DeployerError> {
        self.change(AccountChange::Group(Change::Edit(group))).await
    }

    /// Creates a user, or replaces the one of the same login.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or this would leave the Deployer without one.
    pub async fn save_user(&self, user: &User) -> Result<(), DeployerError> {
        self.change(AccountChange::User(Change::Save(user))).await
    }

    /// Creates a group, or replaces the one of the same name.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or this would leave the Deployer without one.
    pub async fn save_group(&self, group: &Group) -> Result<(), DeployerError> {
        self.change(AccountChange::Group(Change::Save(group))).await
    }

    /// Deletes a user, with the API keys that act as it. Objects that the user owns remain, with an owner who cannot
    /// log in.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such user, or it is the last administrator.
    pub async fn delete_user(&self, login: &Login) -> Result<(), DeployerError> {
        self.change(AccountChange::User(Change::Delete(login))).await
    }

    /// Deletes a group. Rights that were granted to it have no effect from then on.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such group, or this would leave the Deployer without an
    /// administrator.
    pub async fn delete_group(&self, name: &GroupName) -> Result<(), DeployerError> {
        self.change(AccountChange::Group(Change::Delete(name))).await
    }

    /// Succeeds if the caller may read and change all accounts.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn may_edit_accounts(&self) -> Result<(), DeployerError> {
        self.accounts().await.map(|_| ())
    }

    /// Carries a change out. It is decided again if other accounts were changed meanwhile.
    async fn change(&self, change: AccountChange<'_>) -> Result<(), DeployerError> {
        let mut attempts = 0;
        let work = async {
            loop {
                let view = self.accounts().await?;
                self.account_as_expected(&view, change)?;
                let (mut commit, record) = view.account_commit(change)?;
                if let AccountChange::User(Change::Delete(login)) = change {
                    commit = self.without_keys_of(&view, login, commit).await?;
                }
                attempts += 1;
                match self.commit(commit, record).await {
                    Err(DeployerError::ChangedMeanwhile(_)) if attempts < ATTEMPTS => {}
                    other => return other,
                }
            }
        };
        let (action, named) = change.named();
        self.attempt(action, named, work).await
    }

    /// Refuses a change of an account that is no longer as the caller saw it.
    fn account_as_expected(
        &self,
        view: &View,
        change: AccountChange<'_>,
    ) -> Result<(), DeployerError> {
        match change {
            AccountChange::User(change) => {
                let user = change.id(|user| &user.login);
                view.model.user(user)?.map_or(Ok(()), |found| self.as_expected(found))
            }
            AccountChange::Group(change) => {
                let group = change.id(|group| &group.name);
                view.model.group(group)?.map_or(Ok(()), |found| self.as_expected(found))
            }
        }
    }

    pub(super) async fn accounts(&self) -> Result<View, DeployerError> {
        let view = self.view().await?;
        let named = ResourceRef::new("accounts", "");
        allow(&view, Operation::EditAccounts, Scope::deployer(), named)?;
        Ok(view)
    }
}
