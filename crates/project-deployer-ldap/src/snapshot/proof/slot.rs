use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::letters_of;
use crate::dn::Dn;
use crate::fetched::Reason;
use crate::letters::{coarse, forms, is_plain};
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

/// The values of attributes whose rule of comparison nobody shows. It may leave out blanks, punctuation and zeros in
/// front, as the rules for telephone numbers and integers do.
#[derive(Debug, Clone, Default)]
pub(super) struct Unruled(Vec<(Slot, HashSet<String>)>);

impl Unruled {
    /// Adds the values of a slot, and to `odd` those that such a rule may take for one.
    pub(super) fn add(
        &mut self,
        odd: &mut HashMap<String, Reason>,
        slot: &Slot,
        texts: &Texts,
        table: &EntryTable,
    ) {
        let mut known: HashMap<String, u32> = HashMap::new();
        for value in table.all_values(&slot.attribute) {
            let text = String::from_utf8_lossy(texts.bytes(*value));
            match known.entry(loosest(&text)) {
                Entry::Vacant(place) => {
                    place.insert(*value);
                }
                Entry::Occupied(place) if texts.key(*place.get()) == texts.key(*value) => {}
                Entry::Occupied(place) => {
                    let other = String::from_utf8_lossy(texts.bytes(*place.get()));
                    for form in forms(&text).into_iter().chain(forms(&other)) {
                        odd.entry(form).or_insert_with(|| unknown_rule(slot));
                    }
                }
            }
        }
        self.0.push((slot.clone(), known.into_keys().collect()));
    }

    /// Why a login that is none of these values may equal one.
    pub(super) fn like(&self, login: &str) -> Option<Reason> {
        self.0.iter().find_map(|(slot, known)| {
            let value = slot.value.fill(login, &Dn::root());
            known.contains(&loosest(value.as_text()?)).then(|| unknown_rule(slot))
        })
    }
}

fn loosest(text: &str) -> String {
    coarse(text).trim_start_matches('0').to_owned()
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
