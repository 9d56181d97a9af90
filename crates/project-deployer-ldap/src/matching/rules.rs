//! The rules for the status of a login, in order, for all logins of a location at once.
//!
//! A column is filled from the last rule to the first, so that earlier rules overwrite later ones: first
//! the directory, then similar logins, then the users of the location.

use std::collections::BTreeSet;

use project_deployer_core::GroupName;
use project_deployer_core::accounts::{LdapSettings, SourceType};

use super::codes::{Codes, FoundIn};
use super::directory::Directory;
use super::index::{Groups, Site};
use super::presence::{GroupPresence, Presence};
use super::remapped::Remapped;
use super::similar::SimilarityKind;
use super::sources::{LDAP, is_local};
use super::table::LoginTable;
use crate::fetched::Reason;
use crate::texts::{NONE, position};

pub(super) fn group_presence(
    groups: &Result<Groups<'_>, &Reason>,
    group: &GroupName,
) -> GroupPresence {
    let groups = match groups {
        Ok(groups) => groups,
        Err(reason) => return GroupPresence::Unknown { reason: (*reason).clone() },
    };
    if groups.names.contains(group) {
        return GroupPresence::Present;
    }
    let found = groups.by_fold.get(&group.as_str().to_lowercase()).and_then(|same| same.first());
    found.map_or(GroupPresence::Missing, |found| GroupPresence::OtherCase {
        found: (*found).clone(),
    })
}

/// The facts that decide on an absent login without a similar one. Locations with equal facts start from
/// the same column.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct ImportRules<'a> {
    pub(super) supply: Result<Option<Import>, &'a Reason>,
    provisions: &'a BTreeSet<SourceType>,
}

/// A set of people, and how the settings import the authorized ones.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Import {
    pub(super) set: usize,
    pub(super) on_demand: bool,
    pub(super) at_login: bool,
}

