use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{GroupName, Login};
use project_deployer_store::Commit;

use super::administrators::AccountChange;
use super::{DeployerSession, View, allow};
use crate::state::{Record, RecordCommit as _, VersionedRecord};

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
        self.create_account(user).await
    }

    /// Creates a group.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the name is in use.
    pub async fn create_group(&self, group: &Group) -> Result<(), DeployerError> {
        self.create_account(group).await
    }

    /// Succeeds if the caller may read and change all accounts.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn may_edit_accounts(&self) -> Result<(), DeployerError> {
        self.accounts().await.map(|_| ())
    }

    /// Creates a user, or replaces the one of the same login.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or this would leave the Deployer without one.
    pub async fn save_user(&self, user: &User) -> Result<(), DeployerError> {
        self.save_account(user, &AccountChange::SaveUser(user)).await
    }

    /// Creates a group, or replaces the one of the same name.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or this would leave the Deployer without one.
    pub async fn save_group(&self, group: &Group) -> Result<(), DeployerError> {
        self.save_account(group, &AccountChange::SaveGroup(group)).await
    }

    /// Deletes a user. Objects that the user owns remain, with an owner who cannot log in.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such user, or it is the last administrator.
    pub async fn delete_user(&self, login: &Login) -> Result<(), DeployerError> {
        let change = AccountChange::DeleteUser(login.as_str());
        self.delete_account::<User>(login.as_str(), &change).await
    }

    /// Deletes a group. Rights that were granted to it have no effect from then on.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such group, or this would leave the Deployer without an
    /// administrator.
    pub async fn delete_group(&self, name: &GroupName) -> Result<(), DeployerError> {
        let change = AccountChange::DeleteGroup(name.as_str());
        self.delete_account::<Group>(name.as_str(), &change).await
    }

    async fn create_account<T: Record + Sync>(&self, new: &T) -> Result<(), DeployerError> {
        self.accounts().await?;
        match self.repository().commit(Commit::new().create(new)?).await {
            Err(DeployerError::ChangedMeanwhile(named)) => Err(DeployerError::AlreadyExists(named)),
            other => other,
        }
    }

    async fn save_account<T: Record + Clone + Sync>(
        &self,
        new: &T,
        change: &AccountChange<'_>,
    ) -> Result<(), DeployerError> {
        let view = self.accounts().await?;
        let found = self.repository().find::<T>(new.id()).await?;
        let found = found.unwrap_or_else(|| VersionedRecord::unwritten(new.clone()));
        let commit = Commit::new().replace(&found, new)?;
        self.repository().commit(view.keeping_an_administrator(change, commit)?).await
    }

    async fn delete_account<T: Record>(
        &self,
        id: &str,
        change: &AccountChange<'_>,
    ) -> Result<(), DeployerError> {
        let view = self.accounts().await?;
        let found = self.existing::<T>(id).await?;
        let commit = Commit::new().remove(&found);
        self.repository().commit(view.keeping_an_administrator(change, commit)?).await
    }

    async fn accounts(&self) -> Result<View, DeployerError> {
        let view = self.view().await?;
        let named = ResourceRef::new("accounts", "");
        allow(&view, Operation::EditAccounts, Scope::deployer(), named)?;
        Ok(view)
    }
}
