use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{GroupName, Login};
use project_deployer_store::Commit;

use super::{DeployerSession, allow};
use crate::state::{Record, RecordCommit as _, VersionedRecord};

/// The Deployer's own users and groups, for hosts without an identity provider. Only global
/// administrators read and change them.
impl DeployerSession {
    /// All users.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn users(&self) -> Result<Vec<User>, DeployerError> {
        self.accounts().await
    }

    /// All groups.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn groups(&self) -> Result<Vec<Group>, DeployerError> {
        self.accounts().await
    }

    /// Creates a user, or replaces the one of the same login.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn save_user(&self, user: &User) -> Result<(), DeployerError> {
        self.save_account(user).await
    }

    /// Creates a group, or replaces the one of the same name.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator.
    pub async fn save_group(&self, group: &Group) -> Result<(), DeployerError> {
        self.save_account(group).await
    }

    /// Deletes a user. Objects that the user owns remain, with an owner who cannot log in.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such user.
    pub async fn delete_user(&self, login: &Login) -> Result<(), DeployerError> {
        self.delete_account::<User>(login.as_str()).await
    }

    /// Deletes a group. Rights that were granted to it have no effect from then on.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such group.
    pub async fn delete_group(&self, name: &GroupName) -> Result<(), DeployerError> {
        self.delete_account::<Group>(name.as_str()).await
    }

    async fn accounts<T: Record>(&self) -> Result<Vec<T>, DeployerError> {
        self.may_edit_accounts().await?;
        self.repository().all::<T>().await
    }

    async fn save_account<T: Record + Clone + Sync>(&self, new: &T) -> Result<(), DeployerError> {
        self.may_edit_accounts().await?;
        let found = self.repository().find::<T>(new.id()).await?;
        let found = found.unwrap_or_else(|| VersionedRecord::unwritten(new.clone()));
        self.repository().commit(Commit::new().replace(&found, new)?).await
    }

    async fn delete_account<T: Record>(&self, id: &str) -> Result<(), DeployerError> {
        self.may_edit_accounts().await?;
        let found = self.existing::<T>(id).await?;
        self.repository().commit(Commit::new().remove(&found)).await
    }

    async fn may_edit_accounts(&self) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        allow(&caller, Operation::EditAccounts, Scope::deployer(), ResourceRef::new("accounts", ""))
    }
}
