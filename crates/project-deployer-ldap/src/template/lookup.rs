//! Many users against many entries by look-ups in maps instead of one search each.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Selector;
use crate::attribute::AttributeValue;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Truth;

/// The entries that a selector reached, by what its slots compare.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    selector: &'a Selector,
    entries: &'a [Entry],
    /// For each slot, the entries by value.
    slots: Vec<HashMap<Vec<u8>, Vec<usize>>>,
    /// For each slot, the names of all links by value; only where the slot follows a chain.
    links: Vec<HashMap<Vec<u8>, Vec<&'a Dn>>>,
}

impl<'a> Lookup<'a> {
    /// `links` are the entries of [`Selector::links`].
    pub(crate) fn new(selector: &'a Selector, entries: &'a [Entry], links: &'a [Entry]) -> Self {
        let slots = selector.slots().iter().map(|slot| {
            let mut by_value: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
            for (index, entry) in entries.iter().enumerate() {
                for value in entry.values(&slot.attribute) {
                    by_value.entry(comparison_key(value)).or_default().push(index);
                }
            }
            by_value
        });
        let chains = selector.slots().iter().map(|slot| {
            let mut by_value: HashMap<Vec<u8>, Vec<&'a Dn>> = HashMap::new();
            for entry in links.iter().filter(|_| slot.in_chain) {
                for value in entry.values(&slot.attribute) {
                    by_value.entry(comparison_key(value)).or_default().push(&entry.dn);
                }
            }
            by_value
        });
        Self { selector, entries, slots: slots.collect(), links: chains.collect() }
    }

    /// The entries that the template finds for this user, each with whether that is certain.
    pub(crate) fn find(&self, username: &str, dn: &Dn) -> Vec<(&'a Entry, Truth)> {
        let mut held: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (index, slot) in self.selector.slots().iter().enumerate() {
            let value = slot.value.fill(username, dn);
            for key in self.reachable(index, comparison_key(&value)) {
                for entry in
                    self.slots.get(index).and_then(|slot| slot.get(&key)).into_iter().flatten()
                {
                    held.entry(*entry).or_default().insert(index);
                }
            }
        }
        let decided = held.into_iter().filter_map(|(entry, slots)| {
            let entry = self.entries.get(entry)?;
            Some((entry, self.selector.decide(entry, &|slot| slots.contains(&slot))))
        });
        decided.filter(|(_, truth)| *truth != Truth::False).collect()
    }

    /// The value itself and, along a chain, the names of all that hold it, at any number of steps.
    fn reachable(&self, slot: usize, start: Vec<u8>) -> BTreeSet<Vec<u8>> {
        let mut reached = BTreeSet::from([start.clone()]);
        let mut open = vec![start];
        let Some(links) = self.links.get(slot) else {
            return reached;
        };
        while let Some(key) = open.pop() {
            for dn in links.get(&key).into_iter().flatten() {
                let key = dn.normal().as_bytes().to_vec();
                if reached.insert(key.clone()) {
                    open.push(key);
                }
            }
        }
        reached
    }
}

/// Two values are equal for a directory when their keys are: names in normal form, other texts folded.
pub(crate) fn comparison_key(value: &AttributeValue) -> Vec<u8> {
    let name =
        value.as_text().filter(|text| text.contains('=')).and_then(|text| Dn::parse(text).ok());
    name.map_or_else(|| value.normal(), |dn| dn.normal().as_bytes().to_vec())
}
