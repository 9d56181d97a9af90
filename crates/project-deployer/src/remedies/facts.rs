use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::{AccountRules, ExternalUser};
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::{Login, NodeAddress};
use project_deployer_ldap::matching::{LocationId, Presence};
use project_deployer_ldap::{Fetched, Reason};

use super::manual_step::Blocker;
use super::opt_in::OptIn;

/// What has to be known beyond a plan before anything is changed. [`RemedyFacts::gather`] asks for it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RemedyFacts {
    /// By location; what a plan names and is not here cannot be reached.
    pub locations: BTreeMap<LocationId, LocationFacts>,
}

/// What has to be known of one location.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LocationFacts {
    /// Where people log in.
    pub address: Option<NodeAddress>,
    /// Whether its accounts can be reached for changes.
    pub reached: Fetched<()>,
    /// The users whose groups have to follow their source, with all their groups.
    pub users: Fetched<Vec<User>>,
    /// Its groups.
    pub groups: Fetched<Vec<Group>>,
    /// The settings of its LDAP supplier, where it has one.
    pub ldap: Fetched<Option<LdapSettings>>,
    /// What it lays down for accounts beside LDAP, where it was asked.
    pub rules: Option<Fetched<AccountRules>>,
    /// What its suppliers know, as far as it was asked.
    pub suppliers: BTreeMap<SourceType, Fetched<Vec<ExternalUser>>>,
    /// Its disabled users, with who supplies them; what is not here is not enabled.
    pub disabled: BTreeMap<Login, SourceType>,
    /// What users of its directory would be there without their account: whether the directory still lets
    /// them in.
    pub without_account: BTreeMap<Login, Presence>,
    /// What stands against the accounts that a plan enables or creates, as the directory says when it is asked
    /// for each.
    pub checks: BTreeMap<Login, Result<(), Blocker>>,
    /// Whom only a login brings there, and from which source.
    pub awaited: BTreeMap<Login, SourceType>,
}

impl LocationFacts {
    /// A location of which nothing is known yet, and which cannot be reached.
    #[must_use]
    pub fn unreached(reason: &Reason) -> Self {
        Self {
            address: None,
            reached: Err(reason.clone()),
            users: Err(reason.clone()),
            groups: Err(reason.clone()),
            ldap: Err(reason.clone()),
            rules: None,
            suppliers: BTreeMap::new(),
            disabled: BTreeMap::new(),
            without_account: BTreeMap::new(),
            checks: BTreeMap::new(),
            awaited: BTreeMap::new(),
        }
    }

    /// Whether a disabled user still belongs there: whoever left the source is not let in again, and
    /// neither is anybody of whom it does not tell (R-L5, D7).
    pub(super) fn still_supplied(&self, login: &Login, opt_in: &OptIn) -> Result<(), Blocker> {
        self.listed_still(login, opt_in)?;
        self.checked(login)
    }

    /// What the directory says when it is asked for one login; nothing where it was not.
    pub(super) fn checked(&self, login: &Login) -> Result<(), Blocker> {
        self.checks.get(login).cloned().unwrap_or(Ok(()))
    }

