//! Which verdicts of a report the directories themselves have to settle. Pure: [`settlement`](crate::settlement)
//! carries the questions out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use project_deployer_core::Login;
use project_deployer_core::accounts::{LdapSettings, SourceType};

use super::answers::blocked;
use super::input::{LocationId, MatchInput};
use super::plan::Breadth;
use super::presence::Presence;
use super::report::{LocationNote, ParityReport};
use crate::fetched::Reason;
use crate::group_names::GroupNames;
use crate::login_check::may_leave_out;
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
pub(super) fn is_disabled(presence: &Presence) -> bool {
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

    /// Whether a verdict is left to the directory.
    pub(crate) fn is_open_at(&self, question: Question) -> bool {
        self.presence_at(question.place, question.row).is_some_and(is_open)
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
pub(crate) struct UsefulGroups(pub(super) BTreeMap<usize, GroupNames>);

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
