//! What a listing proves where rules remap logins: about a login that nobody has, and about one that somebody else may
//! get as well. A server may find a person by another spelling of a login, and the rules are applied to the spelling
//! that was typed.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::OnceLock;

use foldhash::fast::RandomState;

use super::slot::SlotProof;
use super::{PeopleProof, letters};
use crate::fetched::{Fetched, Reason};
use crate::letters::{coarse, is_plain};
use crate::remapping::{LoginRemapping, TimeBudget};
use crate::snapshot::usernames::cases;
use crate::texts::NONE;

/// The results of the rules.
#[derive(Debug, Clone)]
pub(super) struct RemappedForms {
    remapping: LoginRemapping,
    hasher: RandomState,
    forms: OnceLock<Fetched<Forms>>,
}

/// The hashes of the forms of all results, each with the key of the only entry that has it, or none. Of two equal
/// hashes the directory decides.
#[derive(Debug, Clone, Default)]
struct Forms {
    /// Plain texts without case, where every comparison ignores only case.
    plain: HashMap<u64, u32, RandomState>,
    /// The coarse forms of all other texts.
    odd: HashMap<u64, u32, RandomState>,
}

impl RemappedForms {
    /// None without rules.
    pub(super) fn of(remapping: &LoginRemapping) -> Option<Self> {
        let forms = || Self {
            remapping: remapping.clone(),
            hasher: RandomState::default(),
            forms: OnceLock::new(),
        };
        (!remapping.is_empty()).then(forms)
    }

    /// Why the listing does not prove that nobody becomes this login.
    pub(super) fn of_absent(&self, login: &str, proof: &PeopleProof<'_>) -> Option<Reason> {
        let before = self.remapping.preimages(login);
        if before.are_all {
            return before.logins.iter().find_map(|username| proof.of_unheld(username));
        }
        match self.holders(login, proof) {
            Err(reason) => Some(reason),
            Ok((None, None)) => None,
            Ok(_) => Some(spelling()),
        }
    }

    /// Why it does not prove that only the person who becomes this login can get it.
    pub(super) fn of_held(&self, login: &str, proof: &PeopleProof<'_>) -> Option<Reason> {
        match self.holders(login, proof) {
            Err(reason) => Some(reason),
            Ok((Some(NONE), _) | (_, Some(NONE))) => Some(spelling()),
            Ok((Some(one), Some(other))) if one != other => Some(spelling()),
            Ok(_) => None,
        }
    }

    /// The entries that may get a login: those with a plain result, and those with another one.
    fn holders(&self, login: &str, proof: &PeopleProof<'_>) -> Fetched<(Option<u32>, Option<u32>)> {
        let is_caseless = is_caseless(proof);
        if is_caseless && !is_plain(login.as_bytes()) {
            return Err(letters());
        }
        let forms = self.forms.get_or_init(|| self.all(proof)).as_ref().map_err(Reason::clone)?;
        let plain = if is_caseless { forms.plain.get(&self.plain(login)) } else { None };
        Ok((plain.copied(), forms.odd.get(&self.odd(login)).copied()))
    }

    fn plain(&self, login: &str) -> u64 {
        self.hasher.hash_one(login.to_ascii_lowercase())
    }

    fn odd(&self, login: &str) -> u64 {
        self.hasher.hash_one(coarse(login))
    }

    /// The results for every login by which the user filter could find somebody.
    fn all(&self, proof: &PeopleProof<'_>) -> Fetched<Forms> {
        let mut forms = Forms::default();
        let mut budget = TimeBudget::new();
        let is_caseless = is_caseless(proof);
        for (slot, _) in &proof.slots {
            if !slot.shows_username() {
                return Err(spelling());
            }
            let column = proof.people.column(&slot.attribute);
            let values = proof.people.entries().flat_map(|entry| {
                proof.people.values(column, entry).iter().map(move |value| (entry, *value))
            });
            for (entry, value) in values {
                let Some(text) = proof.texts.text(value) else { continue };
                let Some(username) = slot.value.username_in(text) else { continue };
                let others = cases(username, &self.remapping);
                for spelled in std::iter::once(username).chain(others.iter().map(String::as_str)) {
                    let made = self.remapping.applied(spelled, &mut budget);
                    let made = made.map_err(|error| Reason::of(&error))?;
                    let (known, form) = match is_caseless && is_plain(made.as_bytes()) {
                        true => (&mut forms.plain, self.plain(&made)),
                        false => (&mut forms.odd, self.odd(&made)),
                    };
                    let key = proof.people.key(entry);
                    let holder = known.entry(form).or_insert(key);
                    if *holder != key {
                        *holder = NONE;
                    }
                }
            }
        }
        Ok(forms)
    }
}

/// Whether every comparison of the user filter ignores only case.
fn is_caseless(proof: &PeopleProof<'_>) -> bool {
    proof.slots.iter().all(|(_, slot)| *slot == SlotProof::Same)
}

/// One text for all logins.
fn spelling() -> Reason {
    Reason::new(
        "the remapping rules make this login of one that the directory has in another spelling, and only the directory \
         knows whether that is the same",
    )
}
