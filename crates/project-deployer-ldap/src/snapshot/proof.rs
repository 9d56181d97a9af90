//! What a listing proves. It proves only what holds on every server that could give this listing; the rest
//! is left to the server itself ([`settlement`](crate::settlement)).
//!
//! The settings, the schema and the columns are judged once. For each person two tests of bytes are left.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::DirectorySnapshot;
use super::entries::{Bits, EntryTable, Texts};
use super::export::on_server;
use crate::dn::Dn;
use crate::fetched::Reason;
use crate::filter::{Filter, Truth};
use crate::letters::{forms, is_plain};
use crate::schema::Equality;
use crate::supplier::SupplierRules;
use crate::template::{Selector, Slot, Who};
use remapped::RemappedForms;
use slot::{SlotProof, Unruled};

mod computed;
mod groups;
mod held;
mod remapped;
mod slot;

pub(super) use groups::GroupProof;
pub(crate) use groups::in_another_case;

/// What the listing of people proves.
#[derive(Debug, Clone)]
pub(super) struct PeopleProof<'a> {
    texts: &'a Texts,
    people: &'a EntryTable,
    /// Why it proves nothing at all.
    doubt: Option<Reason>,
    slots: Vec<(Slot, SlotProof)>,
    /// The coarse forms of values that may equal other texts, with the reason.
    odd: HashMap<String, Reason>,
    /// The values that are compared by a rule that nobody shows.
    unruled: Unruled,
    /// The keys of all values that the slots compare, once they are needed.
    keys: OnceLock<Bits>,
    /// What the rules of the node make of logins; none without rules.
    remapped: Option<RemappedForms>,
}

impl<'a> PeopleProof<'a> {
    pub(super) fn of(
        rules: &SupplierRules,
        selector: &Selector,
        snapshot: &'a DirectorySnapshot,
        people: &'a EntryTable,
    ) -> Self {
        let texts = snapshot.texts();
        let mut slots = Vec::new();
        let (mut odd, mut unruled) = (HashMap::new(), Unruled::default());
        let hides_rules = snapshot.export().is_some() || snapshot.schema().is_hidden();
        let mut doubt = of_filter(selector, snapshot).or_else(|| of_table(people));
        for slot in selector.slots() {
            let equality = snapshot.schema().equality(&slot.attribute);
            match SlotProof::of_people(slot, equality, texts, people) {
                Ok(proof) => slots.push((slot.clone(), proof)),
                Err(reason) => doubt = doubt.or(Some(reason)),
            }
            slot::add_odd(&mut odd, slot, texts, people);
            if hides_rules && equality == Equality::Unknown {
                unruled.add(&mut odd, slot, texts, people);
            }
        }
        if doubt.is_none() && snapshot.export().is_some() {
            doubt = add_unsure(&mut odd, rules, selector, snapshot, people).err();
            add_with_options(&mut odd, selector, snapshot);
        }
        let remapped = RemappedForms::of(&rules.remapping);
        Self { texts, people, doubt, slots, odd, unruled, keys: OnceLock::new(), remapped }
    }

    /// Why the listing proves nothing about anybody.
    pub(super) fn doubt(&self) -> Option<&Reason> {
        self.doubt.as_ref()
    }

    /// Why it does not prove whom the user filter finds for a person's login, which is the value `value`.
    pub(super) fn of_person(&self, value: u32, who: &Who<'_>) -> Option<Reason> {
        if self.texts.is_odd(value) {
            return Some(letters());
        }
        if let Some(reason) = self.odd_like(who.username) {
            return Some(reason);
        }
        let is_canonical = who.username_key == value;
        let sure = self.slots.iter().all(|(_, proof)| proof.decides(is_canonical));
        (!sure).then(case)
    }

    /// Why it does not prove that the user filter finds nobody for a login that no person has.
    pub(super) fn of_absent(&self, login: &str) -> Option<Reason> {
        if let Some(doubt) = &self.doubt {
            return Some(doubt.clone());
        }
        match &self.remapped {
            Some(remapped) => remapped.of_absent(login, self),
            None => self.of_unheld(login),
        }
    }

    /// Why it does not prove that nobody else gets the login that the rules make of a person's, which is the value
    /// `value`.
    pub(super) fn of_remapped(&self, login: &[u8], value: u32) -> Option<Reason> {
        let remapped = self.remapped.as_ref()?;
        if remapped.is_own(value, self) {
            return None;
        }
        remapped.of_held(std::str::from_utf8(login).ok()?, self)
    }

    /// Why it does not prove that the user filter finds nobody for a text that is typed as a login.
    fn of_unheld(&self, login: &str) -> Option<Reason> {
        if !is_plain(login.as_bytes()) {
            return Some(letters());
        }
        if let Some(reason) = self.odd_like(login).or_else(|| self.unruled.like(login)) {
            return Some(reason);
        }
        let keys = self.keys.get_or_init(|| self.all_keys());
        let held = self.slots.iter().any(|(slot, _)| {
            let value = slot.value.fill(login, &Dn::root());
            self.texts.find_key(&value).is_some_and(|key| keys.has(key))
        });
        held.then(case)
    }

