//! Users, suppliers and personal keys of a node. All of it is for administrators.

use async_trait::async_trait;
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User, UserList};
use project_deployer_core::{ApiKeySecret, Login};

use super::contents::{Answer, Contents, forbidden, not_found, refused};
use super::{FakeCall, FakeNode, Operation};
use crate::error::NodeError;
use crate::node_accounts::{AccountRules, ExternalUser, NewPersonalKey, NodeAccounts, PersonalKey};

impl Contents {
    /// The users that a supplier knows: the fake reads no directory.
    fn supplied(&self, source: &SourceType) -> Answer<Vec<ExternalUser>> {
        if *source == SourceType::Ldap && !self.ldap.enabled {
            return Err(refused("LDAP is not enabled on this node"));
        }
        Ok(self.external_users.get(source).cloned().unwrap_or_default())
    }

    /// Whether a supplier creates and refreshes accounts on demand. Of LDAP the settings say so (wire-facts 5.4);
    /// a supplier without settings creates accounts if it knows any user.
    fn on_demand(&self, source: &SourceType) -> (bool, bool) {
        let rules = match source {
            SourceType::Ldap => {
                let LdapSettings {
                    allow_on_demand_users_provisioning: creates,
                    allow_on_demand_users_sync: refreshes,
                    ..
                } = self.ldap;
                return (creates, refreshes);
            }
            SourceType::Sso => self.rules.0.sso.as_ref().ok(),
            SourceType::AzureAd => self.rules.0.azure_ad.as_ref().ok(),
            _ => None,
        };
        let creates = rules.and_then(|rules| rules.provisions_on_demand);
        let refreshes = rules.and_then(|rules| rules.syncs_on_demand);
        let knows_users = self.external_users.get(source).is_some_and(|known| !known.is_empty());
        (creates.unwrap_or(knows_users), refreshes == Some(true))
    }

    /// Creates the accounts of all of these users, or of none.
    fn provision(&mut self, source: &SourceType, users: &[ExternalUser]) -> Answer<()> {
        let known = self.supplied(source)?;
        let is_known = |user: &ExternalUser| known.iter().any(|one| one.login == user.login);
        if !self.on_demand(source).0 || !users.iter().all(is_known) {
            return Err(refused(format!("supplier {source} does not provision these users")));
        }
        let taken = |user: &&ExternalUser| {
            self.users.get(&user.login).is_some_and(|found| found.source_type != *source)
        };
        if let Some(other) = users.iter().find(taken) {
            return Err(refused(format!("ERR_SECURITY_USER_EXISTS: {}", other.login)));
        }
        for user in users {
            let account = self.account_of(source, user);
            self.users.entry(user.login.clone()).or_insert(account);
        }
        Ok(())
    }

    fn account_of(&self, source: &SourceType, user: &ExternalUser) -> User {
        let groups = user.dku_group_names.iter().filter(|group| self.groups.contains_key(*group));
        let account = User::new(user.login.clone(), source.clone()).in_groups(groups.cloned());
        let name = user.display_name.clone().unwrap_or_else(|| user.login.to_string());
        let account = account.with_display_name(name).with_email(user.email.clone());
        account.with_user_profile(self.ldap.default_user_profile.clone())
    }

    /// Refreshes a user: groups that map to the supplier's follow, local ones stay (R-L6). An account
    /// that is not supplied any more is disabled (R-L5).
    fn resync(&mut self, login: &Login) -> Answer<()> {
        let found = self.users.get(login).ok_or_else(|| not_found("user", login))?;
        let source = found.source_type.clone();
        if !self.on_demand(&source).1 {
            return Err(refused(format!("supplier {source} allows no on-demand synchronisation")));
        }
        let supplied = self.supplied(&source)?.into_iter().find(|known| known.login == *login);
        let (groups, user) = (&self.groups, self.users.get_mut(login));
        let user = user.ok_or_else(|| not_found("user", login))?;
        user.enabled &= supplied.is_some();
        let follows = |group: &Group| match source {
            SourceType::Ldap => !group.ldap_group_names.is_empty(),
            _ => group.source_type == source,
        };
        if let Some(supplied) = supplied {
            user.groups.retain(|name| !groups.get(name).is_some_and(follows));
            let mapped = supplied.dku_group_names.into_iter();
            let mapped = mapped.filter(|name| groups.contains_key(name));
            let new: Vec<_> = mapped.filter(|name| !user.groups.contains(name)).collect();
            user.groups.extend(new);
        }
        Ok(())
    }
}

