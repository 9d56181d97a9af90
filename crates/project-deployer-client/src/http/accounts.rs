use async_trait::async_trait;
use project_deployer_core::Login;
use project_deployer_core::accounts::{
    Group, LdapSettings, SourceType, User, UserList, read_groups,
};
use project_deployer_core::document::Document as _;
use serde_json::Value;

use super::node::{HttpNode, unless_absent};
use crate::documents;
use crate::error::{NodeError, NodeErrorKind};
use crate::node_accounts::{AccountRules, ExternalUser, NewPersonalKey, NodeAccounts, PersonalKey};
use crate::request::{accounts, users};
use crate::response::decode;

#[async_trait]
impl NodeAccounts for HttpNode {
    async fn users(&self) -> Result<UserList, NodeError> {
        self.transport.users(&accounts::users()).await
    }

    async fn user(&self, login: &Login) -> Result<Option<User>, NodeError> {
        unless_absent(self.json(&accounts::user(login)).await)
    }

    async fn groups(&self) -> Result<Vec<Group>, NodeError> {
        let request = accounts::groups();
        let list: Value = self.json(&request).await?;
        self.decoded(&request, documents::readable(read_groups(list)))
    }

    async fn ldap_settings(&self) -> Result<LdapSettings, NodeError> {
        let request = accounts::ldap_settings();
        let document: Value = self.json(&request).await?;
        LdapSettings::from_document(document).map_err(|problems| {
            self.transport.error(&request, NodeErrorKind::Malformed(problems.to_string()))
        })
    }

    async fn external_users(&self, source: &SourceType) -> Result<Vec<ExternalUser>, NodeError> {
        let request = accounts::external_users(source);
        let result = self.task(&request).await?;
        documents::external_users(result).map_err(|kind| self.transport.error(&request, kind))
    }

    async fn provision_users(
        &self,
        source: &SourceType,
        users: &[ExternalUser],
    ) -> Result<(), NodeError> {
        let request = accounts::provision(source, users);
        let result = self.task(&request).await?;
        documents::provisioned(&result).map_err(|kind| self.transport.error(&request, kind))
    }

    async fn resync(&self, logins: &[Login]) -> Result<(), NodeError> {
        if logins.is_empty() {
            return Ok(());
        }
        self.result(&users::resync_many(Some(logins)), |result| documents::provisioned(&result))
            .await
    }

    async fn account_rules(&self) -> Result<AccountRules, NodeError> {
        self.rules_for_accounts().await
    }

    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError> {
        let request = accounts::user(login);
        let current: Value = self.json(&request).await?;
        let changed = documents::with_enabled(current, enabled)
            .map_err(|kind| self.transport.error(&request, kind))?;
        self.nothing(&accounts::save_user(login, changed)).await
    }

    async fn create_personal_key(&self, key: &NewPersonalKey) -> Result<PersonalKey, NodeError> {
        let request = accounts::create_personal_key(key);
        let created: Value = self.json(&request).await?;
        decode(created)
            .and_then(|created| documents::personal_key(&created))
            .map_err(|kind| self.transport.error(&request, kind))
    }
}
