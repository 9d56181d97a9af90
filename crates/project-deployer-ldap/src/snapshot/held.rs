//! Membership as an attribute of people, such as `memberOf`: the search for everybody who certainly holds none of
//! the authorized groups.
//!
//! An entry without the attribute may be one of which the reader may not read it. A server evaluates
//! `(!(memberOf=…))` to "undefined" there, and returns nothing (RFC 4511, 4.5.1.7). So whoever that search finds is in
//! none of these groups.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::entries::{EntryTable, Texts};
use crate::fetched::Fetched;
use crate::filter::Filter;
use crate::letters::coarse;
use crate::supplier::{Membership, Search, SupplierRules};

/// With more groups, nobody is certainly in none.
const GROUPS: usize = 500;

/// The search; none where people do not list their groups, or where the directory has no authorized group.
pub(super) fn outsiders(
    rules: &SupplierRules,
    answers: &BTreeMap<String, Fetched<EntryTable>>,
    texts: &Texts,
) -> Option<Search> {
    let Membership::OnUser { attribute, .. } = &rules.groups.as_ref()?.membership else {
        return None;
    };
    let groups = answers.get(&rules.member_groups()?.key())?.as_ref().ok()?;
    let names: Vec<String> = authorized(rules, groups, texts)
        .map(|group| texts.name(groups.name(group)))
        .take(GROUPS + 1)
        .collect();
    if names.is_empty() || names.len() > GROUPS {
        return None;
    }
    let held = names.into_iter().map(|name| Filter::equality(attribute.clone(), name)).collect();
    let none = Filter::Not(Box::new(Filter::Or(held)));
    let people = rules.people().ok()?;
    Some(Search {
        filter: Filter::And(vec![people.filter, none]),
        attributes: BTreeSet::from([rules.login.clone()]),
    })
}

/// The groups whose name is authorized, in any spelling.
pub(super) fn authorized<'t>(
    rules: &SupplierRules,
    groups: &'t EntryTable,
    texts: &'t Texts,
) -> impl Iterator<Item = u32> + 't {
    let authorized: HashSet<String> = rules.authorized.iter().map(|name| coarse(name)).collect();
    let column = rules.groups.as_ref().and_then(|rules| groups.column(&rules.name));
    groups.entries().filter(move |group| {
        let mut names = groups.values(column, *group).iter().filter_map(|name| texts.text(*name));
        names.any(|name| authorized.contains(&coarse(name)))
    })
}
