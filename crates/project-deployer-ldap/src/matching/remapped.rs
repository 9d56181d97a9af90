//! What the remapping rules of each location make of each login (R-L9).

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::table::LoginTable;
use crate::remapping::TimeBudget;
use crate::snapshot::ImportableSet;

/// The result of each set's rules for each row, as the logins that equal it: first the same text, then those
/// that differ in case.
pub(super) struct Remapped(Vec<Vec<(usize, Vec<u32>)>>);

impl Remapped {
    pub(super) fn of(table: &LoginTable<'_>) -> Self {
        let of_set = |set: &ImportableSet<'_>| results(table, set);
        Self(table.index.sets.iter().map(of_set).collect())
    }

    /// By row the first of these logins, without the row's own.
    pub(super) fn firsts(&self, set: usize, has: impl Fn(u32) -> bool) -> HashMap<usize, u32> {
        let rows = self.0.get(set).into_iter().flatten();
        let first = |(row, found): &(usize, Vec<u32>)| {
            Some((*row, found.iter().copied().find(|found| has(*found))?))
        };
        rows.filter_map(first).collect()
    }
}

fn results(table: &LoginTable<'_>, set: &ImportableSet<'_>) -> Vec<(usize, Vec<u32>)> {
    let rules = set.remapping();
    let mut budget = TimeBudget::new();
    let mut made_of = Vec::new();
    for (row, login) in table.rows.iter().enumerate().filter(|_| !rules.is_empty()) {
        let text = table.interner.text(*login);
        match rules.applied(text, &mut budget) {
            Ok(made) if made != text => made_of.push((row, made.into_owned())),
            Ok(_) => {}
            // A login that the rules cannot remap has no similar one. Once rules are slow, they stay slow.
            Err(error) if error.is_slow() => break,
            Err(_) => {}
        }
    }
    let mut by_form: HashMap<String, Vec<u32>, RandomState> =
        made_of.iter().map(|(_, made)| (made.to_lowercase(), Vec::new())).collect();
    if by_form.is_empty() {
        return Vec::new();
    }
    let mut form = String::new();
    for login in table.interner.logins() {
        put_lowercase(table.interner.text(login), &mut form);
        if let Some(logins) = by_form.get_mut(&form) {
            logins.push(login);
        }
    }
    let found = |(row, made): (usize, String)| {
        let own = table.rows.get(row).copied();
        let same = by_form.get(&made.to_lowercase())?.iter().copied();
        let mut same: Vec<u32> = same.filter(|login| Some(*login) != own).collect();
        same.sort_by_key(|login| table.interner.text(*login) != made);
        (!same.is_empty()).then_some((row, same))
    };
    made_of.into_iter().filter_map(found).collect()
}

/// Puts the lower case of a text into a buffer that all logins share.
fn put_lowercase(text: &str, form: &mut String) {
    if text.is_ascii() {
        form.clear();
        form.push_str(text);
        form.make_ascii_lowercase();
    } else {
        *form = text.to_lowercase();
    }
}
