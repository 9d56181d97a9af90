//! What the answers of a directory mean. Pure: [`settlement`](crate::settlement) asks.

use project_deployer_core::Login;
use project_deployer_core::accounts::{LdapSettings, SourceType};

use super::input::MatchInput;
use super::presence::Presence;
use super::report::ParityReport;
use super::settle::{Question, UsefulGroups, is_disabled, settings};
use super::similar::{SimilarLogin, SimilarityKind};
use crate::account_state::{AccountBlock, AccountState};
use crate::fetched::{Fetched, Reason};
use crate::snapshot::in_another_case;
use crate::texts::number;

/// What the two searches of a node find for a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nobody with the login.
    Absent {
        /// Somebody in another case or without a domain.
        similar: Option<Login>,
        /// Why it is unknown whether the user filter leaves out an entry with the login.
        unseen: Option<Reason>,
    },
    /// Nobody, but these entries have the login, by name; at most ten. The state is the worst of all.
    LeftOut { entries: Vec<String>, state: AccountState },
    /// Several entries, by name; at most ten.
    Several(Vec<String>),
    One {
        state: AccountState,
        authorized: bool,
        /// The login that the directory has in place of the one asked for, where it takes them for the same.
        spelled: Option<Login>,
        /// Another login by which the directory finds the same person.
        also: Option<Login>,
        /// Others, by attributes that the user filter compares beside the login. They matter if the location has an
        /// account of that name.
        aliases: Vec<Login>,
    },
}

impl Found {
    /// Why the directory blocks the account.
    fn block(&self) -> Option<&AccountBlock> {
        match self {
            Self::LeftOut { state: AccountState::Blocked(block), .. }
            | Self::One { state: AccountState::Blocked(block), .. } => Some(block),
            _ => None,
        }
    }
}

impl Found {
    /// Whether no entry with the login was found.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }
}

impl ParityReport {
    /// The presence that an answer of the directory means at a place.
    pub(crate) fn presence_of(
        &self,
        input: &MatchInput,
        useful: &UsefulGroups,
        question: Question,
        found: &Fetched<Found>,
    ) -> Option<Presence> {
        let settings = settings(input, question.place)?;
        let listed = self.presence_at(question.place, question.row)?;
        if is_disabled(listed) {
            return Some(blocked(found.as_ref().ok()?.block()?, listed.clone()));
        }
        Some(match found {
            // A refusal of the listing does not stand beside a question that failed (D7).
            Err(reason) => Presence::Unknown { reason: reason.clone() },
            Ok(Found::Absent { similar: Some(found), unseen }) => Presence::NotInDirectory {
                similar: self.spelled(question, found),
                unseen: unseen.clone(),
            },
            Ok(Found::Absent { similar: None, unseen }) => {
                self.absent(question, listed, unseen.clone())
            }
            Ok(Found::LeftOut { entries, state }) => {
                left_out(self.login_at(question.row)?, entries.clone(), state)
            }
            Ok(Found::Several(entries)) => Presence::Ambiguous { entries: entries.clone() },
            Ok(Found::One { state, authorized, spelled, also, aliases }) => {
                let spelled = spelled.as_ref().and_then(|found| self.spelled(question, found));
                let otherwise = match (spelled, authorized) {
                    // A login that is not the person's has no groups either.
                    (Some(similar), _) => Presence::NearMatch(similar),
                    (None, true) => {
                        let is_there = |alias: &&Login| self.has_account(question.place, alias);
                        let also = also.as_ref().or_else(|| aliases.iter().find(is_there));
                        let admitted = admitted(settings);
                        also.cloned()
                            .map_or(admitted.clone(), |also| admitted.with_other_login(also))
                    }
                    (None, false) => Presence::NotAuthorized {
                        groups: useful.0.get(&question.place).cloned().unwrap_or_default(),
                        in_another_case: self.is_listed_in_another_case(question, listed),
                        indirect: None,
                    },
                };
                match state {
                    AccountState::Active => otherwise,
                    AccountState::Blocked(block) => blocked(block, otherwise),
                    // A refusal holds whatever the state is.
                    AccountState::Unknown(_) if !authorized => otherwise,
                    AccountState::Unknown(reason) => Presence::Unknown { reason: reason.clone() },
                }
            }
        })
    }

    /// Whether a location has an account with this login.
    fn has_account(&self, place: usize, login: &Login) -> bool {
        let row = self.rows.logins.binary_search(login).ok();
        let presence = row.and_then(|row| self.presence_at(place, row));
        presence.is_some_and(Presence::is_account)
    }

    /// A login that the directory has in place of the one asked for.
    fn spelled(&self, question: Question, found: &Login) -> Option<SimilarLogin> {
        let kind = SimilarityKind::of(self.login_at(question.row)?, found);
        Some(SimilarLogin::new(found.clone(), kind).in_directory())
    }

    /// A login that the directory does not have, with the similar one of the listing.
    fn absent(&self, question: Question, listed: &Presence, unseen: Option<Reason>) -> Presence {
        let similar = match listed {
            Presence::NotInDirectory { similar, .. } => similar.clone(),
            _ => {
                let code = self.rows.code(question.row, question.place).map(number);
                code.and_then(|code| self.rows.left.similar.get(&code).cloned())
            }
        };
        Presence::NotInDirectory { similar, unseen }
    }

    /// The presence of a login of which the directory does not settle who becomes it; none where the listing's
    /// stands.
    pub(crate) fn presence_left(&self, question: Question, why: &str) -> Option<Presence> {
        let listed = self.presence_at(question.place, question.row)?;
        let reason = Reason::new(why);
        let code = self.rows.code(question.row, question.place).map(number)?;
        match listed {
            _ if self.rows.left.absent.contains(&code) => {
                Some(self.absent(question, listed, Some(reason)))
            }
            // It says that somebody has the login.
            Presence::NotAuthorized { .. } | Presence::Ambiguous { .. } => {
                Some(Presence::Unknown { reason })
            }
            _ => None,
        }
    }

    fn is_listed_in_another_case(&self, question: Question, listed: &Presence) -> bool {
        let Presence::Unknown { reason } = listed else { return false };
        let login = self.login_at(question.row);
        let is_listed = |login: &Login| {
            // The state of the account may follow.
            reason.as_str().starts_with(in_another_case(login.as_str()).as_str())
        };
        login.is_some_and(is_listed)
    }
}

fn admitted(settings: &LdapSettings) -> Presence {
    match (settings.allow_on_demand_users_provisioning, settings.auto_import_users) {
        (true, _) => Presence::ImportableOnDemand { source: SourceType::Ldap, also: None },
        (false, true) => Presence::ImportableAtFirstLogin,
        (false, false) => Presence::ImportSwitchedOff,
    }
}

/// The presence of a login whose entries the user filter leaves out. Whether the filter would find somebody who is
/// blocked after that, nobody knows.
pub(super) fn left_out(login: &Login, entries: Vec<String>, state: &AccountState) -> Presence {
    let similar = Some(SimilarLogin::left_out(login.clone(), entries));
    let absent = Presence::NotInDirectory { similar, unseen: None };
    match state {
        AccountState::Blocked(block) => blocked(block, absent),
        AccountState::Active | AccountState::Unknown(_) => absent,
    }
}

pub(super) fn blocked(block: &AccountBlock, otherwise: Presence) -> Presence {
    Presence::BlockedInDirectory { block: block.clone(), otherwise: Box::new(otherwise) }
}
