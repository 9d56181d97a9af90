//! Accounts that are there now, and that the next synchronization with the directory takes away.

use std::collections::BTreeSet;

use project_deployer_core::Login;

use super::report::{LocationNote, SyncCause};
use super::sources::LDAP;
use super::table::LoginTable;
use crate::account_state::BlockKind;
use crate::snapshot::{Authorization, ImportableSet};
use crate::texts::{NONE, position};

/// Enabled LDAP accounts of needed logins whose entry is gone or disabled, where the listing proves it
/// (R-L5, R-L11).
pub(super) fn notes(table: &LoginTable<'_>) -> Vec<LocationNote> {
    let mut needed = vec![false; table.interner.len()];
    for row in table.needs.keys() {
        let login = table.rows.get(*row).map(|login| position(*login));
        if let Some(slot) = login.and_then(|login| needed.get_mut(login)) {
            *slot = true;
        }
    }
    if table.needs.is_empty() {
        return Vec::new();
    }
    (0..table.index.sites.len()).flat_map(|place| notes_of(table, place, &needed)).collect()
}

fn notes_of(table: &LoginTable<'_>, place: usize, needed: &[bool]) -> Vec<LocationNote> {
    let Some(site) = table.index.sites.get(place) else { return Vec::new() };
    let Ok(Some(supply)) = &site.supply else { return Vec::new() };
    let Some(set) = table.index.sets.get(supply.set) else { return Vec::new() };
    let id = &site.location.id;
    let is_needed_here = |row: usize| {
        let needs = table.needs.get(&row).into_iter().flatten();
        needs.into_iter().any(|need| need.at.include(id))
    };
    let (mut gone, mut disabled) = (BTreeSet::new(), BTreeSet::new());
    table.each_user(place, |login, row, source, enabled| {
        let may_be = enabled && source == LDAP && needed.get(position(login)) == Some(&true);
        if !may_be || !is_needed_here(row) {
            return;
        }
        let candidate = table.candidates(supply.set).get(position(login)).copied();
        let logins = match cause(table.interner.text(login), candidate.unwrap_or(NONE), set) {
            Some(SyncCause::NoEntry) => &mut gone,
            Some(SyncCause::EntryDisabled) => &mut disabled,
            None => return,
        };
        logins.extend(table.logins.get(row));
    });
    let note = |(cause, logins): (SyncCause, BTreeSet<&Login>)| {
        (!logins.is_empty()).then(|| LocationNote::NextSyncDisables {
            place: id.clone(),
            cause,
            logins: logins.into_iter().cloned().collect(),
        })
    };
    let both = [(SyncCause::NoEntry, gone), (SyncCause::EntryDisabled, disabled)];
    both.into_iter().filter_map(note).collect()
}

fn cause(login: &str, candidate: u32, set: &ImportableSet<'_>) -> Option<SyncCause> {
    if candidate == NONE {
        return set.doubt_of_absence(login).is_none().then_some(SyncCause::NoEntry);
    }
    let candidate = set.candidate(candidate);
    match candidate.authorization() {
        Authorization::Blocked { block, .. }
            if candidate.is_one() && block.state == BlockKind::Disabled =>
        {
            Some(SyncCause::EntryDisabled)
        }
        _ => None,
    }
}
