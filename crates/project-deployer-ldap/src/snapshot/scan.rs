//! Scans the people of a directory as one node finds them.

use std::collections::{BTreeMap, HashMap};

use project_deployer_core::Login;

use super::DirectorySnapshot;
use super::entries::{EntryTable, Texts};
use super::found_logins::{FoundLogins, SHOWN, Several};
use super::groups::Groups;
use super::importable::{AUTHORIZED, Authorization, UNAUTHORIZED, UnreadableLogin};
use super::login_texts::LoginTexts;
use super::proof::{GroupProof, PeopleProof};
use crate::account_state::AccountState;
use crate::fetched::{Fetched, Reason};
use crate::filter::Truth;
use crate::remapping::TimeBudget;
use crate::supplier::SupplierRules;
use crate::template::{Answer, Lookup, Selector, Who};
use crate::texts::{NONE, StrColumn as _, number, position};

/// Scans the people of a directory once.
pub(super) struct DirectoryScan<'r, 's> {
    rules: &'r SupplierRules,
    texts: &'s Texts,
    people: &'s EntryTable,
    groups: &'r Groups<'r>,
    proof: &'r PeopleProof<'s>,
    group_proof: GroupProof<'s>,
    /// The authorization of everybody, if the listing proves nothing about anybody.
    doubted: Option<Authorization>,
    lookup: Lookup<'r>,
    /// The entries that the user filter finds for a username, if there are many.
    many: HashMap<u32, Vec<(u32, Truth)>>,
    answer: Answer,
    of_groups: Answer,
    pub(super) found: FoundLogins<'s>,
    pub(super) authorizations: Vec<Authorization>,
    /// The numbers of all authorizations but the first two.
    numbers: HashMap<Authorization, u32>,
    pub(super) unreadable: Vec<UnreadableLogin>,
}

