//! What an export of a directory shows. It has what a reader was shown at one time, in the form that the
//! exporting program chose: it may lack operational attributes and inherited classes.

use std::collections::BTreeSet;

use crate::attribute::AttributeName;
use crate::directory::{Directory, Scope};
use crate::dn::Dn;
use crate::filter::{ExtensibleMatch, Filter};
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

fn has(entry: &crate::entry::Entry, attribute: &AttributeName) -> bool {
    !entry.values(attribute).is_empty()
}

fn compared(selector: &Selector) -> BTreeSet<AttributeName> {
    let mut names = Vec::new();
    selector.given().into_iter().for_each(|filter| filter.attributes(&mut names));
    let slots = selector.slots().iter().map(|slot| &slot.attribute);
    names.into_iter().chain(slots).cloned().collect()
}

/// The filter with every comparison of classes undefined: an entry of an export may have an inherited class
/// that the export does not list.
pub(super) fn without_classes(filter: &Filter) -> Filter {
    let all = |parts: &[Filter]| parts.iter().map(without_classes).collect();
    match filter {
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        Filter::Not(part) => Filter::Not(Box::new(without_classes(part))),
        Filter::Compare { attribute, value, .. }
            if *attribute == AttributeName::known("objectClass") =>
        {
            let value = value.clone();
            Filter::Extensible(ExtensibleMatch {
                attribute: None,
                dn_parts: true,
                rule: None,
                value,
            })
        }
        other => other.clone(),
    }
}
