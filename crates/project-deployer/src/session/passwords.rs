use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::Login;
use project_deployer_store::{Commit, Expected};
use secrecy::SecretString;

use super::DeployerSession;
use crate::audit::{Action, Change};
use crate::authentication::{HashedPassword, PasswordInfo, enabled_object, hash, is_password};
use crate::state::{PasswordRecord, Record as _, RecordCommit as _, VersionedRecord};

/// Passwords of the Deployer's own users, for sessions of browsers. They are hashed, and nobody reads them.
impl DeployerSession {
    /// Sets the password of a user. Sessions that were opened with the old one end.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such user, or the password is too short or too long.
    pub async fn set_password(
        &self,
        login: &Login,
        password: SecretString,
    ) -> Result<(), DeployerError> {
        let work = async {
            // Before the work of hashing.
            self.existing_user(login).await?;
            self.keep_password(login, hash(password).await?, None).await
        };
        self.attempt(Action::Edit, password_of(login), work).await
    }

    /// Sets the password of the caller, who knows the old one.
    ///
    /// # Errors
    ///
    /// The caller is no user, the old password is wrong, or the new one is too short or too long.
    pub async fn change_own_password(
        &self,
        old: SecretString,
        new: SecretString,
    ) -> Result<(), DeployerError> {
        let login = self.principal.login();
        let work = async {
            if !self.principal.is_user() {
                return Err(DeployerError::not_possible(
                    "only users of the Deployer have passwords",
                    "ask as a user",
                ));
            }
            self.view().await?;
            let found = self.repository().find::<PasswordRecord>(login).await?;
            let Some(found) = found else { return Err(DeployerError::PasswordWrong) };
            if !is_password(old, found.value.hash.clone()).await? {
                return Err(DeployerError::PasswordWrong);
            }
            self.keep_password(login, hash(new).await?, Some(&found)).await
        };
        self.attempt(Action::Edit, password_of(login), work).await
    }

    /// Removes the password of a user. Sessions that were opened with it end.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such user.
    pub async fn remove_password(&self, login: &Login) -> Result<(), DeployerError> {
        let work = async {
            self.existing_user(login).await?;
            let key = PasswordRecord::KIND.key(login);
            let change = Change::of(Action::Delete, PasswordRecord::NOUN, login);
            self.commit(Commit::new().delete(key, Expected::Any), change).await
        };
        self.attempt(Action::Delete, password_of(login), work).await
    }

    /// Whether a user has a password, and since when.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such user.
    pub async fn password_info(
        &self,
        login: &Login,
    ) -> Result<Option<PasswordInfo>, DeployerError> {
        self.existing_user(login).await?;
        let found = self.repository().find::<PasswordRecord>(login).await?;
        Ok(found.map(|found| PasswordInfo::new(found.value.changed_on)))
    }

    /// Succeeds if the caller may set the password of a user.
    async fn existing_user(&self, login: &Login) -> Result<(), DeployerError> {
        let view = self.accounts().await?;
        match view.model.user(login)? {
            Some(_) => Ok(()),
            None => Err(DeployerError::not_found("user", login)),
        }
    }

    /// Commits only if the user is still there, whose password must not go to a later user of the same login. One that
    /// was compared must still be the password.
    async fn keep_password(
        &self,
        login: &Login,
        HashedPassword { hash, generation }: HashedPassword,
        compared: Option<&VersionedRecord<PasswordRecord>>,
    ) -> Result<(), DeployerError> {
        let view = self.view().await?;
        enabled_object(&view.model, login)?;
        let user = view.model.user(login)?;
        let user = user.ok_or_else(|| DeployerError::not_found("user", login))?;
        let password = PasswordRecord {
            login: login.clone(),
            hash: Some(hash),
            generation,
            changed_on: self.deployer.now(),
        };
        let commit = Commit::new().unchanged(user);
        let commit = match compared {
            Some(compared) => commit.replace(compared, &password)?,
            None => commit.overwrite(&password)?,
        };
        // The record says that there is another one, and nothing of it.
        self.commit(commit, Change::of(Action::Edit, PasswordRecord::NOUN, login)).await
    }
}

fn password_of(login: &Login) -> ResourceRef {
    ResourceRef::new(PasswordRecord::NOUN, login)
}
