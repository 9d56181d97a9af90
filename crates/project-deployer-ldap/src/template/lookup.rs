//! Matches many users with many entries by look-ups in maps instead of one search for each user.

use super::{Placeholder, Selector};
use crate::attribute::AttributeValue;
use crate::dn::Dn;
use crate::filter::Truth;
use crate::snapshot::{EntryTable, Texts};
use crate::texts::{Groups, NONE};

/// The entries that a selector found, indexed by the values that its slots compare.
pub(crate) struct Lookup<'a> {
    selector: &'a Selector,
    texts: &'a Texts,
    entries: &'a EntryTable,
    /// For each slot, the entries by the key of a value.
    slots: Vec<Groups>,
}

/// Buffers that each look-up reuses.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Which entry has a value of which slot.
    held: Vec<(u32, usize)>,
    found: Vec<(u32, Truth)>,
}

impl Answer {
    /// The last entry.
    pub(crate) fn found(&self) -> &[(u32, Truth)] {
        &self.found
    }
}

/// The user for whom a template is filled: a login that is a value of an entry, and the name of that entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) username: &'a str,
    /// The key of the login as a value.
    pub(crate) username_key: u32,
    /// The key of the name.
    pub(crate) name_key: u32,
    /// The name, as a number of [`Texts::name`]. None if the template has no `{USERDN}`.
    pub(crate) name: Option<u32>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(selector: &'a Selector, texts: &'a Texts, entries: &'a EntryTable) -> Self {
        let slots = selector.slots().iter().map(|slot| {
            let column = entries.column(&slot.attribute);
            let values =
                |entry| entries.values(column, entry).iter().map(move |value| (*value, entry));
            let pairs = entries.entries().flat_map(values);
            Groups::of(texts.len(), pairs.map(|(value, entry)| (texts.key(value), entry)))
        });
        Self { selector, texts, entries, slots: slots.collect() }
    }

    /// The entries that the template finds for this user, in order, each with whether the match is certain.
    pub(crate) fn find<'m>(&self, who: &Who<'_>, answer: &'m mut Answer) -> &'m [(u32, Truth)] {
        let Answer { held, found } = answer;
        held.clear();
        found.clear();
        for (index, (slot, holders)) in self.selector.slots().iter().zip(&self.slots).enumerate() {
            let key = match slot.value.only_place() {
                Some(Placeholder::Username) => who.username_key,
                Some(Placeholder::UserDn) if who.name.is_some() => who.name_key,
                Some(Placeholder::UserDn) | None => {
                    // Few templates need the name, and it takes long to parse.
                    let has_name = slot.value.uses(Placeholder::UserDn);
                    let dn = if has_name { self.dn(who) } else { Dn::root() };
                    let value = slot.value.fill(who.username, &dn);
                    // No entry has a value with an unknown key.
                    self.texts.find_key(&value).unwrap_or(NONE)
                }
            };
            held.extend(holders.get(key).iter().map(|entry| (*entry, index)));
        }
        if held.len() > 1 {
            held.sort_unstable();
            held.dedup();
        }
        let decided = held.chunk_by(|one, other| one.0 == other.0).filter_map(|of_entry| {
            let (entry, _) = *of_entry.first()?;
            let holds = |slot: usize| of_entry.iter().any(|(_, held)| *held == slot);
            let given = || self.entries.entry(self.texts, entry);
            Some((entry, self.selector.decide(&given, &holds)))
        });
        found.extend(decided.filter(|(_, truth)| *truth != Truth::False));
        found
    }

    fn dn(&self, who: &Who<'_>) -> Dn {
        let name = who.name.and_then(|name| Dn::parse(&self.texts.name(name)).ok());
        name.unwrap_or_else(Dn::root)
    }
}

/// The comparison key of a value: a DN in normal form, any other text folded. A directory considers two
/// values equal if their keys are equal.
pub(crate) fn comparison_key(value: &AttributeValue) -> Vec<u8> {
    let name =
        value.as_text().filter(|text| text.contains('=')).and_then(|text| Dn::parse(text).ok());
    name.map_or_else(|| value.normal(), |dn| dn.normal().as_bytes().to_vec())
}
