//! What the directory of a location says of logins that the location does not have.

use project_deployer_core::accounts::SourceType;

use super::codes::{Codes, Whereabouts};
use super::presence::{NearKind, Presence};
use super::register::Register;
use super::rules::{Import, Outlook};
use crate::snapshot::{Admission, Candidate, ImportableSet};
use crate::texts::{NONE, position};

/// What the directory of a location says of those who are not there.
pub(super) struct Directory<'a> {
    set: Option<(usize, &'a ImportableSet<'a>)>,
    candidates: &'a [u32],
    /// By admission.
    admitted: Vec<u32>,
    /// Of those whom it does not have.
    absent: u32,
    /// Those of them who have somebody near there, by login.
    near: Vec<(u32, u32)>,
}

impl<'a> Directory<'a> {
    pub(super) fn of(register: &'a Register<'_>, outlook: Outlook<'_>, codes: &mut Codes) -> Self {
        let import = match outlook.supply {
            Ok(import) => import,
            Err(reason) => return Self::without(codes.could_not_tell(reason)),
        };
        let absent = codes.absent();
        let set = import.and_then(|import| Some((import, register.index.sets.get(import.set)?)));
        let Some((import, set)) = set else { return Self::without(absent) };
        let admitted = |admission| by_admission(admission, import, set, codes);
        let admitted = set.admissions().iter().map(admitted).collect();
        let candidates = register.candidates(import.set);
        let near = near_entries(register, import.set, codes);
        Self { set: Some((import.set, set)), candidates, admitted, absent, near }
    }

    fn without(absent: u32) -> Self {
        Self { set: None, candidates: &[], admitted: Vec::new(), absent, near: Vec::new() }
    }

    pub(super) fn candidate(&self, login: u32) -> Option<Candidate<'a>> {
        let (_, set) = self.set?;
        let number = self.candidates.get(position(login)).copied().unwrap_or(NONE);
        (number != NONE).then(|| set.candidate(number))
    }

    pub(super) fn code(
        &self,
        login: u32,
        candidate: Option<Candidate<'_>>,
        codes: &mut Codes,
    ) -> u32 {
        match candidate {
            Some(candidate) if !candidate.is_one() => {
                codes.add(Presence::Ambiguous { entries: candidate.entries() })
            }
            Some(candidate) => {
                let admission = position(candidate.admission_number());
                self.admitted.get(admission).copied().unwrap_or(self.absent)
            }
            None => {
                let near = self.near.binary_search_by_key(&login, |(login, _)| *login).ok();
                near.and_then(|at| self.near.get(at)).map_or(self.absent, |(_, code)| *code)
            }
        }
    }
}

fn by_admission(
    admission: &Admission,
    import: Import,
    set: &ImportableSet<'_>,
    codes: &mut Codes,
) -> u32 {
    match admission {
        Admission::Unclear(reason) => codes.could_not_tell(reason),
        _ => codes.add(presence_of(admission, import, set)),
    }
}

fn presence_of(admission: &Admission, import: Import, set: &ImportableSet<'_>) -> Presence {
    match admission {
        Admission::Unclear(reason) => Presence::CouldNotTell { reason: reason.clone() },
        Admission::Blocked { block, otherwise } => Presence::BlockedInDirectory {
            block: block.clone(),
            otherwise: Box::new(presence_of(otherwise, import, set)),
        },
        Admission::Refused => Presence::NotAuthorized { groups: set.useful_groups().clone() },
        Admission::Admitted if import.on_demand => {
            Presence::ImportableOnDemand { source: SourceType::Ldap }
        }
        Admission::Admitted if import.at_login => Presence::ImportableAtFirstLogin,
        Admission::Admitted => Presence::ImportSwitchedOff,
    }
}

/// The logins that a directory does not have, but somebody near.
fn near_entries(register: &Register<'_>, set: usize, codes: &mut Codes) -> Vec<(u32, u32)> {
    let candidates = register.candidates(set);
    let has = |login: u32| candidates.get(position(login)).is_some_and(|found| *found != NONE);
    let spelled = register.spellings.firsts(has);
    let people = register.people.firsts(set, |_| true);
    let mut near = Vec::new();
    for login in register.rows.iter().copied().filter(|login| !has(*login)) {
        let by_spelling = register.spellings.near(login, &spelled);
        let by_entry = || Some((register.people.same(login, &people)?, NearKind::Remapping));
        if let Some((found, kind)) = by_spelling.or_else(by_entry) {
            let found = (found, register.lexicon.text(found));
            let code = codes.near(Whereabouts::Entry, kind, found);
            near.extend(code.map(|code| (login, code)));
        }
    }
    near
}
