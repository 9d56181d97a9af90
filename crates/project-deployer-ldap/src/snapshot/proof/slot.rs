use std::collections::HashMap;

use super::letters_of;
use crate::dn::Dn;
use crate::fetched::Reason;
use crate::letters::{forms, is_plain};
use crate::schema::Equality;
use crate::snapshot::entries::{EntryTable, Texts};
use crate::template::{Placeholder, Slot};

/// How a listing decides one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotProof {
    /// The server compares as the listing does.
    Same,
    /// The server may compare case, but no value of the listing has capitals. So a login without capitals
    /// equals a value only if the texts are the same.
    WithoutCapitals,
    /// The server may compare case, and values have capitals.
    Neither,
    /// The server may compare the letters of a DN: only the same text is certainly the same name.
    SameText,
}

impl SlotProof {
    /// Whether the listing decides for a login. `is_canonical`: the login is in the form of its key.
    pub(super) fn decides(self, is_canonical: bool) -> bool {
        match self {
            Self::Same | Self::SameText => true,
            Self::WithoutCapitals => is_canonical,
            Self::Neither => false,
        }
    }

    /// For a comparison with entries that all must show a value.
    pub(super) fn of_people(
        slot: &Slot,
        equality: Equality,
        texts: &Texts,
        people: &EntryTable,
    ) -> Result<Self, Reason> {
        let column = people.column(&slot.attribute);
        let hidden = people.entries().find(|entry| people.values(column, *entry).is_empty());
        if let Some(entry) = hidden {
            let name = texts.name(people.name(entry));
            return Err(Reason::new(format!(
                "the directory finds `{name}` by `{}` and shows no value of it",
                slot.attribute
            )));
        }
        Self::of(slot, equality, texts, people)
    }

    /// For a comparison whose values were seen.
    pub(super) fn of(
        slot: &Slot,
        equality: Equality,
        texts: &Texts,
        table: &EntryTable,
    ) -> Result<Self, Reason> {
        let whole = slot.value.only_place();
        let literal = slot.value.fill("x", &Dn::root());
        let names = whole == Some(Placeholder::UserDn);
        match equality {
            // A part of a value is no name, and nobody writes the name of an entry there as the server does.
            _ if !names && slot.value.uses(Placeholder::UserDn) => Err(unknown_rule(slot)),
            Equality::Name if names => Ok(Self::Same),
            Equality::Unknown if names => Ok(Self::SameText),
            Equality::Caseless if !names && is_plain(literal.as_bytes()) => Ok(Self::Same),
            Equality::Exact | Equality::Unknown
                if !names
                    && is_plain(literal.as_bytes())
                    && literal.normal() == literal.as_bytes() =>
            {
                let values = table.all_values(&slot.attribute);
                let without = values.iter().all(|value| texts.key(*value) == *value);
                Ok(if without { Self::WithoutCapitals } else { Self::Neither })
            }
            _ => Err(unknown_rule(slot)),
        }
    }
}

fn unknown_rule(slot: &Slot) -> Reason {
    Reason::new(format!("only the directory knows by which rule it compares `{}`", slot.attribute))
}

/// Adds the coarse forms of the values of a slot that are not plain.
pub(super) fn add_odd(
    odd: &mut HashMap<String, Reason>,
    slot: &Slot,
    texts: &Texts,
    table: &EntryTable,
) {
    if !texts.are_plain() {
        add_forms(odd, slot, texts, table, &|value| texts.is_odd(value));
    }
}

/// Adds those that are names, where a server compares them as other texts: the listing takes two spellings of a
/// name for one.
pub(super) fn add_names(
    odd: &mut HashMap<String, Reason>,
    slot: &Slot,
    texts: &Texts,
    table: &EntryTable,
) {
    if slot.value.only_place() != Some(Placeholder::UserDn) {
        add_forms(odd, slot, texts, table, &|value| texts.bytes(value).contains(&b'='));
    }
}

fn add_forms(
    odd: &mut HashMap<String, Reason>,
    slot: &Slot,
    texts: &Texts,
    table: &EntryTable,
    is_odd: &dyn Fn(u32) -> bool,
) {
    for value in table.all_values(&slot.attribute).iter().filter(|value| is_odd(**value)) {
        let text = String::from_utf8_lossy(texts.bytes(*value));
        let reason = letters_of(&text);
        for form in forms(&text) {
            odd.entry(form).or_insert_with(|| reason.clone());
        }
    }
}
