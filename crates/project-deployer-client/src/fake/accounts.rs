//! Users, suppliers and personal keys of a node. All of it is for administrators.

use async_trait::async_trait;
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User, UserList};

use super::contents::{Answer, Contents, not_found, refused};
use super::keys::secret_of;
use super::{FakeNode, Operation};
use crate::error::NodeError;
use crate::node_accounts::{AccountRules, ExternalUser, NewPersonalKey, NodeAccounts, PersonalKey};

impl Contents {
    fn user_mut(&mut self, login: &Login) -> Answer<&mut User> {
        self.users.get_mut(login).ok_or_else(|| not_found("user", login))
    }

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
        let ldap = &self.ldap;
        let rules = match source {
            SourceType::Ldap => {
                return (ldap.allow_on_demand_users_provisioning, ldap.allow_on_demand_users_sync);
            }
            SourceType::Sso => self.rules.sso.as_ref().ok(),
            SourceType::AzureAd => self.rules.azure_ad.as_ref().ok(),
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
            let groups = user.dku_group_names.iter().filter(|name| self.groups.contains_key(*name));
            let name = user.display_name.clone().unwrap_or_else(|| user.login.to_string());
            let account = User::new(user.login.clone(), source.clone())
                .in_groups(groups.cloned())
                .with_display_name(name)
                .with_email(user.email.clone())
                .with_user_profile(self.ldap.default_user_profile.clone());
            self.users.entry(user.login.clone()).or_insert(account);
        }
        Ok(())
    }

    /// Refreshes a user: groups that map to the supplier's follow, local ones stay (R-L6). An account
    /// that is not supplied any more is disabled (R-L5).
    fn resync(&mut self, login: &Login) -> Answer<()> {
        let source = self.user_mut(login)?.source_type.clone();
        if !self.on_demand(&source).1 {
            return Err(refused(format!("supplier {source} allows no on-demand synchronisation")));
        }
        let supplied = self.supplied(&source)?.into_iter().find(|known| known.login == *login);
        let groups = self.groups.clone();
        let user = self.user_mut(login)?;
        let Some(supplied) = supplied else {
            user.enabled = false;
            return Ok(());
        };
        let follows = |group: &Group| match source {
            SourceType::Ldap => !group.ldap_group_names.is_empty(),
            _ => group.source_type == source,
        };
        user.groups.retain(|name| !groups.get(name).is_some_and(follows));
        for name in supplied.dku_group_names {
            if groups.contains_key(&name) && !user.groups.contains(&name) {
                user.groups.push(name);
            }
        }
        Ok(())
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
            users.iter().try_for_each(|login| node.user_mut(login).map(drop))?;
            users.iter().try_for_each(|login| node.resync(login))
        })
        .await
    }

    async fn account_rules(&self) -> Result<AccountRules, NodeError> {
        self.administer(self.asks(Operation::AccountRules), |node| Ok(node.rules.clone())).await
    }

    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError> {
        let call = self.asks(Operation::SetUserEnabled).about(login);
        self.administer(call, |node| {
            node.user_mut(login)?.enabled = enabled;
            Ok(())
        })
        .await
    }

    async fn create_personal_key(&self, key: &NewPersonalKey) -> Result<PersonalKey, NodeError> {
        self.administer(self.asks(Operation::CreatePersonalKey).about(&key.user), |node| {
            node.user_mut(&key.user)?;
            node.personal_keys_made += 1;
            let id = format!("key-{}", node.personal_keys_made);
            let secret = secret_of(&id)?;
            Ok(PersonalKey::new(id, secret))
        })
        .await
    }
}
