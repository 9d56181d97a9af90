use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::{GroupName, Login};

use super::DeployerSession;

/// What every caller sees of users and groups (wire-facts 3.2): login, names, groups and whether the user is
/// enabled; a group's name and description.
impl DeployerSession {
    /// All users, as every caller sees them. One whose document cannot be read is left out.
    ///
    /// # Errors
    ///
    /// The caller may not log in, or the store cannot be read.
    pub async fn visible_users(&self) -> Result<Vec<User>, DeployerError> {
        Ok(self.view().await?.model.users().map(visible_user).collect())
    }

    /// One user, as every caller sees it.
    ///
    /// # Errors
    ///
    /// There is no such user.
    pub async fn visible_user(&self, login: &Login) -> Result<User, DeployerError> {
        let view = self.view().await?;
        let user = view.model.user(login)?;
        user.map(|kept| visible_user(&kept.value))
            .ok_or_else(|| DeployerError::not_found("user", login))
    }

    /// All groups, as every caller sees them. One whose document cannot be read is left out.
    ///
    /// # Errors
    ///
    /// The caller may not log in, or the store cannot be read.
    pub async fn visible_groups(&self) -> Result<Vec<Group>, DeployerError> {
        Ok(self.view().await?.model.groups().map(visible_group).collect())
    }

    /// One user with all its fields, for global administrators.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such user.
    pub async fn user_settings(&self, login: &Login) -> Result<User, DeployerError> {
        let user = self.user(login).await?;
        user.ok_or_else(|| DeployerError::not_found("user", login))
    }

    /// One group with all its fields, for global administrators.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such group.
    pub async fn group_settings(&self, name: &GroupName) -> Result<Group, DeployerError> {
        let group = self.group(name).await?;
        group.ok_or_else(|| DeployerError::not_found("group", name))
    }
}

fn visible_user(user: &User) -> User {
    User::new(user.login.clone(), user.source_type.clone())
        .with_display_name(user.display_name.clone())
        .with_email(user.email.clone())
        .with_enabled(user.enabled)
        .in_groups(user.groups.iter().cloned())
}

fn visible_group(group: &Group) -> Group {
    Group::new(group.name.clone()).with_description(group.description.clone())
}
