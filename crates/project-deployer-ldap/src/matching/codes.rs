//! The presences of a report, each with a number.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;

use super::presence::Presence;
use super::similar::{Odd, SimilarLogin, SimilarityKind};
use crate::account_state::AccountBlock;
use crate::fetched::Reason;
use crate::texts::{number, position};

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

/// What the listing shows about presences that are left to the directory, by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Left {
    /// The similar login.
    pub(super) similar: BTreeMap<u32, SimilarLogin>,
    /// Where it proves that the user filter finds nobody, but not whom the filter leaves out.
    pub(super) absent: BTreeSet<u32>,
}

/// Numbers the presences. Equal presences that occur often share one number.
#[derive(Default)]
pub(super) struct Codes {
    presences: Vec<Presence>,
    similar: HashMap<(FoundIn, SimilarityKind, Odd, u32), Option<u32>>,
    left: Left,
    /// By reason, where the listing proves that the user filter finds nobody.
    unseen: HashMap<Reason, u32>,
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

    /// The presences, and what is known of those that are left to the directory.
    pub(super) fn into_presences(self) -> (Vec<Presence>, Left) {
        (self.presences, self.left)
    }

    pub(super) fn unknown(&mut self, reason: &Reason) -> u32 {
        if let Some(code) = self.reasons.get(reason) {
            return *code;
        }
        let code = self.add(Presence::Unknown { reason: reason.clone() });
        self.reasons.insert(reason.clone(), code);
        code
    }

    /// An absent login that is left to the directory. `absent` is the presence if the directory has nobody.
    pub(super) fn open(&mut self, reason: &Reason, absent: u32) -> u32 {
        let Some(similar) = self.similar_of(absent) else { return self.unknown(reason) };
        let code = self.add(Presence::Unknown { reason: reason.clone() });
        self.left.similar.insert(code, similar);
        code
    }

    /// The same, where the listing proves that the user filter finds nobody, but not whom the filter leaves out.
    pub(super) fn open_left_out(&mut self, reason: &Reason, absent: u32) -> u32 {
        let similar = self.similar_of(absent);
        let known = self.unseen.get(reason).filter(|_| similar.is_none());
        if let Some(code) = known {
            return *code;
        }
        let code = self.add(Presence::Unknown { reason: reason.clone() });
        self.left.absent.insert(code);
        match similar {
            Some(similar) => {
                self.left.similar.insert(code, similar);
            }
            None => {
                self.unseen.insert(reason.clone(), code);
            }
        }
        code
    }

    fn similar_of(&self, absent: u32) -> Option<SimilarLogin> {
        match self.presences.get(position(absent))? {
            Presence::NotInDirectory { similar, .. } => similar.clone(),
            _ => None,
        }
    }

    pub(super) fn absent(&mut self) -> u32 {
        let presences = &mut self.presences;
        *self.absent.get_or_insert_with(|| {
            presences.push(Presence::NotInDirectory { similar: None, unseen: None });
            number(presences.len() - 1)
        })
    }

    /// A similar login, by its number and text; none if the text is not a valid login.
    pub(super) fn similar(
        &mut self,
        at: FoundIn,
        (kind, odd): (SimilarityKind, Odd),
        (login, text): (u32, &str),
    ) -> Option<u32> {
        let presences = &mut self.presences;
        *self.similar.entry((at, kind, odd, login)).or_insert_with(|| {
            let similar = SimilarLogin::new(Login::parse(text).ok()?, kind);
            presences.push(match at {
                FoundIn::User => Presence::NearMatch(similar.with_odd(odd)),
                FoundIn::Entry => {
                    let similar = Some(similar.in_directory());
                    Presence::NotInDirectory { similar, unseen: None }
                }
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
