//! What an export of a directory shows. It has what a reader was shown at one time, in the form that the
//! exporting program chose: it may lack operational attributes and inherited classes.

use std::collections::{BTreeMap, BTreeSet};

use crate::attribute::{AttributeName, AttributeValue};
use crate::directory::{Directory, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::{Comparison, Filter, Truth, all_of, any_of};
use crate::letters::may_be_equal;
use crate::supplier::{Membership, SupplierRules};
use crate::template::Selector;

/// The attributes that at least one entry of an export has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Export {
    shown: BTreeSet<AttributeName>,
    /// The values of attributes with an option, such as `uid;lang-fr`, by the name without it.
    options: BTreeMap<AttributeName, Vec<String>>,
    /// The authorized groups with a value that is the URL of a search: a server may compute their members.
    with_search: BTreeSet<Dn>,
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
            asked.extend(rules.users.iter().flat_map(compared));
            asked.extend(rules.groups.iter().map(|groups| groups.name.clone()));
            match rules.groups.as_ref().map(|groups| &groups.membership) {
                Some(Membership::OnGroup(selector)) => asked.extend(compared(selector)),
                Some(Membership::OnUser { attribute, list }) => {
                    let mut names = vec![attribute];
                    list.attributes(&mut names);
                    asked.extend(names.into_iter().cloned());
                }
                Some(Membership::Unlisted(_)) | None => {}
            }
        }
        let options = with_options(directory, base, &asked).await;
        let mut shown = BTreeSet::new();
        for attribute in asked {
            let filter = Filter::Present(attribute.clone());
            let wanted = std::slice::from_ref(&attribute);
            let found = directory.search(base, Scope::Subtree, &filter, wanted).await;
            if found.is_ok_and(|found| found.entries.iter().any(|entry| has(entry, &attribute))) {
                shown.insert(attribute);
            }
        }
        Self { shown, options, with_search: with_search(directory, base, rules).await }
    }

    /// Whether an entry has this attribute.
    pub(super) fn shows(&self, attribute: &AttributeName) -> bool {
        self.shown.contains(attribute)
    }

    /// The values of this attribute with an option.
    pub(super) fn with_options(&self, attribute: &AttributeName) -> &[String] {
        self.options.get(attribute).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether this authorized group has the URL of a search.
    pub(super) fn has_search(&self, group: &Dn) -> bool {
        self.with_search.contains(group)
    }

    /// An attribute of these filters that no entry has.
    pub(super) fn missing(&self, selector: &Selector) -> Option<AttributeName> {
        compared(selector).into_iter().find(|attribute| !self.shown.contains(attribute))
    }
}

/// The values of these attributes with an option.
async fn with_options(
    directory: &dyn Directory,
    base: &Dn,
    asked: &BTreeSet<AttributeName>,
) -> BTreeMap<AttributeName, Vec<String>> {
    let mut options: BTreeMap<AttributeName, Vec<String>> = BTreeMap::new();
    let mut take = |entry: Entry| {
        for (name, values) in entry.attributes() {
            let plain = name.as_str().split_once(';').map(|(plain, _)| plain);
            let is_plain = |name: &&AttributeName| {
                plain.is_some_and(|plain| plain.eq_ignore_ascii_case(name.as_str()))
            };
            let Some(plain) = asked.iter().find(is_plain) else { continue };
            let texts = values.iter().map(AttributeValue::as_bytes).map(String::from_utf8_lossy);
            options.entry(plain.clone()).or_default().extend(texts.map(String::from));
        }
    };
    let every = Filter::And(Vec::new());
    // What cuts the export short is reported by its listings.
    drop(directory.visit(base, Scope::Subtree, &every, &[], &mut take).await);
    options
}

/// The class and the attribute of groups with computed members have any name, so every value is looked at.
async fn with_search(
    directory: &dyn Directory,
    base: &Dn,
    rules: &[SupplierRules],
) -> BTreeSet<Dn> {
    let mut groups = BTreeSet::new();
    for rules in rules {
        let Some(search) = rules.named_groups(false) else { continue };
        let Ok(found) = directory.search(base, Scope::Subtree, &search.filter, &[]).await else {
            continue;
        };
        let searches = |entry: &Entry| {
            let mut values = entry.attributes().flat_map(|(_, values)| values);
            values.any(|value| {
                let text = value.as_text().unwrap_or_default().to_ascii_lowercase();
                ["ldap://", "ldaps://", "ldapi://"].iter().any(|scheme| text.starts_with(scheme))
            })
        };
        let with_search = found.entries.into_iter().filter(searches);
        groups.extend(with_search.map(|entry| entry.dn));
    }
    groups
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
    // Some servers refuse the filters for "always" and "never" (RFC 4526).
    let part = |part: &Filter| match part {
        Filter::And(none) | Filter::Or(none) if none.is_empty() => Truth::Undefined,
        part => on_server(part, entry),
    };
    match filter {
        Filter::And(parts) => all_of(parts.iter().map(part)),
        Filter::Or(parts) => any_of(parts.iter().map(part)),
        Filter::Not(negated) => part(negated).negated(),
        Filter::Present(_) => filter.evaluate(entry),
        Filter::Compare { attribute, comparison: Comparison::Equal, value } => {
            let held = entry.values(attribute);
            let text =
                |value: &AttributeValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let is_similar = |held: &AttributeValue| may_be_equal(&text(held), &text(value));
            // Classes are inherited, and a domain controller takes the short form of a category.
            let names = ["objectClass", "objectCategory"].map(AttributeName::known);
            let is_class = names.contains(attribute);
            match () {
                () if held.contains(value) => Truth::True,
                () if is_class || held.iter().any(is_similar) => Truth::Undefined,
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
