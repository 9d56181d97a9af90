//! The presence of logins that a location does not have, from its directory.

use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;

use super::answers::left_out;
use super::codes::{Codes, FoundIn};
use super::interner::LoginInterner;
use super::people::People;
use super::presence::Presence;
use super::remapped::Remapped;
use super::rules::{Import, ImportRules};
use super::similar::{Odd, SimilarityKind};
use super::table::LoginTable;
use crate::snapshot::{Authorization, Candidate, ImportableSet};
use crate::texts::{NONE, position};

/// The presences that the directory of a location gives to absent logins.
pub(super) struct Directory<'a> {
    set: Option<(Import, &'a ImportableSet<'a>)>,
    people: &'a People,
    candidates: &'a [u32],
    /// The code for each authorization.
    by_authorization: Vec<u32>,
    /// The code of logins that the directory does not have.
    absent: u32,
    /// Such logins with a similar login in the directory, and their codes, by login.
    similar: Vec<(u32, u32)>,
    interner: &'a LoginInterner,
}

impl<'a> Directory<'a> {
    pub(super) fn of(
        table: &'a LoginTable<'_>,
        rules_of_location: ImportRules<'_>,
        remapped: &Remapped,
        codes: &mut Codes,
    ) -> Self {
        let import = match rules_of_location.supply {
            Ok(import) => import,
            Err(reason) => return Self::without(table, codes.unknown(reason)),
        };
        let absent = codes.absent();
        let set = import.and_then(|import| Some((import, table.index.sets.get(import.set)?)));
        let Some((import, set)) = set else { return Self::without(table, absent) };
        let code = |authorization| code_of(authorization, import, set, codes);
        let by_authorization = set.authorizations().iter().map(code).collect();
        let similar = similar_entries(table, import.set, remapped, codes);
        Self {
            set: Some((import, set)),
            candidates: table.candidates(import.set),
            by_authorization,
            similar,
            ..Self::without(table, absent)
        }
    }

    fn without(table: &'a LoginTable<'_>, absent: u32) -> Self {
        Self {
            set: None,
            people: &table.people,
            candidates: &[],
            by_authorization: Vec::new(),
            absent,
            similar: Vec::new(),
            interner: table.interner,
        }
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
            Some(candidate) if !candidate.is_one() => match candidate.doubt_of_several() {
                Some(reason) => codes.unknown(reason),
                None => codes.add(Presence::Ambiguous { entries: candidate.entries() }),
            },
            Some(candidate) => {
                let authorization = candidate.authorization_number();
                let of_one = || {
                    let code = self.by_authorization.get(position(authorization));
                    code.copied().unwrap_or(self.absent)
                };
                self.code_of_two(login, authorization, codes).unwrap_or_else(of_one)
            }
            None => self.absent_code(login, codes),
        }
    }

    /// The code of a login that no person of the listing has.
    fn absent_code(&self, login: u32, codes: &mut Codes) -> u32 {
        let Some((_, set)) = self.set else { return self.absent };
        let similar = self.similar.binary_search_by_key(&login, |(login, _)| *login).ok();
        let similar = similar.and_then(|at| self.similar.get(at)).map(|(_, code)| *code);
        let absent = similar.unwrap_or(self.absent);
        let text = self.interner.text(login);
        if let Some(doubt) = set.doubt_of_absence(text) {
            return codes.open(&doubt, absent);
        }
        match (set.left_out(text), Login::parse(text)) {
            (Err(reason), _) => return codes.open(&reason, absent),
            (Ok(Some((entries, state))), Ok(login)) => {
                return codes.add(left_out(&login, entries, &state));
            }
            (Ok(_), _) => {}
        }
        match set.doubt_of_left_out() {
            Some(doubt) => codes.open_left_out(doubt, absent),
            None => absent,
        }
    }

    /// The code of a person who has another login in the directory as well.
    fn code_of_two(&self, login: u32, authorization: u32, codes: &mut Codes) -> Option<u32> {
        let (import, set) = self.set?;
        let also = self.people.other_login(import.set, login)?;
        let presence = presence_of(set.authorizations().get(position(authorization))?, import, set);
        let also = Login::parse(self.interner.text(also)).ok()?;
        let is_created = presence.is_on_demand();
        is_created.then(|| codes.add(presence.with_other_login(also)))
    }
}

fn code_of(
    authorization: &Authorization,
    import: Import,
    set: &ImportableSet<'_>,
    codes: &mut Codes,
) -> u32 {
    match authorization {
        Authorization::Unknown(reason) => codes.unknown(reason),
        _ => codes.add(presence_of(authorization, import, set)),
    }
}

fn presence_of(authorization: &Authorization, import: Import, set: &ImportableSet<'_>) -> Presence {
    match authorization {
        Authorization::Unknown(reason) => Presence::Unknown { reason: reason.clone() },
        Authorization::Blocked { block, otherwise } => Presence::BlockedInDirectory {
            block: block.clone(),
            otherwise: Box::new(presence_of(otherwise, import, set)),
        },
        Authorization::Unauthorized => Presence::NotAuthorized {
            groups: set.useful_groups().clone(),
            in_another_case: false,
            indirect: None,
        },
        Authorization::Authorized if import.on_demand => {
            Presence::ImportableOnDemand { source: SourceType::Ldap, also: None }
        }
        Authorization::Authorized if import.at_login => Presence::ImportableAtFirstLogin,
        Authorization::Authorized => Presence::ImportSwitchedOff,
    }
}

/// Logins that the directory does not have, with a similar login that it has.
fn similar_entries(
    table: &LoginTable<'_>,
    set: usize,
    remapped: &Remapped,
    codes: &mut Codes,
) -> Vec<(u32, u32)> {
    let candidates = table.candidates(set);
    let has = |login: u32| candidates.get(position(login)).is_some_and(|found| *found != NONE);
    let spelled = table.spellings.firsts(has);
    let people = table.people.firsts(set, |_| true);
    let made = remapped.firsts(set, has);
    let mut similar = Vec::new();
    for (row, login) in table.rows.iter().copied().enumerate().filter(|(_, login)| !has(*login)) {
        let by_spelling = table.spellings.similar(login, &spelled);
        let by_entry = || table.people.same(login, &people).or_else(|| made.get(&row).copied());
        let by_entry = || Some((by_entry()?, SimilarityKind::Remapping));
        if let Some((found, kind)) = by_spelling.or_else(by_entry) {
            let found = (found, table.interner.text(found));
            let code = codes.similar(FoundIn::Entry, (kind, Odd::Login), found);
            similar.extend(code.map(|code| (login, code)));
        }
    }
    similar
}
