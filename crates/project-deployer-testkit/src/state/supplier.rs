use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::NodeState;
use crate::answer::{Answer, Refusal};
use crate::directory::MockPerson;
use crate::node::LoginRefused;
use crate::seed::{AccountSource, MockUser};

impl NodeState {
    /// A login, as the directory supplies and refuses it (R-L1 to R-L5). Passwords are not checked.
    ///
    /// # Errors
    ///
    /// Why the person stays out.
    pub(crate) fn log_in(&mut self, login: &str) -> Result<MockUser, LoginRefused> {
        let known = self.users.get(login).map(|user| (user.source_type, user.enabled));
        let user = match known {
            Some((_, false)) => Err(LoginRefused::Disabled { login: login.to_owned() }),
            Some((AccountSource::Ldap, true)) => self.log_in_known(login),
            Some(_) => self.account(login),
            None => self.log_in_first(login),
        }?;
        self.logins.insert(user.login.clone(), self.clock.now());
        Ok(user)
    }

    fn account(&self, login: &str) -> Result<MockUser, LoginRefused> {
        let unknown = LoginRefused::Unknown { login: login.to_owned() };
        self.users.get(login).cloned().ok_or(unknown)
    }

    fn log_in_known(&mut self, login: &str) -> Result<MockUser, LoginRefused> {
        let person = self.known_person(login)?;
        if self.ldap.auto_sync_users_at_login_time {
            self.sync(login, &person);
        }
        self.account(login)
    }

    /// The person behind an account. R-L5: an account that the directory does not know any more is disabled.
    fn known_person(&mut self, login: &str) -> Result<MockPerson, LoginRefused> {
        let person = self.supplied(login);
        if let (Err(LoginRefused::NotInDirectory { .. }), Some(user)) =
            (&person, self.users.get_mut(login))
        {
            user.enabled = false;
        }
        person
    }

    fn log_in_first(&mut self, login: &str) -> Result<MockUser, LoginRefused> {
        if !self.ldap.enabled || !self.ldap.authentication_enabled {
            return Err(LoginRefused::Unknown { login: login.to_owned() });
        }
        if !self.ldap.auto_import_users {
            return Err(LoginRefused::NoAutoImport { login: login.to_owned() });
        }
        let person = self.supplied(login)?;
        self.import(login, &person);
        self.account(login)
    }

    /// The person behind a login, if the directory knows it and an authorized group has it.
    fn supplied(&self, login: &str) -> Result<MockPerson, LoginRefused> {
        let people =
            self.directory.people().map_err(|reason| LoginRefused::DirectoryFailed { reason })?;
        let found = people.into_iter().find(|person| self.login_of(person) == login);
        let person = found
            .filter(|person| person.enabled)
            .ok_or_else(|| LoginRefused::NotInDirectory { login: login.to_owned() })?;
        if self.is_authorized(&person) {
            Ok(person)
        } else {
            Err(LoginRefused::NotAuthorized {
                login: login.to_owned(),
                groups: self.ldap.authorized_groups.clone(),
            })
        }
    }

    fn login_of(&self, person: &MockPerson) -> String {
        self.login_remapping.apply(&person.login)
    }

    fn is_authorized(&self, person: &MockPerson) -> bool {
        let authorized = &self.ldap.authorized_groups;
        authorized.is_empty() || authorized.iter().any(|group| person.groups.contains(group))
    }

    /// The groups of the node that a person's directory groups map to (R-L6).
    fn mapped_groups(&self, person: &MockPerson) -> Vec<String> {
        if !self.ldap.enable_groups {
            return Vec::new();
        }
        let maps = |names: &[String]| names.iter().any(|name| person.groups.contains(name));
        let groups = self.groups.values().filter(|group| maps(&group.ldap_group_names));
        groups.map(|group| group.name.clone()).collect()
    }

    /// R-L3: no local groups.
    fn import(&mut self, login: &str, person: &MockPerson) {
        let user = MockUser {
            display_name: person.display_name.clone(),
            email: person.email.clone(),
            groups: self.mapped_groups(person),
            ..MockUser::new(login)
                .from_source(AccountSource::Ldap)
                .with_profile(self.ldap.default_user_profile.clone())
        };
        self.users.insert(user.login.clone(), user);
    }

    /// Refreshes the mapped groups of a user; local ones stay (R-L6).
    fn sync(&mut self, login: &str, person: &MockPerson) {
        let is_mapped: BTreeSet<String> = self
            .groups
            .values()
            .filter(|group| !group.ldap_group_names.is_empty())
            .map(|group| group.name.clone())
            .collect();
        let mapped = self.mapped_groups(person);
        if let Some(user) = self.users.get_mut(login) {
            user.groups.retain(|group| !is_mapped.contains(group));
            user.groups.extend(mapped);
            user.display_name.clone_from(&person.display_name);
            user.email.clone_from(&person.email);
        }
    }

