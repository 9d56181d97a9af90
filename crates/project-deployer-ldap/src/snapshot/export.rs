//! What an export of a directory shows. It has what a reader was shown at one time, in the form that the
//! exporting program chose: it may lack operational attributes and inherited classes.

use std::collections::BTreeSet;

use crate::attribute::{AttributeName, AttributeValue};
use crate::directory::{Directory, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::{Comparison, Filter, Truth, all_of, any_of};
use crate::letters::coarse_value;
use crate::supplier::{Membership, SupplierRules};
use crate::template::Selector;

/// The attributes that at least one entry of an export has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Export {
    shown: BTreeSet<AttributeName>,
}

impl Export {
    /// Looks for every attribute that a filter of these settings compares.
    pub(super) async fn read(
        directory: &dyn Directory,
        base: &Dn,
        rules: &[SupplierRules],
    ) -> Self {
        let mut asked = BTreeSet::new();
        for rules in rules {
            let groups = rules.groups.as_ref().and_then(|groups| match &groups.membership {
                Membership::OnGroup(selector) => Some(selector),
                Membership::OnUser { .. } | Membership::Unlisted(_) => None,
            });
            for selector in rules.users.iter().chain(groups) {
                asked.extend(compared(selector));
            }
        }
        let mut shown = BTreeSet::new();
        for attribute in asked {
            let filter = Filter::Present(attribute.clone());
            let wanted = std::slice::from_ref(&attribute);
            let found = directory.search(base, Scope::Subtree, &filter, wanted).await;
            if found.is_ok_and(|found| found.entries.iter().any(|entry| has(entry, &attribute))) {
                shown.insert(attribute);
            }
        }
        Self { shown }
    }

    /// An attribute of these filters that no entry has.
    pub(super) fn missing(&self, selector: &Selector) -> Option<AttributeName> {
        compared(selector).into_iter().find(|attribute| !self.shown.contains(attribute))
    }
}

fn has(entry: &Entry, attribute: &AttributeName) -> bool {
    !entry.values(attribute).is_empty()
}

fn compared(selector: &Selector) -> BTreeSet<AttributeName> {
    let mut names = Vec::new();
    selector.given().into_iter().for_each(|filter| filter.attributes(&mut names));
    let slots = selector.slots().iter().map(|slot| &slot.attribute);
    names.into_iter().chain(slots).cloned().collect()
}

/// Whether the server of an export finds an entry by a filter: undefined where an export cannot say. It may
/// lack inherited classes, and does not say by which rules the server compares.
pub(super) fn on_server(filter: &Filter, entry: &Entry) -> Truth {
    match filter {
        Filter::And(parts) => all_of(parts.iter().map(|part| on_server(part, entry))),
        Filter::Or(parts) => any_of(parts.iter().map(|part| on_server(part, entry))),
        Filter::Not(part) => on_server(part, entry).negated(),
        Filter::Present(_) => filter.evaluate(entry),
        Filter::Compare { attribute, comparison: Comparison::Equal, value } => {
            let held = entry.values(attribute);
            let form =
                |value: &AttributeValue| coarse_value(&String::from_utf8_lossy(value.as_bytes()));
            // Classes are inherited, and a domain controller takes the short form of a category.
            let names = ["objectClass", "objectCategory"].map(AttributeName::known);
            let is_class = names.contains(attribute);
            match () {
                () if held.contains(value) => Truth::True,
                () if is_class || held.iter().any(|held| form(held) == form(value)) => {
                    Truth::Undefined
                }
                () => Truth::False,
            }
        }
        // Only a rule that counts bits is the same everywhere.
        Filter::Extensible(matching) if matching.counts_bits() => filter.evaluate(entry),
        Filter::Compare { .. } | Filter::Substrings { .. } | Filter::Extensible(_) => {
            Truth::Undefined
        }
    }
}
