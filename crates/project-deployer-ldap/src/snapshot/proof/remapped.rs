//! What a listing proves about a login that nobody has, where rules remap logins. A server may find a
//! person by another spelling of a login, and the rules are applied to the spelling that was typed.

use std::collections::HashSet;
use std::hash::BuildHasher as _;
use std::sync::OnceLock;

use foldhash::fast::RandomState;

use super::PeopleProof;
use crate::dn::Dn;
use crate::fetched::{Fetched, Reason};
use crate::letters::coarse;
use crate::remapping::{LoginRemapping, TimeBudget};
use crate::snapshot::usernames::cases;

/// The results of the rules.
#[derive(Debug, Clone)]
pub(super) struct RemappedForms {
    remapping: LoginRemapping,
    hasher: RandomState,
    /// The hashes of the coarse forms of all results. Of two equal hashes the directory decides.
    forms: OnceLock<Fetched<HashSet<u64>>>,
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
        match self.forms.get_or_init(|| self.all(proof)) {
            Err(reason) => Some(reason.clone()),
            Ok(forms) if forms.contains(&self.hash(login)) => Some(spelling()),
            Ok(_) => None,
        }
    }

    fn hash(&self, login: &str) -> u64 {
        self.hasher.hash_one(coarse(login))
    }

    /// The results for every login by which the user filter could find somebody.
    fn all(&self, proof: &PeopleProof<'_>) -> Fetched<HashSet<u64>> {
        let mut forms = HashSet::new();
        let mut budget = TimeBudget::new();
        for (slot, _) in &proof.slots {
            let filled = slot.value.fill("x", &Dn::root());
            if filled.as_text().and_then(|filled| slot.value.username_in(filled)) != Some("x") {
                return Err(spelling());
            }
            for value in proof.people.all_values(&slot.attribute) {
                let Some(text) = proof.texts.text(*value) else { continue };
                let Some(username) = slot.value.username_in(text) else { continue };
                let others = cases(username, &self.remapping);
                for spelled in std::iter::once(username).chain(others.iter().map(String::as_str)) {
                    let made = self.remapping.applied(spelled, &mut budget);
                    forms.insert(self.hash(&made.map_err(|error| Reason::of(&error))?));
                }
            }
        }
        Ok(forms)
    }
}

/// One text for all logins.
fn spelling() -> Reason {
    Reason::new(
        "the remapping rules make this login of one that the directory has in another spelling, and only the directory \
         knows whether that is the same",
    )
}
