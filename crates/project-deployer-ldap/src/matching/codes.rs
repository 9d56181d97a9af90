//! The presences of a report, each with a number.

use std::collections::{BTreeMap, HashMap};

use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;

use super::presence::{Presence, SimilarLogin, SimilarityKind};
use crate::account_state::AccountBlock;
use crate::fetched::Reason;
use crate::texts::number;

/// Where the similar login was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum FoundIn {
    /// Among the users of the location.
    User,
    /// In its directory.
    Entry,
}

/// Whether a user is enabled, the expected source if it differs, and the source that was found.
type State = (bool, Option<usize>, usize);

/// Numbers the presences. Equal presences that occur often share one number.
#[derive(Default)]
pub(super) struct Codes {
    presences: Vec<Presence>,
    similar: HashMap<(FoundIn, SimilarityKind, u32), Option<u32>>,
    /// Looked up for every user; it has few entries.
    users: BTreeMap<State, u32>,
    /// The last state, which the next user often has as well.
    last: Option<(State, u32)>,
    blocked: BTreeMap<(AccountBlock, State), u32>,
    reasons: HashMap<Reason, u32>,
    absent: Option<u32>,
}

impl Codes {
    pub(super) fn add(&mut self, presence: Presence) -> u32 {
        self.presences.push(presence);
        number(self.presences.len() - 1)
    }

    pub(super) fn into_presences(self) -> Vec<Presence> {
        self.presences
    }

    pub(super) fn unknown(&mut self, reason: &Reason) -> u32 {
        if let Some(code) = self.reasons.get(reason) {
            return *code;
        }
        let code = self.add(Presence::Unknown { reason: reason.clone() });
        self.reasons.insert(reason.clone(), code);
        code
    }

    pub(super) fn absent(&mut self) -> u32 {
        let presences = &mut self.presences;
        *self.absent.get_or_insert_with(|| {
            presences.push(Presence::NotInDirectory { similar: None });
            number(presences.len() - 1)
        })
    }

    /// A similar login, by its number and text; none if the text is not a valid login.
    pub(super) fn similar(
        &mut self,
        at: FoundIn,
        kind: SimilarityKind,
        (login, text): (u32, &str),
    ) -> Option<u32> {
        let presences = &mut self.presences;
        *self.similar.entry((at, kind, login)).or_insert_with(|| {
            let similar = SimilarLogin::new(Login::parse(text).ok()?, kind);
            presences.push(match at {
                FoundIn::User => Presence::NearMatch(similar),
                FoundIn::Entry => Presence::NotInDirectory { similar: Some(similar) },
            });
            Some(number(presences.len() - 1))
        })
    }

    /// A user of the location. Sources are given by number.
    pub(super) fn user(&mut self, state: State, sources: &[SourceType]) -> u32 {
        match self.last {
            Some((last, code)) if last == state => return code,
            _ => {}
        }
        let presences = &mut self.presences;
        let code = *self.users.entry(state).or_insert_with(|| {
            presences.push(user_presence(state, sources));
            number(presences.len() - 1)
        });
        self.last = Some((state, code));
        code
    }

    /// A user of the location whose account the directory blocks.
    pub(super) fn blocked_user(
        &mut self,
        state: State,
        block: &AccountBlock,
        sources: &[SourceType],
    ) -> u32 {
        let presences = &mut self.presences;
        *self.blocked.entry((block.clone(), state)).or_insert_with(|| {
            presences.push(Presence::BlockedInDirectory {
                block: block.clone(),
                otherwise: Box::new(user_presence(state, sources)),
            });
            number(presences.len() - 1)
        })
    }
}

fn user_presence((enabled, expected, found): State, sources: &[SourceType]) -> Presence {
    let source = |number: usize| sources.get(number).cloned().unwrap_or_default();
    match (enabled, expected.map(source)) {
        (false, expected) => Presence::Disabled { expected, found: source(found) },
        (true, Some(expected)) => Presence::OtherSource { expected, found: source(found) },
        (true, None) => Presence::Present,
    }
}
