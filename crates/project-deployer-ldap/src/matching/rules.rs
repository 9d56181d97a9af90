//! What a login is at a location: the rules, in their order, for all logins of a location at once.
//!
//! A column is filled from the last rule to the first: what the directory says, then who is near, then
//! who is there.

use std::collections::BTreeSet;

use project_deployer_core::GroupName;
use project_deployer_core::accounts::{LdapSettings, SourceType};

use super::codes::{Codes, FoundIn};
use super::directory::Directory;
use super::index::{Groups, Site};
use super::presence::{GroupPresence, Presence, SimilarityKind};
use super::sources::{LDAP, is_local};
use super::table::LoginTable;
use crate::fetched::Reason;
use crate::remapping::TimeBudget;
use crate::snapshot::ImportableSet;
use crate::texts::{NONE, TextList, position};

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

/// What decides on a login that is not there, and whom nobody is near to. Locations that are the same
/// in this have the same column so far.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct ImportRules<'a> {
    pub(super) supply: Result<Option<Import>, &'a Reason>,
    provisions: &'a BTreeSet<SourceType>,
}

/// A set of people, and what the settings do with those who are let in.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Import {
    pub(super) set: usize,
    pub(super) on_demand: bool,
    pub(super) at_login: bool,
}

/// The column of each location, and the presences that they speak of.
pub(super) fn columns(table: &LoginTable<'_>) -> (Vec<Vec<u32>>, Vec<Presence>) {
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
        let base = base(table, rules_of_location, &mut codes);
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
    (columns, codes.into_presences())
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

/// Who supplies an absent login: the Deployer's word first, then the location's own directory, then any
/// other location.
fn base(table: &LoginTable<'_>, rules_of_location: ImportRules<'_>, codes: &mut Codes) -> Vec<u32> {
    let by_source: Vec<Option<u32>> = table
        .sources
        .all()
        .iter()
        .map(|source| by_other_source(source, rules_of_location.provisions, codes))
        .collect();
    let directory = Directory::of(table, rules_of_location, codes);
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
        Presence::ImportableOnDemand { source }
    } else {
        Presence::OnlyByLogin { source }
    }))
}

/// What the remapping rules of each set make of each row, where that is a login of somebody.
struct Remapped(Vec<Vec<(usize, u32)>>);

impl Remapped {
    fn of(table: &LoginTable<'_>) -> Self {
        let of_set = |set: &ImportableSet<'_>| {
            let rules = set.remapping();
            let mut budget = TimeBudget::new();
            let mut rows = Vec::new();
            let mut texts = TextList::default();
            for (row, login) in table.rows.iter().enumerate().filter(|_| !rules.is_empty()) {
                let text = table.interner.text(*login);
                match rules.applied(text, &mut budget) {
                    Ok(made) if made != text => {
                        texts.push(&made);
                        rows.push(row);
                    }
                    Ok(_) => {}
                    // Of whom nothing is made nobody is near; what is slow stays slow.
                    Err(error) if error.is_slow() => break,
                    Err(_) => {}
                }
            }
            let found = table.interner.find_all(&texts);
            rows.into_iter().zip(found).filter_map(|(row, found)| Some((row, found?))).collect()
        };
        Self(table.index.sets.iter().map(of_set).collect())
    }
}

/// Writes over what the directory says: who is near, and who is there.
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
    let mut near = |row: usize, found: u32, kind: SimilarityKind| {
        let code = codes.near(FoundIn::User, kind, (found, table.interner.text(found)));
        put(column, row, code);
    };
    if let Ok(Some(supply)) = &site.supply {
        let people = table.people.firsts(supply.set, has);
        for login in table.people.logins() {
            let row = table.row(login).filter(|_| !has(login));
            if let (Some(row), Some(found)) = (row, table.people.same(login, &people)) {
                near(row, found, SimilarityKind::Remapping);
            }
        }
        for (row, found) in remapped.0.get(supply.set).into_iter().flatten() {
            if has(*found) && table.rows.get(*row).is_some_and(|login| !has(*login)) {
                near(*row, *found, SimilarityKind::Remapping);
            }
        }
    }
    let spelled = table.spellings.firsts(has);
    for (row, login) in table.rows.iter().enumerate() {
        if table.spellings.has_near(*login)
            && !has(*login)
            && let Some((found, kind)) = table.spellings.near(*login, &spelled)
        {
            near(row, found, kind);
        }
    }
    present(table, place, site, column, codes);
}

/// Those who are there.
fn present(
    table: &LoginTable<'_>,
    place: usize,
    site: &Site<'_>,
    column: &mut [u32],
    codes: &mut Codes,
) {
    let (candidates, is_told) = match &site.supply {
        Ok(Some(supply)) => (table.candidates(supply.set), true),
        Ok(None) => (&[][..], true),
        Err(_) => (&[][..], false),
    };
    table.each_user(place, |login, row, found, enabled| {
        let has = candidates.get(position(login)).is_some_and(|candidate| *candidate != NONE);
        let in_directory = is_told.then_some(has);
        let told = table.deployer_source(row).filter(|_| !site.is_deployer());
        let expected = unexpected(table, told, found, in_directory);
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

/// The source to expect, where it is another one than was found. Sources go by their numbers. Whether the
/// location's directory has the login is not known where it did not tell.
fn unexpected(
    table: &LoginTable<'_>,
    told: Option<usize>,
    found: usize,
    in_directory: Option<bool>,
) -> Option<usize> {
    let is_local = |source: usize| table.sources.is_local(source);
    let expected = match (told, in_directory) {
        (Some(told), _) if !is_local(told) => told,
        // Whoever is in a directory is to be its user everywhere: a local account shadows that.
        (Some(_), Some(true)) => LDAP,
        // A directory that did not tell may well have its user.
        (Some(_), None) if found == LDAP => return None,
        (Some(told), _) => told,
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
