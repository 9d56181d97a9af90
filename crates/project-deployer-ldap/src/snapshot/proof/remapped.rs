//! What a listing proves where rules remap logins: about a login that nobody has, and about one that somebody else may
//! get as well. A server may find a person by another spelling of a login, and the rules are applied to the spelling
//! that was typed.

use std::sync::OnceLock;

use super::slot::SlotProof;
use super::{PeopleProof, letters};
use crate::fetched::{Fetched, Reason};
use crate::letters::is_plain;
use crate::remapping::LoginRemapping;
use forms::{Forms, Holders};

mod forms;

/// The results of the rules.
#[derive(Debug, Clone)]
pub(super) struct RemappedForms {
    remapping: LoginRemapping,
    forms: OnceLock<Fetched<Forms>>,
}

impl RemappedForms {
    /// None without rules.
    pub(super) fn of(remapping: &LoginRemapping) -> Option<Self> {
        let forms = || Self { remapping: remapping.clone(), forms: OnceLock::new() };
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
            Ok(Holders::Nobody) => None,
            Ok(Holders::One | Holders::Several) => Some(spelling()),
        }
    }

    /// Why it does not prove that only the person who becomes this login can get it.
    pub(super) fn of_held(&self, login: &str, proof: &PeopleProof<'_>) -> Option<Reason> {
        match self.holders(login, proof) {
            Err(reason) => Some(reason),
            Ok(Holders::Several) => Some(spelling()),
            Ok(Holders::Nobody | Holders::One) => None,
        }
    }

    /// Whether a login of the listing, the value `value`, stays as it is, and nobody else gets it.
    pub(super) fn is_own(&self, value: u32, proof: &PeopleProof<'_>) -> bool {
        self.forms(proof).is_ok_and(|forms| forms.is_own(value, proof.texts))
    }

    /// The entries that may get a login.
    fn holders(&self, login: &str, proof: &PeopleProof<'_>) -> Fetched<Holders> {
        if is_caseless(proof) && !is_plain(login.as_bytes()) {
            return Err(letters());
        }
        Ok(self.forms(proof).map_err(Reason::clone)?.holders(login, proof))
    }

    fn forms(&self, proof: &PeopleProof<'_>) -> Result<&Forms, &Reason> {
        self.forms.get_or_init(|| Forms::of(&self.remapping, proof)).as_ref()
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

#[cfg(test)]
mod tests;