impl<'r, 's: 'r> DirectoryScan<'r, 's> {
    pub(super) fn new(
        rules: &'r SupplierRules,
        snapshot: &'s DirectorySnapshot,
        people: &'s EntryTable,
        groups: &'r Groups<'r>,
        (selector, proof): (&'r Selector, &'r PeopleProof<'s>),
    ) -> Self {
        let texts = snapshot.texts();
        let group_proof = GroupProof::of(rules, snapshot, people);
        let doubt = proof.doubt().or(group_proof.doubt());
        Self {
            rules,
            texts,
            people,
            groups,
            doubted: doubt.cloned().map(Authorization::Unknown),
            proof,
            group_proof,
            lookup: Lookup::new(selector, texts, people),
            many: HashMap::new(),
            answer: Answer::default(),
            of_groups: Answer::default(),
            found: FoundLogins::new(LoginTexts::new(texts)),
            authorizations: vec![Authorization::Authorized, Authorization::Unauthorized],
            numbers: HashMap::new(),
            unreadable: Vec::new(),
        }
    }

    /// Scans all people.
    ///
    /// # Errors
    ///
    /// A remapping rule fails.
    pub(super) fn take_all(&mut self) -> Fetched<()> {
        let column = self.people.column(&self.rules.login);
        let mut budget = TimeBudget::new();
        for person in self.people.entries() {
            for value in self.people.values(column, person) {
                let Some(username) = self.texts.text(*value) else { continue };
                let login = self
                    .rules
                    .remapping
                    .applied(username, &mut budget)
                    .map_err(|e| Reason::of(&e))?;
                let who = Who {
                    username,
                    username_key: self.texts.key(*value),
                    name_key: self.people.key(person),
                    name: Some(self.people.name(person)),
                };
                self.take(person, *value, &who, &login);
            }
        }
        if !self.rules.remapping.is_empty() && self.proof.doubt().is_none() {
            self.doubt_shared_logins();
        }
        Ok(())
    }

    /// Leaves logins to the directory that somebody else may get by another spelling. Several entries of which the
    /// rules make the same login are a fact all the same.
    fn doubt_shared_logins(&mut self) {
        for at in 0..self.found.candidates.len() {
            let value = self.found.usernames.get(at).copied().unwrap_or(NONE);
            let doubt = self.proof.of_remapped(self.found.logins.at(at), value);
            let Some((reason, known)) = doubt.zip(self.found.candidates.get(at).copied()) else {
                continue;
            };
            let (entry, authorization) = known;
            let authorization = self.authorizations.get(position(authorization)).cloned();
            let doubted = self.number(doubted(authorization, reason));
            if let Some(candidate) = self.found.candidates.get_mut(at) {
                *candidate = (entry, doubted);
            }
        }
    }

    fn take(&mut self, person: u32, value: u32, who: &Who<'_>, login: &str) {
        if let Err(error) = Login::check(login) {
            let (entry, fault) = (self.name(person), error.to_string());
            return self.unreadable.push(UnreadableLogin { entry, fault });
        }
        let mut answer = std::mem::take(&mut self.answer);
        let many = if self.many.is_empty() { None } else { self.many.remove(&value) };
        let found = match &many {
            Some(known) => known.as_slice(),
            None => self.lookup.find(who, &mut answer),
        };
        let (authorization, several) = self.judge(person, value, who, found);
        if self.proof.doubt().is_none() && !found.contains(&(person, Truth::True)) {
            let reason = self.not_found(person);
            self.found.lost.insert(number(self.found.candidates.len()), reason);
        }
        if !self.rules.remapping.is_empty() {
            self.found.usernames.push(value);
        }
        self.found.push(value, login, (person, authorization), several);
        let is_much = found.len() > SHOWN;
        if let Some(much) = many.or_else(|| is_much.then(|| answer.found().to_vec())) {
            self.many.insert(value, much);
        }
        self.answer = answer;
    }

    /// The number of a person's authorization, given the entries that the user filter finds for the login. If
    /// several entries match the login, it returns all of them as well.
    fn judge(
        &mut self,
        person: u32,
        value: u32,
        who: &Who<'_>,
        found: &[(u32, Truth)],
    ) -> (u32, Option<Several>) {
        let several = found.len() > 1;
        let entries = if several { entries_of(self.people, found, person) } else { Vec::new() };
        let doubt = match self.proof.doubt() {
            Some(doubt) => Some(doubt.clone()),
            None => self.proof.of_person(value, who),
        };
        if entries.len() > 1 {
            let certain = found.iter().filter(|(_, truth)| *truth == Truth::True).count();
            let doubt = doubt.or_else(|| (certain < 2).then(|| self.not_found(person)));
            let text = format!("several entries match `{}`", who.username);
            let authorization = Authorization::Unknown(Reason::new(text));
            return (self.number(authorization), Some(Several { entries, doubt }));
        }
        let authorization = match (&self.doubted, doubt) {
            (Some(doubted), _) => doubted.clone(),
            (None, Some(doubt)) => Authorization::Unknown(doubt),
            (None, None) => self.proven(person, value, who, found),
        };
        let authorization = self.with_state(person, authorization);
        (self.number(authorization), None)
    }

    /// The authorization of a person whom the user filter certainly finds as the listing does.
    fn proven(
        &mut self,
        person: u32,
        value: u32,
        who: &Who<'_>,
        found: &[(u32, Truth)],
    ) -> Authorization {
        if !matches!(found, [(only, Truth::True)] if *only == person) {
            return Authorization::Unknown(self.not_found(person));
        }
        let listed = self.groups.authorization(self.people, person, who, &mut self.of_groups);
        let doubt = match self.groups {
            Groups::Open => None,
            _ => self.group_proof.of_person(&listed, person, value, who),
        };
        doubt.map_or(listed, Authorization::Unknown)
    }

    /// The state of the account comes before the authorization by groups.
    fn with_state(&self, person: u32, authorization: Authorization) -> Authorization {
        match self.people.state(person) {
            None | Some(AccountState::Active) => authorization,
            // A refusal holds whatever the state is.
            Some(AccountState::Unknown(_)) if authorization == Authorization::Unauthorized => {
                authorization
            }
            Some(AccountState::Unknown(state)) => Authorization::Unknown(match authorization {
                Authorization::Unknown(groups) => Reason::new(format!("{groups}; {state}")),
                _ => state.clone(),
            }),
            Some(AccountState::Blocked(block)) => {
                Authorization::Blocked { block: block.clone(), otherwise: Box::new(authorization) }
            }
        }
    }

    fn name(&self, person: u32) -> String {
        self.texts.name(self.people.name(person))
    }

    fn not_found(&self, person: u32) -> Reason {
        let name = self.name(person);
        Reason::new(format!("the user filter does not find `{name}` by that entry's login"))
    }

    fn number(&mut self, authorization: Authorization) -> u32 {
        match authorization {
            Authorization::Authorized => AUTHORIZED,
            Authorization::Unauthorized => UNAUTHORIZED,
            Authorization::Unknown(_) | Authorization::Blocked { .. } => {
                let authorizations = &mut self.authorizations;
                *self.numbers.entry(authorization).or_insert_with_key(|authorization| {
                    authorizations.push(authorization.clone());
                    number(authorizations.len() - 1)
                })
            }
        }
    }
}

fn doubted(authorization: Option<Authorization>, reason: Reason) -> Authorization {
    match authorization {
        Some(Authorization::Blocked { block, otherwise }) => {
            Authorization::Blocked { block, otherwise: Box::new(doubted(Some(*otherwise), reason)) }
        }
        Some(Authorization::Unknown(known)) => Authorization::Unknown(known),
        _ => Authorization::Unknown(reason),
    }
}

/// The entries that the user filter finds for a person's login, and the person's own entry: each name
/// once, at most ten.
fn entries_of(people: &EntryTable, found: &[(u32, Truth)], person: u32) -> Vec<u32> {
    let others = found.iter().map(|(other, _)| *other).take(SHOWN - 1);
    let by_name: BTreeMap<u32, u32> =
        others.chain([person]).map(|entry| (people.key(entry), entry)).collect();
    by_name.into_values().collect()
}
