use project_deployer::core::accounts::{Group, User};
use project_deployer::core::{GroupName, Login};
use project_deployer_client::request::users::{self, NewUser};
use project_deployer_client::request::{accounts, groups};
use secrecy::SecretString;

use super::settings::{expecting, of_store};
use super::{Face, Seen, unchanged};
use crate::failure::Failure;

type Answer<T> = Result<T, Failure>;

/// Users and groups, for administrators.
///
/// # Errors
///
/// The Deployer refuses the call or does not answer, or somebody changed the account since it was read.
impl Face {
    pub(crate) async fn all_users(&self) -> Answer<Vec<User>> {
        match self {
            Self::Engine(session) => Ok(session.users().await?),
            Self::Remote(remote) => Ok(remote.node().whole_users().await?),
        }
    }

    pub(crate) async fn user_seen(&self, login: &Login) -> Answer<Seen<User>> {
        match self {
            Self::Engine(session) => Ok(of_store(session.user_at(login).await?)),
            Self::Remote(remote) => {
                let user = remote.node().call(&accounts::user(login)).await?;
                let document = serde_json::to_value(&user)?;
                Ok(Seen::digested(user, &document))
            }
        }
    }

    pub(crate) async fn add_user(&self, user: &User, password: Option<SecretString>) -> Answer<()> {
        match self {
            Self::Engine(session) => {
                session.create_user(user).await?;
                match password {
                    Some(password) => match session.set_password(&user.login, password).await {
                        Ok(()) => Ok(()),
                        Err(error) => {
                            // The user is of no use, and would be in the way of another try.
                            session.delete_user(&user.login).await?;
                            Err(error.into())
                        }
                    },
                    None => Ok(()),
                }
            }
            Self::Remote(remote) => {
                let new = NewUser::new(user.login.clone(), user.source_type.clone())
                    .with_display_name(&user.display_name)
                    .with_groups(user.groups.clone())
                    .with_email(user.email.clone())
                    .with_user_profile(user.user_profile.clone())
                    .with_password(password);
                Ok(remote.node().call(&users::create(&new)).await?)
            }
        }
    }

    pub(crate) async fn change_user(&self, changed: &User, seen: &str) -> Answer<()> {
        match self {
            Self::Engine(session) => Ok(expecting(session, seen)?.edit_user(changed).await?),
            Self::Remote(remote) => {
                let now = self.user_seen(&changed.login).await?;
                unchanged("user", &changed.login, &now, seen)?;
                Ok(remote.node().call(&accounts::save_user(&changed.login, changed)).await?)
            }
        }
    }

    pub(crate) async fn remove_user(&self, login: &Login) -> Answer<()> {
        match self {
            Self::Engine(session) => Ok(session.delete_user(login).await?),
            Self::Remote(remote) => Ok(remote.node().call(&users::delete(login, false)).await?),
        }
    }

    pub(crate) async fn all_groups(&self) -> Answer<Vec<Group>> {
        match self {
            Self::Engine(session) => Ok(session.groups().await?),
            Self::Remote(remote) => Ok(remote.node().call(&accounts::groups()).await?),
        }
    }

    pub(crate) async fn group_seen(&self, name: &GroupName) -> Answer<Seen<Group>> {
        match self {
            Self::Engine(session) => Ok(of_store(session.group_at(name).await?)),
            Self::Remote(remote) => {
                let group = remote.node().call(&groups::get(name)).await?;
                let document = serde_json::to_value(&group)?;
                Ok(Seen::digested(group, &document))
            }
        }
    }

    pub(crate) async fn add_group(&self, group: &Group) -> Answer<()> {
        match self {
            Self::Engine(session) => Ok(session.create_group(group).await?),
            Self::Remote(remote) => Ok(remote.node().create_group(group).await?),
        }
    }

    pub(crate) async fn change_group(&self, changed: &Group, seen: &str) -> Answer<()> {
        match self {
            Self::Engine(session) => Ok(expecting(session, seen)?.edit_group(changed).await?),
            Self::Remote(remote) => {
                let now = self.group_seen(&changed.name).await?;
                unchanged("group", &changed.name, &now, seen)?;
                Ok(remote.node().call(&groups::save(&changed.name, changed)).await?)
            }
        }
    }

    pub(crate) async fn remove_group(&self, name: &GroupName) -> Answer<()> {
        match self {
            Self::Engine(session) => Ok(session.delete_group(name).await?),
            Self::Remote(remote) => Ok(remote.node().call(&groups::delete(name)).await?),
        }
    }
}
