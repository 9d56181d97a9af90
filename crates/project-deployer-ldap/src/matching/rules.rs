//! What a login is at a location: the rules, in their order.

use project_deployer_core::accounts::SourceType;
use project_deployer_core::{GroupName, Login};

use super::index::{Groups, Index, Site, Supply, Users};
use super::presence::{GroupPresence, Near, NearKind, Presence};
use crate::snapshot::{Admission, Candidate};
use crate::told::Reason;

/// A login at every location, in their order.
pub(super) fn presences(index: &Index<'_>, login: &Login) -> Vec<Presence> {
    let row = Row::of(index, login);
    index.sites.iter().map(|site| row.presence(site)).collect()
}

pub(super) fn group_presence(
    groups: &Result<Groups<'_>, &Reason>,
    group: &GroupName,
) -> GroupPresence {
    let groups = match groups {
        Ok(groups) => groups,
        Err(reason) => return GroupPresence::CouldNotTell { reason: (*reason).clone() },
    };
    if groups.names.contains(group) {
        return GroupPresence::Present;
    }
    let found = groups.by_fold.get(&group.as_str().to_lowercase()).and_then(|same| same.first());
    found.map_or(GroupPresence::Missing, |found| GroupPresence::OtherCase {
        found: (*found).clone(),
    })
}

/// A login, and the sources it has anywhere.
struct Row<'a> {
    index: &'a Index<'a>,
    login: &'a Login,
    deployer: Option<&'a SourceType>,
    /// The source at the first location that has it.
    first: Option<&'a SourceType>,
}

impl<'a> Row<'a> {
    fn of(index: &'a Index<'a>, login: &'a Login) -> Self {
        let sites = || index.sites.iter();
        Self {
            index,
            login,
            deployer: sites().find(|site| site.is_deployer()).and_then(|site| site.source(login)),
            first: sites().find_map(|site| site.source(login)),
        }
    }

    fn presence(&self, site: &Site<'_>) -> Presence {
        let users = match &site.users {
            Ok(users) => users,
            Err(reason) => return could_not_tell(reason),
        };
        if let Some(user) = site.user(self.login) {
            let expected = self.unexpected(site, &user.source_type);
            let found = user.source_type.clone();
            return match (user.enabled, expected) {
                (false, expected) => Presence::Disabled { expected, found },
                (true, Some(expected)) => Presence::OtherSource { expected, found },
                (true, None) => Presence::Present,
            };
        }
        self.near_user(site, users)
            .map(Presence::NearMatch)
            .or_else(|| self.by_other_source(site))
            .unwrap_or_else(|| self.by_directory(site))
    }

    /// The source to expect, where it is another one than was found.
    fn unexpected(&self, site: &Site<'_>, found: &SourceType) -> Option<SourceType> {
        let told = self.deployer.filter(|_| !site.is_deployer());
        let shadows = is_local(found) && site.in_directory(self.login);
        let expected = match told {
            Some(told) if !is_local(told) => told.clone(),
            _ if shadows => SourceType::Ldap,
            Some(told) => told.clone(),
            None => return None,
        };
        let same = expected == *found || (is_local(&expected) && is_local(found));
        (!same).then_some(expected)
    }

    fn near_user(&self, site: &Site<'_>, users: &Users<'_>) -> Option<Near> {
        users.near(self.login).or_else(|| {
            let supply = site.supply.as_ref().ok()?.as_ref()?;
            let remapped = supply.remapping.apply(self.login.as_str()).ok();
            let by_rule = remapped.and_then(|login| users.has(&login));
            let by_entry = || {
                let logins = self.index.same_person(self.login, supply);
                logins.filter_map(|login| users.has(login.as_str())).min()
            };
            let found = by_rule.or_else(by_entry)?.clone();
            Some(Near { found, kind: NearKind::Remapping })
        })
    }

    /// Who supplies an absent login: the Deployer's word first, then the location's own directory,
    /// then any other location.
    fn by_other_source(&self, site: &Site<'_>) -> Option<Presence> {
        let source = match self.deployer {
            Some(source) => source,
            None if site.in_directory(self.login) => return None,
            None => self.first?,
        };
        if is_local(source) || *source == SourceType::Ldap {
            return None;
        }
        let source = source.clone();
        Some(if site.location.provisions.contains(&source) {
            Presence::ImportableOnDemand { source }
        } else {
            Presence::OnlyByLogin { source }
        })
    }

    fn by_directory(&self, site: &Site<'_>) -> Presence {
        match &site.supply {
            Err(reason) => could_not_tell(reason),
            Ok(None) => Presence::NotInDirectory { near: None },
            Ok(Some(supply)) => match supply.set.get(self.login) {
                Some(candidate) => admitted(supply, candidate),
                None => Presence::NotInDirectory { near: self.near_entry(supply) },
            },
        }
    }

    fn near_entry(&self, supply: &Supply<'_>) -> Option<Near> {
        supply.near(self.login).or_else(|| {
            let found = self.index.same_person(self.login, supply).min()?.clone();
            Some(Near { found, kind: NearKind::Remapping })
        })
    }
}

fn admitted(supply: &Supply<'_>, candidate: &Candidate) -> Presence {
    if candidate.entries.len() > 1 {
        let entries = candidate.entries.iter().map(ToString::to_string).collect();
        return Presence::Ambiguous { entries };
    }
    match &candidate.admission {
        Admission::Unclear(reason) => could_not_tell(reason),
        Admission::Refused => {
            Presence::NotAuthorized { groups: supply.set.useful_groups().clone() }
        }
        Admission::Admitted if supply.settings.allow_on_demand_users_provisioning => {
            Presence::ImportableOnDemand { source: SourceType::Ldap }
        }
        Admission::Admitted if supply.settings.auto_import_users => {
            Presence::ImportableAtFirstLogin
        }
        Admission::Admitted => Presence::ImportSwitchedOff,
    }
}

fn could_not_tell(reason: &Reason) -> Presence {
    Presence::CouldNotTell { reason: reason.clone() }
}

/// Both are accounts of the node itself.
fn is_local(source: &SourceType) -> bool {
    matches!(source, SourceType::Local | SourceType::LocalNoAuth)
}
