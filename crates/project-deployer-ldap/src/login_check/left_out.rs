//! Entries that have a login, and that the user filter leaves out: somebody disabled, or somebody whom another
//! condition excludes. A node finds nobody, but a person who creates a second entry would be wrong.

use super::NodeSearches;
use super::account_schema::state_attributes;
use crate::attribute::{AttributeName, AttributeValue};
use crate::caseless::folded;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::Reason;
use crate::filter::{Comparison, Filter};
use crate::supplier::SupplierRules;
use crate::template::{Placeholder, Slot};

/// What the search without the other conditions of the user filter finds.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    pub(crate) entries: Vec<Entry>,
    /// Why there may be others.
    pub(crate) cut: Option<Reason>,
}

/// Classes of groups and units. Such an entry may have the login as its name, and is nobody's account.
const NO_ACCOUNT: [&str; 7] = [
    "group",
    "groupofnames",
    "groupofuniquenames",
    "groupofurls",
    "posixgroup",
    "organizationalunit",
    "organizationalrole",
];

/// Whether the user filter may find nobody for a login that an entry has.
pub(crate) fn may_leave_out(rules: &SupplierRules) -> bool {
    let Ok(selector) = &rules.users else { return true };
    let is_login = |slot: &Slot| {
        slot.attribute == rules.login && slot.value.only_place() == Some(Placeholder::Username)
    };
    selector.has_conditions() || !selector.slots().iter().any(is_login)
}

/// Whether an entry may be the account of a person, as far as its classes are shown.
pub(crate) fn may_be_person(entry: &Entry) -> bool {
    let name = AttributeName::known("objectClass");
    let mut classes = entry.texts(&name);
    !classes.any(|class| NO_ACCOUNT.contains(&folded(class).as_str()))
}

/// Finds every entry with this login, whatever the other conditions of the user filter are.
fn by_login(rules: &SupplierRules, username: &str) -> Filter {
    let equal = |attribute: &AttributeName, value| Filter::Compare {
        attribute: attribute.clone(),
        comparison: Comparison::Equal,
        value,
    };
    let mut parts = vec![equal(&rules.login, AttributeValue::from(username))];
    for slot in rules.users.iter().flat_map(|selector| selector.slots()) {
        let part = equal(&slot.attribute, slot.value.fill(username, &Dn::root()));
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    match parts.len() {
        1 => parts.remove(0),
        _ => Filter::Or(parts),
    }
}

impl NodeSearches {
    /// The entries that have a login of which the user filter finds nobody, with the state of their accounts.
    pub(crate) async fn left_out(&self, username: &str) -> LeftOut {
        if !may_leave_out(&self.rules) {
            return LeftOut::default();
        }
        let wanted = self.wanted(state_attributes());
        match self.search(&by_login(&self.rules, username), &wanted).await {
            Ok((mut entries, cut)) => {
                entries.retain(may_be_person);
                LeftOut { entries, cut }
            }
            Err(reason) => LeftOut { entries: Vec::new(), cut: Some(reason) },
        }
    }
}
