//! Users, suppliers and personal keys of a node. All of it is for administrators.

use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::{ApiKeySecret, Login};

use super::caller::KEY_ID;
use super::refusal::{Answer, not_found, refused};
use super::state::NodeState;
use crate::error::NodeErrorKind;
use crate::node_accounts::{
    AccountRules, ExternalUser, NewPersonalKey, PersonalKey, SupplierRules,
};

impl NodeState {
    /// The users whom a supplier lets in: the fake asks no directory.
    pub(super) fn external_users(&self, source: &SourceType) -> Answer<Vec<ExternalUser>> {
        match self.external_users.get(source) {
            _ if *source == SourceType::Ldap && !self.ldap.enabled => {
                Err(refused("LDAP is not enabled on this node"))
            }
            found => Ok(found.cloned().unwrap_or_default()),
        }
    }

    /// Creates the accounts of all of these users, or of none. LDAP settings allow it or not
    /// (wire-facts 5.4); other suppliers allow it once they know somebody.
    pub(super) fn provision(&mut self, source: &SourceType, users: &[ExternalUser]) -> Answer<()> {
        let known = self.external_users(source)?;
        let allowed = match source {
            SourceType::Ldap => self.ldap.allow_on_demand_users_provisioning,
            source => match self.suppliers.get(source) {
                Some(SupplierRules { provisions_on_demand, .. }) => {
                    *provisions_on_demand == Some(true)
                }
                None => !known.is_empty(),
            },
        };
        if !allowed {
            return Err(refused(format!("supplier {source} allows no on-demand provisioning")));
        }
        for user in users {
            self.must_be_provisionable(source, &known, &user.login)?;
        }
        for user in users {
            let account = self.account_of(source, user);
            self.users.entry(user.login.clone()).or_insert(account);
        }
        Ok(())
    }

    fn must_be_provisionable(
        &self,
        source: &SourceType,
        known: &[ExternalUser],
        login: &Login,
    ) -> Answer<()> {
        if !known.iter().any(|user| user.login == *login) {
            return Err(refused(format!("supplier {source} knows no user {login}")));
        }
        match self.users.get(login) {
            Some(user) if user.source_type != *source => Err(refused(format!(
                "ERR_SECURITY_USER_EXISTS: {login} is an account of source {}",
                user.source_type
            ))),
            _ => Ok(()),
        }
    }

    fn account_of(&self, source: &SourceType, user: &ExternalUser) -> User {
        let groups = user.dku_group_names.iter().filter(|group| self.groups.contains_key(*group));
        let account = User::new(user.login.clone(), source.clone()).in_groups(groups.cloned());
        User {
            display_name: user.display_name.clone().unwrap_or_else(|| user.login.to_string()),
            email: user.email.clone(),
            user_profile: self.ldap.default_user_profile.clone(),
            ..account
        }
    }

    /// Refreshes these users: the groups that map to their suppliers' follow, local ones stay (R-L6). Who
    /// is not supplied any more is disabled (R-L5).
    pub(super) fn resync(&mut self, logins: &[Login]) -> Answer<()> {
        if let Some(absent) = logins.iter().find(|login| !self.users.contains_key(*login)) {
            return Err(not_found("user", absent));
        }
        for login in logins {
            let source = self.users.get(login).map(|user| user.source_type.clone());
            let source = source.unwrap_or_default();
            self.must_allow_sync(&source)?;
            let known = self.external_users(&source)?;
            let found = known.into_iter().find(|known| known.login == *login);
            self.refresh(&source, login, found.as_ref());
        }
        Ok(())
    }

    fn must_allow_sync(&self, source: &SourceType) -> Answer<()> {
        let allowed = match source {
            SourceType::Ldap => self.ldap.allow_on_demand_users_sync,
            source => {
                self.suppliers.get(source).and_then(|rules| rules.syncs_on_demand) == Some(true)
            }
        };
        if allowed {
            return Ok(());
        }
        Err(refused(format!("supplier {source} allows no on-demand synchronisation")))
    }

    fn refresh(&mut self, source: &SourceType, login: &Login, found: Option<&ExternalUser>) {
        let Some(user) = self.users.get_mut(login) else { return };
        let Some(found) = found else {
            user.enabled = false;
            return;
        };
        let follows = |group: &Group| match source {
            SourceType::Ldap => !group.ldap_group_names.is_empty(),
            source => group.source_type == *source,
        };
        let groups = &self.groups;
        user.groups.retain(|name| !groups.get(name).is_some_and(follows));
        let mapped = found.dku_group_names.iter().filter(|name| groups.contains_key(*name));
        for group in mapped {
            if !user.groups.contains(group) {
                user.groups.push(group.clone());
            }
        }
    }

    pub(super) fn account_rules(&self) -> AccountRules {
        let rules = |source: &SourceType| self.suppliers.get(source).cloned().unwrap_or_default();
        let untold = || NodeErrorKind::NotFound("the state of the licence".to_owned());
        AccountRules {
            sso: Ok(rules(&SourceType::Sso)),
            azure_ad: Ok(rules(&SourceType::AzureAd)),
            profiles: self.profiles.clone().ok_or_else(untold),
            ending_keys: Ok(self.key_ends.iter().map(|end| (KEY_ID.to_owned(), *end)).collect()),
        }
    }

    pub(super) fn set_user_enabled(&mut self, login: &Login, enabled: bool) -> Answer<()> {
        let user = self.users.get_mut(login).ok_or_else(|| not_found("user", login))?;
        user.enabled = enabled;
        Ok(())
    }

    pub(super) fn create_personal_key(&mut self, key: &NewPersonalKey) -> Answer<PersonalKey> {
        if !self.users.contains_key(&key.user) {
            return Err(not_found("user", &key.user));
        }
        self.personal_keys += 1;
        let number = self.personal_keys;
        let secret = ApiKeySecret::new(format!("secret-{number}-of-{}", key.user))
            .map_err(|error| refused(error.to_string()))?;
        Ok(PersonalKey { id: format!("key-{number}"), secret })
    }
}
