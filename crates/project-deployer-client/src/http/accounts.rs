use async_trait::async_trait;
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User, UserList};
use serde_json::Value;

use super::node::{HttpNode, unless_absent};
use crate::documents;
use crate::error::NodeError;
use crate::node_accounts::{AccountRules, ExternalUser, NewPersonalKey, NodeAccounts, PersonalKey};
use crate::request::{accounts, users};

#[async_trait]
impl NodeAccounts for HttpNode {
    async fn users(&self) -> Result<UserList, NodeError> {
        self.transport.users(&accounts::users()).await
    }

    async fn user(&self, login: &Login) -> Result<Option<User>, NodeError> {
        unless_absent(self.call(&accounts::user(login)).await)
    }

    async fn groups(&self) -> Result<Vec<Group>, NodeError> {
        self.call(&accounts::groups()).await
    }

    async fn ldap_settings(&self) -> Result<LdapSettings, NodeError> {
        self.call(&accounts::ldap_settings()).await
    }

    async fn external_users(&self, source: &SourceType) -> Result<Vec<ExternalUser>, NodeError> {
        self.call(&accounts::external_users(source)).await
    }

    async fn provision_users(
        &self,
        source: &SourceType,
        users: &[ExternalUser],
    ) -> Result<(), NodeError> {
        self.call(&accounts::provision(source, users)).await
    }

    async fn resync(&self, logins: &[Login]) -> Result<(), NodeError> {
        if logins.is_empty() {
            return Ok(());
        }
        let request = users::resync_many(Some(logins));
        let result = self.call(&request).await?;
        self.decoded(&request, documents::provisioned(&result))
    }

    async fn account_rules(&self) -> Result<AccountRules, NodeError> {
        self.rules_for_accounts().await
    }

    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError> {
        let request = accounts::user(login);
        let current: Value = self.json(&request).await?;
        let changed = self.decoded(&request, documents::with_enabled(current, enabled))?;
        self.call(&accounts::save_user(login, &changed)).await
    }

    async fn create_personal_key(&self, key: &NewPersonalKey) -> Result<PersonalKey, NodeError> {
        self.call(&accounts::create_personal_key(key)).await
    }
}
