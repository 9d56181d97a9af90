//! Which verdicts of a report the directories themselves have to settle, and what their answers mean. Pure:
//! [`settlement`](crate::settlement) carries the questions out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use project_deployer_core::Login;
use project_deployer_core::accounts::{LdapSettings, SourceType};

use super::input::{LocationId, MatchInput};
use super::plan::Breadth;
use super::presence::Presence;
use super::report::{LocationNote, ParityReport};
use super::similar::{SimilarLogin, SimilarityKind};
use crate::account_state::{AccountBlock, AccountState};
use crate::fetched::{Fetched, Reason};
use crate::group_names::GroupNames;
use crate::login_check::may_leave_out;
use crate::snapshot::in_another_case;
use crate::supplier::SupplierRules;
use crate::texts::number;

/// A verdict that only the directory of a location can settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Question {
    /// The location, by its position in the report.
    pub(crate) place: usize,
    /// The login, by its position in the report.
    pub(crate) row: usize,
}

/// The verdicts to settle.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    /// Where a deployment needs the login. These are always asked.
    pub(crate) needed: Vec<Question>,
    /// The others, which a budget limits.
    pub(crate) others: Vec<Question>,
}

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

/// Whether a verdict is left to the directory.
pub(crate) fn is_open(presence: &Presence) -> bool {
    match presence {
        Presence::Unknown { .. } => true,
        Presence::BlockedInDirectory { otherwise, .. } => is_open(otherwise),
        _ => false,
    }
}

/// Whether a verdict comes from the directory of the location.
pub(crate) fn is_of_directory(presence: &Presence) -> bool {
    match presence {
        Presence::ImportableOnDemand { source, .. } => *source == SourceType::Ldap,
        Presence::ImportableAtFirstLogin
        | Presence::ImportSwitchedOff
        | Presence::NotAuthorized { .. }
        | Presence::Ambiguous { .. }
        | Presence::NotInDirectory { .. } => true,
        Presence::NearMatch(similar) => similar.in_directory,
        Presence::BlockedInDirectory { otherwise, .. } => is_of_directory(otherwise),
        _ => false,
    }
}

/// A refusal is acted upon by hand, in the directory. So where a login is needed, it is asked even if the
/// listing proves it.
fn is_refusal(presence: &Presence) -> bool {
    match presence {
        Presence::NotAuthorized { .. }
        | Presence::NotInDirectory { .. }
        | Presence::Ambiguous { .. } => true,
        Presence::BlockedInDirectory { otherwise, .. } => is_refusal(otherwise),
        _ => false,
    }
}

/// An account that is there and disabled. Where the user filter leaves out who is blocked, only the directory says
/// that the account must not be enabled.
fn is_disabled(presence: &Presence) -> bool {
    matches!(presence, Presence::Disabled { .. })
}

/// Whether the user filter of a place may leave out an entry with the login.
fn leaves_out(input: &MatchInput, place: usize) -> bool {
    let rules = settings(input, place).and_then(|own| SupplierRules::compile(own).ok());
    rules.is_some_and(|rules| may_leave_out(&rules))
}

impl ParityReport {
    /// The verdicts to settle. Locations whose users or settings are unknown are left out: no directory
    /// settles these.
    pub(crate) fn questions(&self, input: &MatchInput, breadth: Breadth) -> Questions {
        let mut questions = Questions::default();
        let places: Vec<usize> =
            (0..self.places.len()).filter(|place| settings(input, *place).is_some()).collect();
        for place in &places {
            let Some(id) = self.places.get(*place).map(|place| &place.id) else { continue };
            let leaves_out = leaves_out(input, *place);
            for (row, needs) in &self.rows.needs {
                let Some(presence) = self.presence_at(*place, *row) else { continue };
                let here = needs.iter().any(|need| need.at.include(id));
                let matters = is_refusal(presence) || (leaves_out && is_disabled(presence));
                if is_open(presence) || (here && matters) {
                    questions.needed.push(Question { place: *place, row: *row });
                }
            }
            if breadth == Breadth::Everything {
                let open = self.open_codes(leaves_out);
                let rows = (0..self.rows.logins.len()).filter(|row| {
                    let code = self.rows.code(*row, *place);
                    code.is_some_and(|code| open.get(code) == Some(&true))
                        && !self.rows.needs.contains_key(row)
                });
                questions.others.extend(rows.map(|row| Question { place: *place, row }));
            }
        }
        questions
    }

    /// Every verdict of this breadth that comes from a directory, in the order of the report.
    pub(crate) fn directory_verdicts(&self, input: &MatchInput, breadth: Breadth) -> Vec<Question> {
        let mut verdicts = Vec::new();
        for place in (0..self.places.len()).filter(|place| settings(input, *place).is_some()) {
            let rows: Box<dyn Iterator<Item = usize>> = match breadth {
                Breadth::Needed => Box::new(self.rows.needs.keys().copied()),
                Breadth::Everything => Box::new(0..self.rows.logins.len()),
            };
            let of_directory =
                rows.filter(|row| self.presence_at(place, *row).is_some_and(is_of_directory));
            verdicts.extend(of_directory.map(|row| Question { place, row }));
        }
        verdicts
    }

