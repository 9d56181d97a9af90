use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::{AccountRules, ExternalUser};
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::{Login, NodeAddress};
use project_deployer_ldap::matching::{LocationId, Presence};
use project_deployer_ldap::{Fetched, Reason};

use super::manual_step::Blocker;
use super::opt_in::OptIn;

/// The facts that are needed beyond a plan before anything is changed. [`RemedyFacts::gather`]
/// fetches them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RemedyFacts {
    /// Facts by location. A location of a plan that is missing here cannot be reached.
    pub locations: BTreeMap<LocationId, LocationFacts>,
}

/// The facts of one location.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LocationFacts {
    /// The address where people log in.
    pub address: Option<NodeAddress>,
    /// Whether its accounts can be reached for changes.
    pub reached: Fetched<()>,
    /// The users whose groups must follow their source, with all their groups.
    pub users: Fetched<Vec<User>>,
    /// Its groups.
    pub groups: Fetched<Vec<Group>>,
    /// The settings of its LDAP supplier, where it has one.
    pub ldap: Fetched<Option<LdapSettings>>,
    /// Its account rules for suppliers other than LDAP, where they were fetched.
    pub rules: Option<Fetched<AccountRules>>,
    /// The users that its suppliers list, for the suppliers that were queried.
    pub suppliers: BTreeMap<SourceType, Fetched<Vec<ExternalUser>>>,
    /// Its disabled users with their source. Only these can be enabled.
    pub disabled: BTreeMap<Login, SourceType>,
    /// The presence of users of its directory if they had no account: whether the directory still
    /// authorizes them.
    pub without_account: BTreeMap<Login, Presence>,
    /// Blockers against enabling disabled users, from one directory query per login.
    pub checks: BTreeMap<Login, Result<(), Blocker>>,
    /// Logins whose account is created only when they log in, with their source.
    pub awaited: BTreeMap<Login, SourceType>,
}

impl LocationFacts {
    /// A location that cannot be reached, and without any known facts.
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

    /// Whether a disabled user still has access there. A user who left the source is not enabled
    /// again, and neither is a user whose status in the source is unknown (R-L5, D7).
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
                authorized(
                    presence.ok_or_else(|| unknown("the directory was not queried"))?,
                    opt_in,
                )?;
                // The next refresh would disable a user again whom the location itself does not
                // find.
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
                    "whether {source} still has the user is not reported; if it does, enable the user \
                     by hand"
                ))),
            },
        }
    }

    /// Whether a supplier lists a user; `None` where it was not queried.
    fn lists(&self, source: &SourceType, login: &Login) -> Option<Result<bool, &Reason>> {
        let supplied = self.suppliers.get(source)?.as_ref();
        Some(supplied.map(|users| users.iter().any(|user| user.login == *login)))
    }

    /// What an administrator must do there before a login creates the account (D5); `None` where no
    /// blocker is known.
    pub(super) fn before_login(&self, login: &Login) -> Option<&'static str> {
        let rules = self.rules.as_ref()?.as_ref().ok()?;
        let rules = match self.awaited.get(login)? {
            SourceType::Sso => rules.sso.as_ref().ok()?,
            SourceType::AzureAd => rules.azure_ad.as_ref().ok()?,
            _ => return None,
        };
        if !rules.enabled {
            return Some("enables the source there");
        }
        let creates = rules.provisions_at_login != Some(false);
        (!creates).then_some("allows first logins to create accounts there")
    }

    /// Whether an account may be refreshed from its source: not for people whom the directory
    /// blocks, nor where this is unknown.
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

    /// The sources that list the groups of their users, to compare with the groups at the location.
    pub(super) fn browsed() -> [SourceType; 3] {
        [SourceType::Ldap, SourceType::AzureAd, SourceType::Custom]
    }
}

/// Logins as an owned set.
pub(super) fn owned<'a>(logins: impl IntoIterator<Item = &'a Login>) -> BTreeSet<Login> {
    logins.into_iter().cloned().collect()
}

/// Whether a user with this presence without an account is still authorized (R-L2, R-L5).
fn authorized(without_account: &Presence, opt_in: &OptIn) -> Result<(), Blocker> {
    match without_account {
        Presence::BlockedInDirectory { otherwise, .. } if opt_in.allows_disabled() => {
            authorized(otherwise, opt_in)
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