    /// Against whom nothing stands, and the others by what does.
    pub(super) fn checked_all<'l>(
        &self,
        logins: impl IntoIterator<Item = &'l Login>,
    ) -> (Vec<&'l Login>, Vec<(Blocker, BTreeSet<Login>)>) {
        let (mut free, mut held) = (Vec::new(), Vec::<(Blocker, BTreeSet<Login>)>::new());
        for login in logins {
            let Err(why) = self.checked(login) else {
                free.push(login);
                continue;
            };
            match held.iter_mut().find(|(known, _)| *known == why) {
                Some((_, logins)) => drop(logins.insert(login.clone())),
                None => held.push((why, owned([login]))),
            }
        }
        (free, held)
    }

    /// The same as far as listings say so.
    fn listed_still(&self, login: &Login, opt_in: &OptIn) -> Result<(), Blocker> {
        let Some(source) = self.disabled.get(login) else {
            return Err(unknown("its source is not known"));
        };
        match source {
            SourceType::Local | SourceType::LocalNoAuth => Ok(()),
            SourceType::Ldap => {
                let presence = self.without_account.get(login);
                lets_in(presence.ok_or_else(|| unknown("the directory was not asked"))?, opt_in)?;
                // Whom the location itself does not find, its next refresh would disable again.
                match self.lists(source, login) {
                    Some(Ok(false)) => Err(not_listed(source)),
                    Some(_) | None => Ok(()),
                }
            }
            source => match self.lists(source, login) {
                Some(Ok(true)) => Ok(()),
                Some(Ok(false)) => Err(not_listed(source)),
                Some(Err(reason)) => Err(Blocker::Unknown { reason: reason.clone() }),
                None => Err(unknown(format!(
                    "nobody tells whether {source} still has the user; where it does, enable the user \
                     by hand"
                ))),
            },
        }
    }

    /// Whether a supplier lists a user, where it was asked.
    fn lists(&self, source: &SourceType, login: &Login) -> Option<Result<bool, &Reason>> {
        let supplied = self.suppliers.get(source)?.as_ref();
        Some(supplied.map(|users| users.iter().any(|user| user.login == *login)))
    }

    /// What somebody has to do there before a login brings the user (D5); none where nothing is known to
    /// stand in the way.
    pub(super) fn before_login(&self, login: &Login) -> Option<&'static str> {
        let rules = self.rules.as_ref()?.as_ref().ok()?;
        let rules = match self.awaited.get(login)? {
            SourceType::Sso => rules.sso.as_ref().ok()?,
            SourceType::AzureAd => rules.azure_ad.as_ref().ok()?,
            _ => return None,
        };
        if !rules.enabled {
            return Some("switches the source on there");
        }
        let creates = rules.provisions_at_login != Some(false);
        (!creates).then_some("lets a first login create accounts there")
    }

    /// Whether an account may be refreshed from its source: not for people whom the directory blocks, nor
    /// where it did not say.
    pub(super) fn may_refresh(&self, login: &Login, opt_in: &OptIn) -> Result<(), Blocker> {
        match self.without_account.get(login) {
            Some(Presence::BlockedInDirectory { block, .. }) if !opt_in.allows_disabled() => {
                Err(Blocker::BlockedInDirectory { block: block.clone() })
            }
            Some(Presence::Unknown { reason }) => Err(Blocker::Unknown { reason: reason.clone() }),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the location refreshes users of a source on demand, and at their next login.
    pub(super) fn syncs(&self, source: &SourceType) -> (bool, bool) {
        match source {
            SourceType::Ldap => match &self.ldap {
                Ok(Some(ldap)) => {
                    (ldap.allow_on_demand_users_sync, ldap.auto_sync_users_at_login_time)
                }
                Ok(None) | Err(_) => (false, false),
            },
            SourceType::AzureAd | SourceType::Sso => {
                let rules = self.rules.as_ref().and_then(|rules| rules.as_ref().ok());
                let rules = rules.and_then(|rules| match source {
                    SourceType::Sso => rules.sso.as_ref().ok(),
                    _ => rules.azure_ad.as_ref().ok(),
                });
                let set = |flag: Option<bool>| flag == Some(true);
                rules.map_or((false, false), |rules| {
                    (set(rules.syncs_on_demand), set(rules.syncs_at_login))
                })
            }
            _ => (false, false),
        }
    }

    /// The sources whose users' groups could be told from what they are at the location.
    pub(super) fn browsed() -> [SourceType; 3] {
        [SourceType::Ldap, SourceType::AzureAd, SourceType::Custom]
    }
}

/// Logins, as a set of its own.
pub(super) fn owned<'a>(logins: impl IntoIterator<Item = &'a Login>) -> BTreeSet<Login> {
    logins.into_iter().cloned().collect()
}

/// Whether a user who would be this without the account still belongs there (R-L2, R-L5).
fn lets_in(without_account: &Presence, opt_in: &OptIn) -> Result<(), Blocker> {
    match without_account {
        Presence::BlockedInDirectory { otherwise, .. } if opt_in.allows_disabled() => {
            lets_in(otherwise, opt_in)
        }
        Presence::BlockedInDirectory { block, .. } => {
            Err(Blocker::BlockedInDirectory { block: block.clone() })
        }
        Presence::ImportableOnDemand { .. }
        | Presence::ImportableAtFirstLogin
        | Presence::ImportSwitchedOff => Ok(()),
        Presence::Unknown { reason } => Err(Blocker::Unknown { reason: reason.clone() }),
        other => Err(Blocker::NotSupplied { reason: Reason::new(other.to_string()) }),
    }
}

fn unknown(reason: impl Into<String>) -> Blocker {
    Blocker::Unknown { reason: Reason::new(reason) }
}

fn not_listed(source: &SourceType) -> Blocker {
    Blocker::NotSupplied { reason: Reason::new(format!("{source} does not list the user there")) }
}