    /// What a supplier knows (wire-facts 5.4), listed by login, mail address or group, or all.
    pub(crate) fn external_users(&self, source: &str, wanted: &Search) -> Answer<Value> {
        self.must_supply(source)?;
        let people = self.directory.people().map_err(Refusal::internal)?;
        let found = people.iter().filter(|person| wanted.matches(person));
        Ok(found.map(|person| self.external_user(person)).collect())
    }

    fn external_user(&self, person: &MockPerson) -> Value {
        let login = self.login_of(person);
        // The values of `status` are our choice (8.1, item 7).
        let status =
            if self.users.contains_key(&login) { "PROVISIONED" } else { "NOT_PROVISIONED" };
        json!({
            "status": status,
            "userAttributes": {
                "login": login,
                "displayName": person.display_name,
                "email": person.email,
                "sourceGroupNames": person.groups,
                "dkuGroupNames": self.mapped_groups(person),
            },
            "profile": self.ldap.default_user_profile,
        })
    }

    pub(crate) fn external_groups(&self, source: &str) -> Answer<Value> {
        self.must_supply(source)?;
        let people = self.directory.people().map_err(Refusal::internal)?;
        let groups: BTreeSet<String> = people.into_iter().flat_map(|p| p.groups).collect();
        Ok(json!(groups))
    }

    /// # Errors
    ///
    /// There is no such supplier, or it is off.
    pub(crate) fn must_supply(&self, source: &str) -> Answer<()> {
        if source == "LDAP" && self.ldap.enabled {
            return Ok(());
        }
        Err(Refusal::illegal(format!("User supplier is not enabled: {source}")))
    }

    /// # Errors
    ///
    /// The supplier is off, or its settings do not allow it.
    pub(crate) fn must_allow_provisioning(&self, source: &str) -> Answer<()> {
        self.must_supply(source)?;
        if self.ldap.allow_on_demand_users_provisioning {
            return Ok(());
        }
        Err(Refusal::illegal("On-demand provisioning of users is not allowed for LDAP"))
    }

    /// Makes the accounts of people of the directory. The result is modelled on the bulk calls
    /// (wire-facts 5.2): no source shows it.
    pub(crate) fn provision(&mut self, logins: &[String]) -> Answer<Value> {
        let outcomes = logins.iter().map(|login| {
            let refused = self.provision_one(login).err();
            outcome(login, refused.map(|refused| refused.to_string()))
        });
        Ok(outcomes.collect())
    }

    fn provision_one(&mut self, login: &str) -> Result<(), LoginRefused> {
        let person = self.supplied(login)?;
        match self.users.get(login).map(|user| user.source_type) {
            None => self.import(login, &person),
            Some(AccountSource::Ldap) => self.sync(login, &person),
            Some(_) => return Err(LoginRefused::OfAnotherSource { login: login.to_owned() }),
        }
        Ok(())
    }

    /// # Errors
    ///
    /// The settings do not allow it.
    pub(crate) fn must_allow_sync(&self) -> Answer<()> {
        if self.ldap.enabled && self.ldap.allow_on_demand_users_sync {
            return Ok(());
        }
        Err(Refusal::illegal("On-demand synchronisation of users is not allowed for LDAP"))
    }

    /// Refreshes accounts from the directory; none given means all of LDAP.
    pub(crate) fn resync(&mut self, logins: Option<&[String]>) -> Answer<Value> {
        let of_ldap = self.users.values().filter(|user| user.source_type == AccountSource::Ldap);
        let all: Vec<String> = of_ldap.map(|user| user.login.clone()).collect();
        let outcomes = logins.unwrap_or(&all).iter().map(|login| {
            let person = self.known_person(login);
            if let Ok(person) = &person {
                self.sync(login, person);
            }
            outcome(login, person.err().map(|refused| refused.to_string()))
        });
        Ok(outcomes.collect())
    }
}

fn outcome(login: &str, error: Option<String>) -> Value {
    let status = if error.is_none() { "SUCCESS" } else { "FAILURE" };
    json!({"login": login, "status": status, "error": error.unwrap_or_default()})
}

/// What external users are searched by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search {
    pub(crate) login: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) group: Option<String>,
}

impl Search {
    /// Login and mail address exactly, before remapping; a group only without them.
    fn matches(&self, person: &MockPerson) -> bool {
        if self.login.is_some() || self.email.is_some() {
            let login = self.login.as_ref().is_none_or(|login| *login == person.login);
            let email = self.email.is_none() || self.email == person.email;
            return login && email;
        }
        self.group.as_ref().is_none_or(|group| person.groups.contains(group))
    }
}