/// The column of each location, and the codes of the presences that the columns refer to.
pub(super) fn columns(table: &LoginTable<'_>) -> (Vec<Vec<u32>>, Codes) {
    let sites = &table.index.sites;
    let mut codes = Codes::default();
    let mut columns: Vec<Vec<u32>> = vec![Vec::new(); sites.len()];
    let remapped = Remapped::of(table);
    let mut open: Vec<(usize, ImportRules<'_>)> = Vec::new();
    for (place, site) in sites.iter().enumerate() {
        match site.users {
            Ok(_) => open.push((place, ImportRules::of(site))),
            Err(reason) => {
                let column = vec![codes.unknown(reason); table.rows.len()];
                columns.splice(place..=place, [column]);
            }
        }
    }
    while let Some((_, rules_of_location)) = open.first().copied() {
        let same =
            open.extract_if(.., |(_, other)| *other == rules_of_location).map(|(place, _)| place);
        let mut same: Vec<usize> = same.collect();
        let base = base(table, rules_of_location, &remapped, &mut codes);
        let last = same.pop();
        let mut finish = |place: usize, mut column: Vec<u32>| {
            site_column(table, place, &remapped, &mut column, &mut codes);
            columns.splice(place..=place, [column]);
        };
        same.into_iter().for_each(|place| finish(place, base.clone()));
        if let Some(place) = last {
            finish(place, base);
        }
    }
    (columns, codes)
}

impl<'a> ImportRules<'a> {
    fn of(site: &'a Site<'_>) -> Self {
        let import = |set: usize, settings: &LdapSettings| Import {
            set,
            on_demand: settings.allow_on_demand_users_provisioning,
            at_login: settings.auto_import_users,
        };
        let supply = site.supply.as_ref();
        Self {
            supply: supply.map(|own| own.as_ref().map(|own| import(own.set, own.settings))),
            provisions: &site.location.provisions,
        }
    }
}

/// The source of an absent login: first from the Deployer's user, then from the location's own directory,
/// then from any other location.
fn base(
    table: &LoginTable<'_>,
    rules_of_location: ImportRules<'_>,
    remapped: &Remapped,
    codes: &mut Codes,
) -> Vec<u32> {
    let by_source: Vec<Option<u32>> = table
        .sources
        .all()
        .iter()
        .map(|source| by_other_source(source, rules_of_location.provisions, codes))
        .collect();
    let directory = Directory::of(table, rules_of_location, remapped, codes);
    let mut column = Vec::with_capacity(table.rows.len());
    for (row, login) in table.rows.iter().enumerate() {
        let candidate = directory.candidate(*login);
        let source = match table.deployer_source(row) {
            Some(source) => Some(source),
            None if candidate.is_some() => None,
            None => table.first_source(row),
        };
        let code = source.and_then(|source| by_source.get(source).copied().flatten());
        column.push(code.unwrap_or_else(|| directory.code(*login, candidate, codes)));
    }
    column
}

fn by_other_source(
    source: &SourceType,
    provisions: &BTreeSet<SourceType>,
    codes: &mut Codes,
) -> Option<u32> {
    if is_local(source) || *source == SourceType::Ldap {
        return None;
    }
    let source = source.clone();
    Some(codes.add(if provisions.contains(&source) {
        Presence::ImportableOnDemand { source, also: None }
    } else {
        Presence::OnlyByLogin { source }
    }))
}

/// Overwrites the codes from the directory: first for similar logins, then for the users of the location.
fn site_column(
    table: &LoginTable<'_>,
    place: usize,
    remapped: &Remapped,
    column: &mut [u32],
    codes: &mut Codes,
) {
    let Some(site) = table.index.sites.get(place) else { return };
    let mut users = vec![false; table.interner.len()];
    table.each_user(place, |login, _, _, _| {
        if let Some(user) = users.get_mut(position(login)) {
            *user = true;
        }
    });
    let has = |login: u32| users.get(position(login)).copied().unwrap_or_default();
    let mut similar = |row: usize, login: u32, found: u32, kind: SimilarityKind| {
        let odd = table.odd(place, login, found);
        let code = codes.similar(FoundIn::User, (kind, odd), (found, table.interner.text(found)));
        put(column, row, code);
    };
    let spelled = table.spellings.firsts(has);
    if let Ok(Some(supply)) = &site.supply {
        let people = table.people.firsts(supply.set, has);
        // A login that the person has in the directory may have another spelling at the location.
        let all = table.people.firsts(supply.set, |_| true);
        let respelled = |login: u32| {
            let own = table.people.same(login, &all)?;
            table.spellings.similar(own, &spelled).map(|(found, _)| found)
        };
        for login in table.people.logins() {
            let Some(row) = table.row(login).filter(|_| !has(login)) else { continue };
            let found = table.people.same(login, &people).or_else(|| respelled(login));
            if let Some(found) = found {
                similar(row, login, found, SimilarityKind::Remapping);
            }
        }
        for (row, found) in remapped.firsts(supply.set, has) {
            if let Some(login) = table.rows.get(row).filter(|login| !has(**login)) {
                similar(row, *login, found, SimilarityKind::Remapping);
            }
        }
    }
    for (row, login) in table.rows.iter().enumerate() {
        if table.spellings.has_similar(*login)
            && !has(*login)
            && let Some((found, kind)) = table.spellings.similar(*login, &spelled)
        {
            similar(row, *login, found, kind);
        }
    }
    present(table, place, site, column, codes);
}

/// The codes of the users of the location.
fn present(
    table: &LoginTable<'_>,
    place: usize,
    site: &Site<'_>,
    column: &mut [u32],
    codes: &mut Codes,
) {
    let (candidates, is_known) = match &site.supply {
        Ok(Some(supply)) => (table.candidates(supply.set), true),
        Ok(None) => (&[][..], true),
        Err(_) => (&[][..], false),
    };
    table.each_user(place, |login, row, found, enabled| {
        let has = candidates.get(position(login)).is_some_and(|candidate| *candidate != NONE);
        let in_directory = is_known.then_some(has);
        let deployer = table.deployer_source(row).filter(|_| !site.is_deployer());
        let expected = unexpected(table, deployer, found, in_directory);
        let state = (enabled, expected, found);
        let own = site.supply.as_ref().ok().and_then(|supply| Some(supply.as_ref()?.set));
        let block = if enabled { None } else { table.block(login, own) };
        let code = match block {
            Some(block) => codes.blocked_user(state, block, table.sources.all()),
            None => codes.user(state, table.sources.all()),
        };
        put(column, row, Some(code));
    });
}

/// The expected source, if it differs from the one found. Sources are given by number. `in_directory` is
/// none if the location's directory is unknown.
fn unexpected(
    table: &LoginTable<'_>,
    deployer: Option<usize>,
    found: usize,
    in_directory: Option<bool>,
) -> Option<usize> {
    let is_local = |source: usize| table.sources.is_local(source);
    let expected = match (deployer, in_directory) {
        (Some(source), _) if !is_local(source) => source,
        // A person of a directory should be its user everywhere; a local account shadows that user.
        (Some(_), Some(true)) => LDAP,
        // An unknown directory may well have the login.
        (Some(_), None) if found == LDAP => return None,
        (Some(source), _) => source,
        (None, Some(true)) if is_local(found) => LDAP,
        (None, _) => return None,
    };
    let same = expected == found || (is_local(expected) && is_local(found));
    (!same).then_some(expected)
}

fn put(column: &mut [u32], row: usize, code: Option<u32>) {
    if let (Some(cell), Some(code)) = (column.get_mut(row), code) {
        *cell = code;
    }
}
