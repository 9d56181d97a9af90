//! The world by login, so that no question needs a walk through all users.

use std::collections::{BTreeSet, HashMap};

use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::{GroupName, Login};

use super::need::Need;
use super::presence::{Near, NearKind};
use super::world::{LdapSupply, Location, LocationId, World};
use crate::dn::Dn;
use crate::remapping::LoginRemapping;
use crate::snapshot::ImportableSet;
use crate::supplier::LdapUrl;
use crate::told::{Reason, Told};

pub(super) struct Index<'a> {
    pub(super) sites: Vec<Site<'a>>,
    needs: HashMap<&'a Login, Vec<Need>>,
    people: People,
}

/// Who in which directory a login belongs to, as far as any location tells.
type People = HashMap<Login, BTreeSet<(LdapUrl, Dn)>>;

/// One location by login.
pub(super) struct Site<'a> {
    pub(super) location: &'a Location,
    pub(super) users: Result<Users<'a>, &'a Reason>,
    pub(super) groups: Result<Groups<'a>, &'a Reason>,
    pub(super) supply: Told<Option<Supply<'a>>>,
}

pub(super) struct Users<'a> {
    by_login: HashMap<&'a str, &'a User>,
    spellings: Spellings,
}

pub(super) struct Groups<'a> {
    pub(super) names: BTreeSet<&'a GroupName>,
    pub(super) by_fold: HashMap<String, BTreeSet<&'a GroupName>>,
}

pub(super) struct Supply<'a> {
    pub(super) settings: &'a project_deployer_core::accounts::LdapSettings,
    pub(super) remapping: LoginRemapping,
    pub(super) set: ImportableSet,
    spellings: Spellings,
    by_entry: HashMap<Dn, BTreeSet<Login>>,
}

/// Logins by what is left of them without case, and without domain.
#[derive(Default)]
struct Spellings {
    by_fold: HashMap<String, BTreeSet<Login>>,
    by_bare: HashMap<String, BTreeSet<Login>>,
}

impl<'a> Index<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        let sites: Vec<Site<'a>> = world.locations.iter().map(Site::of).collect();
        let mut needs: HashMap<&Login, Vec<Need>> = HashMap::new();
        for need in &world.needs {
            needs.entry(&need.login).or_default().push(need.clone());
        }
        let people = people(&sites);
        Self { sites, needs, people }
    }

    pub(super) fn needs_of(&self, login: &Login) -> &[Need] {
        self.needs.get(login).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn sets(&self) -> impl Iterator<Item = &ImportableSet> {
        self.sites.iter().filter_map(|site| site.supply.as_ref().ok()?.as_ref()).map(|own| &own.set)
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Result<Groups<'a>, &'a Reason>> {
        self.sites.iter().map(|site| &site.groups)
    }

    /// The other logins that the location's directory gives to the people who have this login elsewhere.
    pub(super) fn same_person<'s>(
        &'s self,
        login: &Login,
        supply: &'s Supply<'_>,
    ) -> impl Iterator<Item = &'s Login> {
        let entries = self.people.get(login).into_iter().flatten();
        let here = entries.filter(move |(url, _)| url == supply.set.url());
        let other = login.clone();
        here.filter_map(|(_, dn)| supply.by_entry.get(dn))
            .flatten()
            .filter(move |found| **found != other)
    }
}

fn people(sites: &[Site<'_>]) -> People {
    let mut people = People::new();
    for supply in sites.iter().filter_map(|site| site.supply.as_ref().ok()?.as_ref()) {
        for (login, candidate) in supply.set.iter().filter(|(_, found)| found.entries.len() == 1) {
            let entries = candidate.entries.iter().map(|dn| (supply.set.url().clone(), dn.clone()));
            people.entry(login.clone()).or_default().extend(entries);
        }
    }
    people
}

impl<'a> Site<'a> {
    fn of(location: &'a Location) -> Self {
        Self {
            location,
            users: location.users.as_ref().map(|users| Users::of(users)),
            groups: location.groups.as_ref().map(|groups| Groups::of(groups)),
            supply: match &location.ldap {
                Err(reason) => Err(reason.clone()),
                Ok(Some(supply)) if supply.settings.enabled => Supply::of(supply).map(Some),
                Ok(_) => Ok(None),
            },
        }
    }

    pub(super) fn is_deployer(&self) -> bool {
        self.location.id == LocationId::Deployer
    }

    pub(super) fn user(&self, login: &Login) -> Option<&'a User> {
        self.users.as_ref().ok()?.by_login.get(login.as_str()).copied()
    }

    pub(super) fn source(&self, login: &Login) -> Option<&'a SourceType> {
        self.user(login).map(|user| &user.source_type)
    }

    /// Whether the directory told in full, and has this login.
    pub(super) fn in_directory(&self, login: &Login) -> bool {
        matches!(&self.supply, Ok(Some(supply)) if supply.set.get(login).is_some())
    }
}

