use async_trait::async_trait;
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};

use super::call::{FakeCall, Operation};
use super::node::FakeNode;
use super::refusal::Answer;
use super::state::NodeState;
use crate::error::NodeError;
use crate::node_accounts::{AccountRules, ExternalUser, NewPersonalKey, NodeAccounts, PersonalKey};

impl FakeNode {
    /// A call for administrators.
    fn administer<T>(
        &self,
        call: FakeCall,
        act: impl FnOnce(&mut NodeState) -> Answer<T>,
    ) -> Result<T, NodeError> {
        self.call(call, |state, caller| {
            caller.must_be_admin()?;
            act(state)
        })
    }
}

#[async_trait]
impl NodeAccounts for FakeNode {
    async fn users(&self) -> Result<Vec<User>, NodeError> {
        let call = self.asks(Operation::Users);
        self.administer(call, |state| Ok(state.users.values().cloned().collect()))
    }

    async fn groups(&self) -> Result<Vec<Group>, NodeError> {
        let call = self.asks(Operation::Groups);
        self.administer(call, |state| Ok(state.groups.values().cloned().collect()))
    }

    async fn ldap_settings(&self) -> Result<LdapSettings, NodeError> {
        self.administer(self.asks(Operation::LdapSettings), |state| Ok(state.ldap.clone()))
    }

    async fn external_users(&self, source: &SourceType) -> Result<Vec<ExternalUser>, NodeError> {
        let call = self.asks(Operation::ExternalUsers).about(source);
        self.administer(call, |state| state.external_users(source))
    }

    async fn provision_users(
        &self,
        source: &SourceType,
        users: &[ExternalUser],
    ) -> Result<(), NodeError> {
        let call = self.asks(Operation::ProvisionUsers).about(source);
        self.administer(call, |state| state.provision(source, users))
    }

    async fn resync(&self, users: &[Login]) -> Result<(), NodeError> {
        if users.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = users.iter().map(Login::as_str).collect();
        let call = self.asks(Operation::Resync).about(names.join(", "));
        self.administer(call, |state| state.resync(users))
    }

    async fn account_rules(&self) -> Result<AccountRules, NodeError> {
        let call = self.asks(Operation::AccountRules);
        self.administer(call, |state| Ok(state.account_rules()))
    }

    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError> {
        let call = self.asks(Operation::SetUserEnabled).about(login);
        self.administer(call, |state| state.set_user_enabled(login, enabled))
    }

    async fn create_personal_key(&self, key: &NewPersonalKey) -> Result<PersonalKey, NodeError> {
        let call = self.asks(Operation::CreatePersonalKey).about(&key.user);
        self.administer(call, |state| state.create_personal_key(key))
    }
}
