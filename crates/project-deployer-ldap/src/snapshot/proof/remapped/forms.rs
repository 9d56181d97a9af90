//! The forms of the results that remapping rules have for the logins of a directory.
//!
//! Most rules leave most logins as they are. Such a login has one form, which is its key: two sets of numbers hold
//! them all. Only the results of other logins, and the logins that meet another one, are in tables.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::RandomState;

use super::{PeopleProof, is_caseless, spelling};
use crate::fetched::{Fetched, Reason};
use crate::letters::{coarse, is_plain};
use crate::remapping::{LoginRemapping, TimeBudget};
use crate::snapshot::entries::{Bits, EntryTable, Texts};
use crate::snapshot::usernames::cases;
use crate::template::Slot;
use crate::texts::NONE;

/// The forms of all results. Of two equal hashes the directory decides.
#[derive(Debug, Clone, Default)]
pub(super) struct Forms {
    is_caseless: bool,
    hasher: RandomState,
    /// The keys of plain logins that no rule changes in any case, where every comparison ignores only case.
    kept: Bits,
    /// The keys of those that `plain` has as well, because more than one entry may get them. It may have other keys.
    shared: Bits,
    /// The hashes of plain texts without case, where every comparison ignores only case, each with the key of the only
    /// entry that has it, or none.
    plain: HashMap<u64, u32, RandomState>,
    /// The same of the coarse forms of all other texts.
    odd: HashMap<u64, u32, RandomState>,
}

/// How many entries may get a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holders {
    Nobody,
    One,
    Several,
}

/// A login by which the user filter could find an entry.
#[derive(Clone, Copy)]
struct Username<'t> {
    /// The key of the entry.
    entry: u32,
    text: &'t str,
    /// The key of the login, if it is a plain value and no name.
    key: Option<u32>,
}

impl Forms {
    /// The results for every login by which the user filter could find somebody.
    pub(super) fn of(remapping: &LoginRemapping, proof: &PeopleProof<'_>) -> Fetched<Self> {
        let mut forms = Self { is_caseless: is_caseless(proof), ..Self::default() };
        let mut budget = TimeBudget::new();
        for (slot, _) in &proof.slots {
            if !slot.shows_username() {
                return Err(spelling());
            }
            for username in usernames(slot, proof) {
                if !forms.keep(username, remapping, &mut budget) {
                    let others = cases(username.text, remapping);
                    let others = others.iter().map(String::as_str);
                    for spelled in std::iter::once(username.text).chain(others) {
                        let made = remapping.applied(spelled, &mut budget);
                        let made = made.map_err(|error| Reason::of(&error))?;
                        forms.add(&made, username.entry, proof.texts);
                    }
                }
            }
        }
        for (slot, _) in &proof.slots {
            forms.add_shared(slot, proof);
        }
        forms.plain.shrink_to_fit();
        Ok(forms)
    }

    /// Whether a login of the listing, the value `value`, stays as it is, and nobody else gets it.
    pub(super) fn is_own(&self, value: u32, texts: &Texts) -> bool {
        let key = texts.key(value);
        self.kept.has(key) && !self.shared.has(key) && !texts.is_odd(value)
    }

    /// The entries that may get a login.
    pub(super) fn holders(&self, login: &str, proof: &PeopleProof<'_>) -> Holders {
        let plain = self.plain.get(&self.hash(login)).filter(|_| self.is_caseless);
        let odd = if self.odd.is_empty() { None } else { self.odd.get(&self.odd(login)) };
        match (plain, odd) {
            (Some(&NONE), _) | (_, Some(&NONE)) => Holders::Several,
            (Some(one), Some(other)) if one != other => Holders::Several,
            (Some(_), _) | (_, Some(_)) => Holders::One,
            (None, None) if self.is_kept(login, proof.texts) => Holders::One,
            (None, None) => Holders::Nobody,
        }
    }

    fn is_kept(&self, login: &str, texts: &Texts) -> bool {
        let is_key = || texts.find(login.to_ascii_lowercase().as_bytes());
        !self.kept.is_empty() && is_key().is_some_and(|key| self.kept.has(key))
    }

    /// Takes a login that no rule changes in any case.
    fn keep(
        &mut self,
        username: Username<'_>,
        remapping: &LoginRemapping,
        budget: &mut TimeBudget,
    ) -> bool {
        let key = username.key.filter(|_| self.is_caseless);
        let Some(key) = key.filter(|_| remapping.keeps(username.text, budget)) else {
            return false;
        };
        if self.kept.has(key) {
            self.shared.add(key);
        }
        self.kept.add(key);
        true
    }

    /// Adds a result.
    fn add(&mut self, made: &str, entry: u32, texts: &Texts) {
        if self.is_caseless && is_plain(made.as_bytes()) {
            if let Some(key) = texts.find(made.to_ascii_lowercase().as_bytes()) {
                self.shared.add(key);
            }
            let form = self.hash(made);
            hold(&mut self.plain, form, entry);
        } else {
            let form = self.odd(made);
            hold(&mut self.odd, form, entry);
        }
    }

    /// Adds the kept logins that other entries may get. It is called when all results are known.
    fn add_shared(&mut self, slot: &Slot, proof: &PeopleProof<'_>) {
        if self.kept.is_empty() || (self.shared.is_empty() && self.odd.is_empty()) {
            return;
        }
        for username in usernames(slot, proof) {
            let Some(key) = username.key.filter(|key| self.kept.has(*key)) else { continue };
            if !self.odd.is_empty() && self.odd.contains_key(&self.odd(username.text)) {
                self.shared.add(key);
            }
            if self.shared.has(key) {
                let form = self.hash(username.text);
                hold(&mut self.plain, form, username.entry);
            }
        }
    }

    /// The hash of a plain text without case.
    fn hash(&self, text: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for piece in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(piece).for_each(|(small, byte)| *small = byte.to_ascii_lowercase());
            hasher.write_u64(u64::from_le_bytes(word));
        }
        hasher.finish()
    }

    fn odd(&self, text: &str) -> u64 {
        self.hasher.hash_one(coarse(text))
    }
}

/// Notes that an entry has a form.
fn hold(known: &mut HashMap<u64, u32, RandomState>, form: u64, entry: u32) {
    let holder = known.entry(form).or_insert(entry);
    if *holder != entry {
        *holder = NONE;
    }
}

/// The logins by which a comparison could find somebody.
fn usernames<'p>(
    slot: &'p Slot,
    proof: &'p PeopleProof<'_>,
) -> impl Iterator<Item = Username<'p>> + use<'p> {
    let (people, texts): (&'p EntryTable, &'p Texts) = (proof.people, proof.texts);
    let column = people.column(&slot.attribute);
    let values = move |entry| people.values(column, entry).iter().map(move |value| (entry, *value));
    people.entries().flat_map(values).filter_map(move |(entry, value)| {
        let whole = texts.text(value)?;
        let text = slot.value.username_in(whole)?;
        let is_value = text.len() == whole.len() && !texts.is_odd(value) && !whole.contains('=');
        let key = is_value.then(|| texts.key(value));
        Some(Username { entry: people.key(entry), text, key })
    })
}
