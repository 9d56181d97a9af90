//! The input prepared for matching: the facts of each location, and one set of people for all locations
//! that share it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use project_deployer_core::GroupName;
use project_deployer_core::accounts::{Group, LdapSettings, UserList};

use super::input::{LdapSupply, Location, LocationId, MatchInput};
use crate::fetched::{Fetched, Reason};
use crate::snapshot::{DirectorySnapshot, ImportableSet};

pub(super) struct Index<'a> {
    pub(super) sites: Vec<Site<'a>>,
    /// The people of the directories. Locations with the same settings share one set.
    pub(super) sets: Vec<ImportableSet<'a>>,
}

/// One location.
pub(super) struct Site<'a> {
    pub(super) location: &'a Location,
    pub(super) users: Result<&'a UserList, &'a Reason>,
    pub(super) groups: Result<Groups<'a>, &'a Reason>,
    pub(super) supply: Fetched<Option<Supply<'a>>>,
}

pub(super) struct Groups<'a> {
    pub(super) names: BTreeSet<&'a GroupName>,
    pub(super) by_fold: HashMap<String, BTreeSet<&'a GroupName>>,
}

/// The settings of a location, and the index of the set that follows from them.
pub(super) struct Supply<'a> {
    pub(super) settings: &'a LdapSettings,
    pub(super) set: usize,
}

impl<'a> Index<'a> {
    pub(super) fn of(input: &'a MatchInput) -> Self {
        let mut cache = SetCache::default();
        let sites = input.locations.iter().map(|location| Site::of(location, &mut cache)).collect();
        Self { sites, sets: cache.sets }
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Result<Groups<'a>, &'a Reason>> {
        self.sites.iter().map(|site| &site.groups)
    }

    /// The people of a location's directory, if it has one and its answer is complete.
    pub(super) fn set(&self, site: &Site<'a>) -> Option<&ImportableSet<'a>> {
        self.sets.get(site.supply.as_ref().ok()?.as_ref()?.set)
    }
}

/// The sets so far, with the directory and settings of each.
#[derive(Default)]
struct SetCache<'a> {
    sets: Vec<ImportableSet<'a>>,
    made: Vec<(&'a DirectorySnapshot, &'a LdapSettings, Fetched<usize>)>,
}

impl<'a> SetCache<'a> {
    fn supply(&mut self, supply: &'a LdapSupply) -> Fetched<Supply<'a>> {
        let settings = &supply.settings;
        let snapshot: &'a DirectorySnapshot = match &supply.directory {
            Ok(snapshot) => Arc::as_ref(snapshot),
            Err(reason) => return Err(reason.clone()),
        };
        let known = self.made.iter().find(|(directory, other, _)| {
            std::ptr::eq(*directory, snapshot) && find_the_same(other, settings)
        });
        let set = match known {
            Some((_, _, set)) => set.clone(),
            None => {
                let set = ImportableSet::of(settings, snapshot).map(|set| {
                    self.sets.push(set);
                    self.sets.len() - 1
                });
                self.made.push((snapshot, settings, set.clone()));
                set
            }
        };
        Ok(Supply { settings, set: set? })
    }
}

/// Whether two settings find the same people under the same logins. It compares every field that
/// [`SupplierRules`](crate::supplier::SupplierRules) use.
pub(crate) fn find_the_same(one: &LdapSettings, other: &LdapSettings) -> bool {
    type Field<T> = fn(&LdapSettings) -> &T;
    let texts: [Field<String>; 3] = [|s| &s.url, |s| &s.user_filter, |s| &s.username_attribute];
    let options: [Field<Option<String>>; 5] = [
        |s| &s.group_filter,
        |s| &s.group_name_attribute,
        |s| &s.all_groups_filter,
        |s| &s.group_membership_attribute,
        |s| &s.group_membership_user_attribute,
    ];
    texts.iter().all(|field| field(one) == field(other))
        && options.iter().all(|field| field(one) == field(other))
        && one.enable_groups == other.enable_groups
        && one.authorized_groups == other.authorized_groups
        && one.remapping_rules == other.remapping_rules
}

impl<'a> Site<'a> {
    fn of(location: &'a Location, cache: &mut SetCache<'a>) -> Self {
        Self {
            location,
            users: location.users.as_ref(),
            groups: location.groups.as_ref().map(|groups| Groups::of(groups)),
            supply: match &location.ldap {
                Err(reason) => Err(reason.clone()),
                Ok(Some(supply)) if supply.settings.enabled => cache.supply(supply).map(Some),
                Ok(_) => Ok(None),
            },
        }
    }

    pub(super) fn is_deployer(&self) -> bool {
        self.location.id == LocationId::Deployer
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