    /// The presences that are open at a place. A similar login does not prove that the user filter leaves out
    /// no entry with the login itself.
    fn open_codes(&self, leaves_out: bool) -> Vec<bool> {
        let absent = |presence: &Presence| matches!(presence, Presence::NotInDirectory { .. });
        let open = |presence| is_open(presence) || (leaves_out && absent(presence));
        self.rows.presences.iter().map(open).collect()
    }

    pub(crate) fn presence_at(&self, place: usize, row: usize) -> Option<&Presence> {
        self.rows.presences.get(self.rows.code(row, place)?)
    }

    pub(crate) fn login_at(&self, row: usize) -> Option<&Login> {
        self.rows.logins.get(row)
    }

    /// Whether a deployment needs the login of a row.
    pub(crate) fn is_needed(&self, row: usize) -> bool {
        self.rows.needs.contains_key(&row)
    }

    /// Replaces verdicts by those that the directories gave.
    pub(crate) fn settle(&mut self, answers: impl IntoIterator<Item = (Question, Presence)>) {
        /// Most answers are equal to one of the last ones.
        const COMPARED: usize = 32;
        let before = self.rows.presences.len();
        for (question, presence) in answers {
            let presences = Arc::make_mut(&mut self.rows.presences);
            let from = presences.len().saturating_sub(COMPARED).max(before);
            let known = presences.iter().skip(from).position(|known| *known == presence);
            let code = known.map_or(presences.len(), |known| from + known);
            if known.is_none() {
                presences.push(presence);
            }
            let code = number(code);
            let column = self.rows.columns.get_mut(question.place);
            if let Some(cell) = column.and_then(|column| column.get_mut(question.row)) {
                *cell = code;
                self.rows.asked.insert((question.row, question.place));
            }
        }
    }

    /// States for verdicts that nobody settled why that is so.
    pub(crate) fn leave_open(&mut self, questions: &[Question], why: &str) {
        let mut codes: HashMap<u32, u32> = HashMap::new();
        for question in questions {
            let Some(code) = self.rows.code(question.row, question.place).map(number) else {
                continue;
            };
            let presences = Arc::make_mut(&mut self.rows.presences);
            let new = *codes.entry(code).or_insert_with(|| {
                let old = presences.get(crate::texts::position(code)).cloned();
                presences.extend(old.map(|old| with_reason(old, why)));
                number(presences.len() - 1)
            });
            let column = self.rows.columns.get_mut(question.place);
            if let Some(cell) = column.and_then(|column| column.get_mut(question.row)) {
                *cell = new;
            }
        }
    }

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
            Ok(Found::One { state, authorized, spelled, also }) => {
                let spelled = spelled.as_ref().and_then(|found| self.spelled(question, found));
                let otherwise = match (spelled, authorized) {
                    // A login that is not the person's has no groups either.
                    (Some(similar), _) => Presence::NearMatch(similar),
                    (None, true) => match also {
                        Some(also) => admitted(settings).with_other_login(also.clone()),
                        None => admitted(settings),
                    },
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

    /// Whether a verdict is left to the directory.
    pub(crate) fn is_open_at(&self, question: Question) -> bool {
        self.presence_at(question.place, question.row).is_some_and(is_open)
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

    /// The groups to which a person can be added at each location, once for all answers.
    pub(crate) fn useful_groups(&self, input: &MatchInput) -> UsefulGroups {
        let mut useful = BTreeMap::new();
        for (number, place) in self.places.iter().enumerate() {
            let Some(settings) = settings(input, number) else { continue };
            let unknown: HashSet<&String> = self
                .notes
                .iter()
                .filter_map(|note| match note {
                    LocationNote::AuthorizedGroupUnknown { place: at, group } => {
                        (*at == place.id).then_some(group)
                    }
                    _ => None,
                })
                .collect();
            let all = &settings.authorized_groups;
            let known = || all.iter().filter(|group| !unknown.contains(group)).cloned();
            let groups: GroupNames = match known().next() {
                Some(_) => known().collect(),
                None => all.iter().cloned().collect(),
            };
            useful.insert(number, groups);
        }
        UsefulGroups(useful)
    }
}

/// The groups to which a person can be added, by location: the authorized ones that exist, or all of them.
#[derive(Debug)]
pub(crate) struct UsefulGroups(BTreeMap<usize, GroupNames>);

/// The settings of a location whose directory can be asked: no other location has the same id.
pub(crate) fn settings(input: &MatchInput, place: usize) -> Option<&LdapSettings> {
    let location = input.locations.get(place)?;
    let of_id = |id: &LocationId| input.locations.iter().filter(|other| other.id == *id).count();
    if location.users.is_err() || of_id(&location.id) > 1 {
        return None;
    }
    let supply = location.ldap.as_ref().ok()?.as_ref()?;
    supply.settings.enabled.then_some(&supply.settings)
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

fn blocked(block: &AccountBlock, otherwise: Presence) -> Presence {
    Presence::BlockedInDirectory { block: block.clone(), otherwise: Box::new(otherwise) }
}

fn with_reason(presence: Presence, why: &str) -> Presence {
    match presence {
        Presence::Unknown { reason } => {
            Presence::Unknown { reason: Reason::new(format!("{reason}; {why}")) }
        }
        Presence::BlockedInDirectory { block, otherwise } => {
            blocked(&block, with_reason(*otherwise, why))
        }
        other => other,
    }
}