impl<'a> Users<'a> {
    fn of(users: &'a [User]) -> Self {
        Self {
            by_login: users.iter().map(|user| (user.login.as_str(), user)).collect(),
            spellings: Spellings::of(users.iter().map(|user| &user.login)),
        }
    }

    pub(super) fn has(&self, login: &str) -> Option<&'a Login> {
        self.by_login.get(login).map(|user| &user.login)
    }

    pub(super) fn near(&self, login: &Login) -> Option<Near> {
        self.spellings.near(login)
    }
}

impl<'a> Groups<'a> {
    fn of(groups: &'a [Group]) -> Self {
        let mut by_fold: HashMap<String, BTreeSet<&GroupName>> = HashMap::new();
        for group in groups {
            by_fold.entry(group.name.as_str().to_lowercase()).or_default().insert(&group.name);
        }
        Self { names: groups.iter().map(|group| &group.name).collect(), by_fold }
    }
}

impl<'a> Supply<'a> {
    fn of(supply: &'a LdapSupply) -> Told<Self> {
        let snapshot = supply.directory.as_ref().map_err(Clone::clone)?;
        let set = ImportableSet::of(&supply.settings, snapshot)?;
        let remapping = LoginRemapping::compile(&supply.settings.remapping_rules)
            .map_err(|error| Reason::of(&error))?;
        let mut by_entry: HashMap<Dn, BTreeSet<Login>> = HashMap::new();
        for (login, candidate) in set.iter().filter(|(_, found)| found.entries.len() == 1) {
            for dn in &candidate.entries {
                by_entry.entry(dn.clone()).or_default().insert(login.clone());
            }
        }
        let spellings = Spellings::of(set.iter().map(|(login, _)| login));
        Ok(Self { settings: &supply.settings, remapping, set, spellings, by_entry })
    }

    pub(super) fn near(&self, login: &Login) -> Option<Near> {
        self.spellings.near(login)
    }
}

impl Spellings {
    fn of<'l>(logins: impl Iterator<Item = &'l Login>) -> Self {
        let mut spellings = Self::default();
        for login in logins {
            let text = login.as_str();
            spellings.by_fold.entry(text.to_lowercase()).or_default().insert(login.clone());
            if let Some(bare) = without_domain(text) {
                spellings.by_bare.entry(bare.to_lowercase()).or_default().insert(login.clone());
            }
        }
        spellings
    }

    /// Another spelling first, another domain second; the first by name where there are several.
    fn near(&self, login: &Login) -> Option<Near> {
        let text = login.as_str();
        let first = |logins: Option<&BTreeSet<Login>>, kind| {
            let found = logins?.iter().find(|found| *found != login)?.clone();
            Some(Near { found, kind })
        };
        let by_case = first(self.by_fold.get(&text.to_lowercase()), NearKind::Case);
        by_case.or_else(|| match without_domain(text) {
            Some(bare) => first(self.by_fold.get(&bare.to_lowercase()), NearKind::DomainSuffix),
            None => first(self.by_bare.get(&text.to_lowercase()), NearKind::DomainSuffix),
        })
    }
}

/// `ann` of `ann@example.test` or `EXAMPLE\ann`.
fn without_domain(login: &str) -> Option<&str> {
    let by_suffix = login.rsplit_once('@');
    let by_prefix = login.split_once('\\').map(|(domain, bare)| (bare, domain));
    let (bare, domain) = by_suffix.or(by_prefix)?;
    (!bare.is_empty() && !domain.is_empty()).then_some(bare)
}