impl FakeNode {
    /// A call for administrators.
    async fn administer<T: Send>(
        &self,
        call: FakeCall,
        act: impl FnOnce(&mut Contents) -> Answer<T> + Send,
    ) -> Result<T, NodeError> {
        self.call(call, |node, caller| {
            if !caller.admin {
                let name = caller.name();
                return Err(forbidden(format!("{name} is no administrator of this node")));
            }
            act(node)
        })
        .await
    }
}

#[async_trait]
impl NodeAccounts for FakeNode {
    async fn users(&self) -> Result<UserList, NodeError> {
        let call = self.asks(Operation::Users);
        self.administer(call, |node| Ok(node.users.values().collect())).await
    }

    async fn user(&self, login: &Login) -> Result<Option<User>, NodeError> {
        let call = self.asks(Operation::User).about(login);
        self.administer(call, |node| Ok(node.users.get(login).cloned())).await
    }

    async fn groups(&self) -> Result<Vec<Group>, NodeError> {
        let call = self.asks(Operation::Groups);
        self.administer(call, |node| Ok(node.groups.values().cloned().collect())).await
    }

    async fn ldap_settings(&self) -> Result<LdapSettings, NodeError> {
        self.administer(self.asks(Operation::LdapSettings), |node| Ok(node.ldap.clone())).await
    }

    async fn external_users(&self, source: &SourceType) -> Result<Vec<ExternalUser>, NodeError> {
        let call = self.asks(Operation::ExternalUsers).about(source);
        self.administer(call, |node| node.supplied(source)).await
    }

    async fn provision_users(
        &self,
        source: &SourceType,
        users: &[ExternalUser],
    ) -> Result<(), NodeError> {
        let call = self.asks(Operation::ProvisionUsers).about(source);
        self.administer(call, |node| node.provision(source, users)).await
    }

    async fn resync(&self, users: &[Login]) -> Result<(), NodeError> {
        if users.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = users.iter().map(Login::as_str).collect();
        let call = self.asks(Operation::Resync).about(names.join(", "));
        self.administer(call, |node| {
            match users.iter().find(|user| !node.users.contains_key(*user)) {
                Some(absent) => Err(not_found("user", absent)),
                None => users.iter().try_for_each(|login| node.resync(login)),
            }
        })
        .await
    }

    async fn account_rules(&self) -> Result<AccountRules, NodeError> {
        self.administer(self.asks(Operation::AccountRules), |node| Ok(node.rules.0.clone())).await
    }

    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError> {
        let call = self.asks(Operation::SetUserEnabled).about(login);
        self.administer(call, |node| {
            let user = node.users.get_mut(login).ok_or_else(|| not_found("user", login))?;
            user.enabled = enabled;
            Ok(())
        })
        .await
    }

    async fn create_personal_key(&self, key: &NewPersonalKey) -> Result<PersonalKey, NodeError> {
        let user = &key.user;
        self.administer(self.asks(Operation::CreatePersonalKey).about(user), |node| {
            node.users.get(user).ok_or_else(|| not_found("user", user))?;
            node.personal_keys += 1;
            let number = node.personal_keys;
            let secret = ApiKeySecret::new(format!("secret-{number}-of-{user}"));
            let secret = secret.map_err(|error| refused(error.to_string()))?;
            Ok(PersonalKey { id: format!("key-{number}"), secret })
        })
        .await
    }
}