    fn odd_like(&self, login: &str) -> Option<Reason> {
        if self.odd.is_empty() {
            return None;
        }
        self.slots.iter().find_map(|(slot, _)| {
            let value = slot.value.fill(login, &Dn::root());
            forms(value.as_text()?).iter().find_map(|form| self.odd.get(form)).cloned()
        })
    }

    fn all_keys(&self) -> Bits {
        let mut keys = Bits::default();
        for (slot, _) in &self.slots {
            let values = self.people.all_values(&slot.attribute);
            values.iter().for_each(|value| keys.add(self.texts.key(*value)));
        }
        keys
    }
}

/// Why a filter leaves everything to the server.
fn of_filter(selector: &Selector, snapshot: &DirectorySnapshot) -> Option<Reason> {
    if !selector.is_plain() {
        return Some(Reason::new(
            "the user filter compares in a way that only the directory can evaluate",
        ));
    }
    let export = snapshot.export()?;
    if let Some(missing) = export.missing(selector) {
        return Some(not_exported(&missing));
    }
    let mut compared = Vec::new();
    selector.given().into_iter().for_each(|filter| filter.attributes(&mut compared));
    let optional = compared.into_iter().find(|name| !export.with_options(name).is_empty())?;
    Some(with_options(optional))
}

fn of_table(people: &EntryTable) -> Option<Reason> {
    if people.len() == 0 {
        return Some(Reason::new("the user filter finds nobody in the listing"));
    }
    unexpected(people)
}

fn unexpected(table: &EntryTable) -> Option<Reason> {
    let name = table.unexpected()?;
    Some(Reason::new(format!(
        "the directory returns `{name}`, which was not requested: the filter may mean other attributes than those it \
         names"
    )))
}

fn not_exported(attribute: &crate::attribute::AttributeName) -> Reason {
    Reason::new(format!(
        "no entry of the export has `{attribute}`; export operational attributes as well, with `'*' '+'`"
    ))
}

fn letters_of(text: &str) -> Reason {
    Reason::new(format!(
        "only the directory knows how it compares the characters of `{}`",
        crate::caseless::shortened(text)
    ))
}

/// One text for all logins: many people may have a similar one.
fn letters() -> Reason {
    Reason::new("only the directory knows how it compares the characters of this login")
}

/// The same.
fn case() -> Reason {
    Reason::new(
        "the directory has this login in another spelling, and only the directory knows whether that is the same",
    )
}

/// A server may take an attribute with an option for the attribute itself.
fn with_options(attribute: &crate::attribute::AttributeName) -> Reason {
    Reason::new(format!(
        "the export has `{attribute}` with an option, as in `{attribute};lang-fr`, and only the directory knows whether a \
         filter finds an entry by it"
    ))
}

/// Adds the values of attributes with an option, by which a server may find somebody.
fn add_with_options(
    odd: &mut HashMap<String, Reason>,
    selector: &Selector,
    snapshot: &DirectorySnapshot,
) {
    for slot in selector.slots() {
        let values =
            snapshot.export().map_or(&[][..], |export| export.with_options(&slot.attribute));
        for form in values.iter().flat_map(|value| forms(value)) {
            odd.entry(form).or_insert_with(|| with_options(&slot.attribute));
        }
    }
}

/// Adds everybody of whom an export does not say whether the user filter finds them.
fn add_unsure(
    odd: &mut HashMap<String, Reason>,
    rules: &SupplierRules,
    selector: &Selector,
    snapshot: &DirectorySnapshot,
    people: &EntryTable,
) -> Result<(), Reason> {
    let (texts, wide) = (snapshot.texts(), snapshot.answer(&rules.wide_people()?)?);
    let found: HashSet<u32> = people.entries().map(|entry| people.key(entry)).collect();
    let given = Filter::And(selector.given().into_iter().cloned().collect());
    for entry in wide.entries() {
        let expected = match found.contains(&wide.key(entry)) {
            true => Truth::True,
            false => Truth::False,
        };
        if on_server(&given, &wide.entry(texts, entry)) == expected {
            continue;
        }
        let name = texts.name(wide.name(entry));
        let reason = Reason::new(format!(
            "the export does not say whether the user filter finds `{name}`: it may lack classes, and has no rules of \
             comparison"
        ));
        for slot in selector.slots() {
            let values = wide.values(wide.column(&slot.attribute), entry).iter();
            for form in values.filter_map(|value| texts.text(*value)).flat_map(forms) {
                odd.entry(form).or_insert_with(|| reason.clone());
            }
        }
    }
    Ok(())
}
