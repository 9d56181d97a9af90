use project_deployer_core::accounts::User;
use project_deployer_core::{Login, UnknownFields};
use serde_json::Value;

use super::user_documents::{BulkOutcome, NewUser, UserActivity, UserChange};
use crate::documents::written;
use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::{accounts, users};

impl HttpNode {
    /// All users with all that an administrator may see, read while the list arrives.
    pub async fn whole_users(&self) -> Result<Vec<User>, NodeError> {
        self.transport.users(&accounts::users()).await
    }

    /// The users as every caller may see them, with a few fields.
    pub async fn visible_users(&self) -> Result<Vec<User>, NodeError> {
        self.json(&users::visible()).await
    }

    /// One user as every caller may see it.
    pub async fn visible_user(&self, login: &Login) -> Result<User, NodeError> {
        self.json(&users::visible_one(login)).await
    }

    /// Creates a user.
    ///
    /// # Errors
    ///
    /// As for every call to a node; a login that exists is refused.
    pub async fn create_user(&self, user: &NewUser) -> Result<(), NodeError> {
        self.nothing(&users::create(&user.login, user.document())).await
    }

    /// Replaces the document of a user: change what [`Self::user`] gave.
    pub async fn save_user(&self, user: &User) -> Result<(), NodeError> {
        self.nothing(&accounts::save_user(&user.login, written(user))).await
    }

    /// Deletes a user.
    ///
    /// # Errors
    ///
    /// As for every call to a node; the caller's own account only goes when that is allowed.
    pub async fn delete_user(
        &self,
        login: &Login,
        allow_self_deletion: bool,
    ) -> Result<(), NodeError> {
        self.nothing(&users::delete(login, allow_self_deletion)).await
    }

    /// Creates users, each with an outcome of its own.
    ///
    /// # Errors
    ///
    /// As for every call to a node; that an entry failed is no error of the call.
    pub async fn create_users(&self, new: &[NewUser]) -> Result<Vec<BulkOutcome>, NodeError> {
        let documents = new.iter().map(NewUser::document).collect();
        self.json(&users::create_many(documents)).await
    }

    /// Changes users, each with an outcome of its own.
    ///
    /// # Errors
    ///
    /// As for every call to a node; that an entry failed is no error of the call.
    pub async fn change_users(
        &self,
        changes: &[UserChange],
    ) -> Result<Vec<BulkOutcome>, NodeError> {
        self.json(&users::change_many(changes.iter().map(written).collect())).await
    }

    /// Deletes users, each with an outcome of its own.
    ///
    /// # Errors
    ///
    /// As for every call to a node; that an entry failed is no error of the call.
    pub async fn delete_users(
        &self,
        logins: &[Login],
        allow_self_deletion: bool,
    ) -> Result<Vec<BulkOutcome>, NodeError> {
        self.json(&users::delete_many(logins, allow_self_deletion)).await
    }

    /// When a user was last seen.
    pub async fn user_activity(&self, login: &Login) -> Result<UserActivity, NodeError> {
        self.json(&users::activity(login)).await
    }

    /// When users were last seen.
    pub async fn user_activities(
        &self,
        enabled_only: bool,
    ) -> Result<Vec<UserActivity>, NodeError> {
        self.json(&users::activities(enabled_only)).await
    }

    /// Users whose trial is over. No source documents the format of an entry.
    pub async fn users_with_expired_trial(&self) -> Result<Vec<Value>, NodeError> {
        self.json(&users::expired_trials()).await
    }

    /// Refreshes a user from its supplier and waits for the end of it. Refused where the supplier's
    /// settings do not allow it on demand.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn resync_user(&self, login: &Login) -> Result<Value, NodeError> {
        self.task(&users::resync(login)).await
    }

    /// Refreshes users from their suppliers and waits for the end of it; none means all users.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn resync_users(&self, logins: Option<&[Login]>) -> Result<Value, NodeError> {
        self.task(&users::resync_many(logins)).await
    }

    /// The caller's own settings, a whole document with secrets in it.
    ///
    /// # Errors
    ///
    /// As for every call to a node; only a user has some.
    pub async fn own_settings(&self) -> Result<UnknownFields, NodeError> {
        self.json(&users::current()).await
    }

    /// Replaces the caller's own settings: change what [`Self::own_settings`] gave.
    pub async fn save_own_settings(&self, document: &UnknownFields) -> Result<(), NodeError> {
        self.nothing(&users::save_current(written(document))).await
    }
}
