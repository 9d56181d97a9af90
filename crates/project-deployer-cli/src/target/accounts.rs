use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::RemoteDeployer;
use project_deployer::core::accounts::{Group, User};
use project_deployer::core::{GroupName, Login};
use project_deployer_client::request::users::{self, NewUser};
use project_deployer_client::request::{accounts, groups};
use secrecy::SecretString;

use super::settings::{expecting, of_store};
use super::{Seen, unchanged};
use crate::failure::Failure;

type Answer<T> = Result<T, Failure>;

/// Users and groups, for administrators.
///
/// # Errors
///
/// The Deployer refuses the call or does not answer, or somebody changed the account since it was read.
#[async_trait]
pub(crate) trait Accounts: fmt::Debug + Send + Sync {
    async fn all_users(&self) -> Answer<Vec<User>>;
    async fn user_seen(&self, login: &Login) -> Answer<Seen<User>>;
    async fn add_user(&self, user: &User, password: Option<SecretString>) -> Answer<()>;
    async fn change_user(&self, changed: &User, seen: &str) -> Answer<()>;
    async fn remove_user(&self, login: &Login) -> Answer<()>;
    async fn all_groups(&self) -> Answer<Vec<Group>>;
    async fn group_seen(&self, name: &GroupName) -> Answer<Seen<Group>>;
    async fn add_group(&self, group: &Group) -> Answer<()>;
    async fn change_group(&self, changed: &Group, seen: &str) -> Answer<()>;
    async fn remove_group(&self, name: &GroupName) -> Answer<()>;
}

#[async_trait]
impl Accounts for DeployerSession {
    async fn all_users(&self) -> Answer<Vec<User>> {
        Ok(self.users().await?)
    }

    async fn user_seen(&self, login: &Login) -> Answer<Seen<User>> {
        Ok(of_store(self.user_at(login).await?))
    }

    async fn add_user(&self, user: &User, password: Option<SecretString>) -> Answer<()> {
        self.create_user(user).await?;
        match password {
            Some(password) => match self.set_password(&user.login, password).await {
                Ok(()) => Ok(()),
                Err(error) => {
                    // The user is of no use, and would be in the way of another try.
                    self.delete_user(&user.login).await?;
                    Err(error.into())
                }
            },
            None => Ok(()),
        }
    }

    async fn change_user(&self, changed: &User, seen: &str) -> Answer<()> {
        Ok(expecting(self, seen)?.edit_user(changed).await?)
    }

    async fn remove_user(&self, login: &Login) -> Answer<()> {
        Ok(self.delete_user(login).await?)
    }

    async fn all_groups(&self) -> Answer<Vec<Group>> {
        Ok(self.groups().await?)
    }

    async fn group_seen(&self, name: &GroupName) -> Answer<Seen<Group>> {
        Ok(of_store(self.group_at(name).await?))
    }

    async fn add_group(&self, group: &Group) -> Answer<()> {
        Ok(self.create_group(group).await?)
    }

    async fn change_group(&self, changed: &Group, seen: &str) -> Answer<()> {
        Ok(expecting(self, seen)?.edit_group(changed).await?)
    }

    async fn remove_group(&self, name: &GroupName) -> Answer<()> {
        Ok(self.delete_group(name).await?)
    }
}

#[async_trait]
impl Accounts for RemoteDeployer {
    async fn all_users(&self) -> Answer<Vec<User>> {
        Ok(self.node().whole_users().await?)
    }

    async fn user_seen(&self, login: &Login) -> Answer<Seen<User>> {
        let user = self.node().call(&accounts::user(login)).await?;
        let document = serde_json::to_value(&user).map_err(Failure::failed)?;
        Ok(Seen::digested(user, &document))
    }

    async fn add_user(&self, user: &User, password: Option<SecretString>) -> Answer<()> {
        let new = NewUser::new(user.login.clone(), user.source_type.clone())
            .with_display_name(&user.display_name)
            .with_groups(user.groups.clone())
            .with_email(user.email.clone())
            .with_user_profile(user.user_profile.clone())
            .with_password(password);
        Ok(self.node().call(&users::create(&new)).await?)
    }

    async fn change_user(&self, changed: &User, seen: &str) -> Answer<()> {
        let now = self.user_seen(&changed.login).await?;
        unchanged("user", &changed.login, &now, seen)?;
        Ok(self.node().call(&accounts::save_user(&changed.login, changed)).await?)
    }

    async fn remove_user(&self, login: &Login) -> Answer<()> {
        Ok(self.node().call(&users::delete(login, false)).await?)
    }

    async fn all_groups(&self) -> Answer<Vec<Group>> {
        Ok(self.node().call(&accounts::groups()).await?)
    }

    async fn group_seen(&self, name: &GroupName) -> Answer<Seen<Group>> {
        let group = self.node().call(&groups::get(name)).await?;
        let document = serde_json::to_value(&group).map_err(Failure::failed)?;
        Ok(Seen::digested(group, &document))
    }

    async fn add_group(&self, group: &Group) -> Answer<()> {
        Ok(self.node().create_group(group).await?)
    }

    async fn change_group(&self, changed: &Group, seen: &str) -> Answer<()> {
        let now = self.group_seen(&changed.name).await?;
        unchanged("group", &changed.name, &now, seen)?;
        Ok(self.node().call(&groups::save(&changed.name, changed)).await?)
    }

    async fn remove_group(&self, name: &GroupName) -> Answer<()> {
        Ok(self.node().call(&groups::delete(name)).await?)
    }
}
