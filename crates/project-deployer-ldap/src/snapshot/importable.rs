use std::collections::{BTreeMap, HashMap, HashSet};

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use serde::Serialize;

use super::DirectorySnapshot;
use super::entries::{EntryTable, Texts};
use super::groups::Groups;
use crate::filter::Truth;
use crate::group_names::GroupNames;
use crate::remapping::LoginRemapping;
use crate::supplier::{LdapUrl, SupplierRules};
use crate::template::{Lookup, Who};
use crate::texts::{NONE, TextList, Texted, number, position};
use crate::told::{Reason, Told};

/// How many entries of one login are kept: enough to see that they are several, and which. A settings
/// mistake can make everybody answer to one login.
const SHOWN: usize = 10;

/// The people whom the LDAP settings of one node find in its directory, by the login that they would
/// get there. Nodes with the same settings share one.
#[derive(Debug, Clone)]
pub struct ImportableSet<'a> {
    snapshot: &'a DirectorySnapshot,
    people: &'a EntryTable,
    remapping: LoginRemapping,
    /// The logins in order.
    logins: LoginTexts<'a>,
    /// For each login the entry that it stands for, and its admission.
    candidates: Vec<(u32, u32)>,
    /// The entries of logins that stand for several.
    several: HashMap<u32, Vec<u32>>,
    admissions: Vec<Admission>,
    unreadable: Vec<UnreadableLogin>,
    unknown_groups: Vec<String>,
    useful_groups: GroupNames,
}

/// Logins that are values of the directory, or what remapping made of them.
#[derive(Debug, Clone)]
pub(crate) struct LoginTexts<'a> {
    texts: &'a Texts,
    /// Each the number of a text of the directory, or counted from the end, of a remapped one.
    numbers: Vec<u32>,
    remapped: TextList,
}

impl LoginTexts<'_> {
    fn push(&mut self, value: u32, login: &str) {
        if self.texts.text(value) == Some(login) {
            return self.numbers.push(value);
        }
        self.numbers.push(NONE - number(self.remapped.len()));
        self.remapped.push(login);
    }
}

impl Texted for LoginTexts<'_> {
    fn count(&self) -> usize {
        self.numbers.len()
    }

    fn at(&self, at: usize) -> &str {
        let number = self.numbers.get(at).copied().unwrap_or(NONE);
        if position(number) < self.texts.len() {
            return self.texts.text(number).unwrap_or_default();
        }
        self.remapped.get(position(NONE - number))
    }
}

/// Somebody in the directory, as one node sees it.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    set: &'a ImportableSet<'a>,
    number: u32,
}

/// Whether the groups of a person are let in (R-L2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Admission {
    /// By one of its groups, or because everybody is.
    Admitted,
    /// By none of its groups.
    Refused,
    /// Only the directory or the node itself can tell.
    Unclear(Reason),
}

/// Somebody in the directory whose login cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableLogin {
    /// The entry.
    pub entry: String,
    /// The login after remapping, and why it is none.
    pub fault: String,
}

impl<'a> ImportableSet<'a> {
    /// What the settings of a node make of a directory.
    ///
    /// # Errors
    ///
    /// The settings cannot be used, a remapping rule fails, or the directory did not answer in full.
    pub fn of(settings: &LdapSettings, snapshot: &'a DirectorySnapshot) -> Told<Self> {
        let rules = SupplierRules::compile(settings).map_err(|error| Reason::of(&error))?;
        if rules.url() != snapshot.url() {
            let (wanted, asked) = (rules.url(), snapshot.url());
            return Err(Reason::new(format!("`{asked}` was asked instead of `{wanted}`")));
        }
        let people = snapshot.answer(rules.users.reach())?;
        let groups = Groups::of(&rules, snapshot)?;
        let unknown_groups = groups.unknown(&rules.authorized);
        let useful_groups = useful(&rules.authorized, &unknown_groups);
        let mut census = Census::new(&rules, snapshot, people, &groups);
        census.take_all()?;
        let sorted = census.found.sorted(people);
        Ok(Self {
            snapshot,
            people,
            logins: sorted.logins,
            candidates: sorted.candidates,
            several: sorted.several,
            admissions: census.admissions,
            unreadable: census.unreadable,
            remapping: rules.remapping.clone(),
            unknown_groups,
            useful_groups,
        })
    }

    /// Where the directory is.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        self.snapshot.url()
    }

    /// Somebody by login, as the node would spell it.
    #[must_use]
    pub fn get(&self, login: &Login) -> Option<Candidate<'_>> {
        let number = number(self.logins.binary_search(login.as_str())?);
        Some(Candidate { set: self, number })
    }

    /// Everybody, let in or not, by login.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Candidate<'_>> {
        (0..self.candidates.len()).map(|at| Candidate { set: self, number: number(at) })
    }

    /// The people that the node would create an account for.
    pub fn admitted(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.iter().filter(Candidate::is_admitted)
    }

    /// People whose login cannot be one.
    #[must_use]
    pub fn unreadable(&self) -> &[UnreadableLogin] {
        &self.unreadable
    }

    /// Authorized groups that the directory does not have, or that nobody is in.
    #[must_use]
    pub fn unknown_groups(&self) -> &[String] {
        &self.unknown_groups
    }

    /// The authorized groups that letting somebody in could use: those that exist, otherwise all.
    #[must_use]
    pub fn useful_groups(&self) -> &GroupNames {
        &self.useful_groups
    }

    pub(crate) fn snapshot(&self) -> &'a DirectorySnapshot {
        self.snapshot
    }

    pub(crate) fn remapping(&self) -> &LoginRemapping {
        &self.remapping
    }

    /// The logins in order; their positions are the numbers of the candidates.
    pub(crate) fn logins(&self) -> &LoginTexts<'a> {
        &self.logins
    }

    pub(crate) fn candidate(&self, number: u32) -> Candidate<'_> {
        Candidate { set: self, number }
    }

    pub(crate) fn admissions(&self) -> &[Admission] {
        &self.admissions
    }
}

impl<'a> Candidate<'a> {
    /// The login.
    #[must_use]
    pub fn login(&self) -> &'a str {
        self.set.logins.at(position(self.number))
    }

    /// The entries that the login stands for, the first ten of them. A login takes exactly one (R-L2).
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        let texts = self.set.snapshot.texts();
        let name = |entry: &u32| texts.name(self.set.people.name(*entry));
        let Some(several) = self.set.several.get(&self.number) else {
            return vec![name(&self.cell().0)];
        };
        let mut several = several.clone();
        several.sort_by_cached_key(|entry| texts.name(self.set.people.key(*entry)));
        several.iter().map(name).collect()
    }

    /// Whether the node lets this person in.
    #[must_use]
    pub fn admission(&self) -> &'a Admission {
        const NONE: &Admission = &Admission::Refused;
        self.set.admissions.get(position(self.admission_number())).unwrap_or(NONE)
    }

    /// Whether the login stands for one entry.
    #[must_use]
    pub fn is_one(&self) -> bool {
        !self.set.several.contains_key(&self.number)
    }

    /// Whether the node would create an account.
    #[must_use]
    pub fn is_admitted(&self) -> bool {
        self.admission_number() == ADMITTED && self.is_one()
    }

    /// The key of the name of the entry, where it is one.
    pub(crate) fn entry(&self) -> Option<u32> {
        self.is_one().then(|| self.set.people.key(self.cell().0))
    }

    pub(crate) fn admission_number(&self) -> u32 {
        self.cell().1
    }

    fn cell(&self) -> (u32, u32) {
        self.set.candidates.get(position(self.number)).copied().unwrap_or((NONE, NONE))
    }
}

impl std::fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate")
            .field("login", &self.login())
            .field("entries", &self.entries())
            .field("admission", self.admission())
            .finish()
    }
}

fn useful(authorized: &[String], unknown: &[String]) -> GroupNames {
    let unknown: HashSet<&String> = unknown.iter().collect();
    let mut useful = authorized.iter().filter(|group| !unknown.contains(group)).peekable();
    match useful.peek() {
        Some(_) => useful.cloned().collect(),
        None => authorized.iter().cloned().collect(),
    }
}

const ADMITTED: u32 = 0;
const REFUSED: u32 = 1;

/// Goes through the people of a directory once.
struct Census<'r, 's> {
    rules: &'r SupplierRules,
    texts: &'s Texts,
    people: &'s EntryTable,
    groups: &'r Groups<'r>,
    lookup: Lookup<'r>,
    /// What the user filter finds for a username, where that is much.
    many: HashMap<u32, Vec<(u32, Truth)>>,
    found: FoundLogins<'s>,
    admissions: Vec<Admission>,
    numbers: HashMap<Reason, u32>,
    unreadable: Vec<UnreadableLogin>,
}

/// What was found, in the order of the directory or in that of the logins.
struct FoundLogins<'a> {
    logins: LoginTexts<'a>,
    candidates: Vec<(u32, u32)>,
    /// The entries of those that are several.
    several: HashMap<u32, Vec<u32>>,
}

impl<'r, 's: 'r> Census<'r, 's> {
    fn new(
        rules: &'r SupplierRules,
        snapshot: &'s DirectorySnapshot,
        people: &'s EntryTable,
        groups: &'r Groups<'r>,
    ) -> Self {
        let texts = snapshot.texts();
        Self {
            rules,
            texts,
            people,
            groups,
            lookup: Lookup::new(&rules.users, texts, people, None),
            many: HashMap::new(),
            found: FoundLogins::new(texts),
            admissions: vec![Admission::Admitted, Admission::Refused],
            numbers: HashMap::new(),
            unreadable: Vec::new(),
        }
    }

    fn take_all(&mut self) -> Told<()> {
        let column = self.people.column(&self.rules.login);
        for person in self.people.entries() {
            for value in self.people.values(column, person) {
                let Some(username) = self.texts.text(*value) else { continue };
                let login = self.rules.remapping.apply(username);
                let login = login.map_err(|error| Reason::of(&error))?;
                let who = Who {
                    username,
                    username_key: self.texts.key(*value),
                    name_key: self.people.key(person),
                    name: Some(self.people.name(person)),
                };
                self.take(person, *value, &who, login);
            }
        }
        Ok(())
    }

    fn take(&mut self, person: u32, value: u32, who: &Who<'_>, login: String) {
        let login = match Login::parse(login) {
            Ok(login) => login,
            Err(error) => {
                let (entry, fault) = (self.name(person), error.to_string());
                return self.unreadable.push(UnreadableLogin { entry, fault });
            }
        };
        let known = self.many.get(&value);
        let fresh = if known.is_none() { self.lookup.find(who) } else { Vec::new() };
        let found = known.unwrap_or(&fresh);
        let entries = entries_of(self.people, found, person);
        let several = entries.len() > 1;
        let admission = match found.as_slice() {
            [(_, Truth::True)] if !several => self.groups.admission(self.people, person, who),
            [] => self.unclear(person, |name| {
                format!("the user filter does not find `{name}` by its own login")
            }),
            [(_, Truth::Undefined)] if !several => {
                self.unclear(person, |name| format!("only the directory can tell who `{name}` is"))
            }
            _ => Admission::Unclear(Reason::new(format!(
                "several entries answer to `{}`",
                who.username
            ))),
        };
        let admission = self.number(admission);
        if fresh.len() > SHOWN {
            self.many.insert(value, fresh);
        }
        self.found.push(value, login.as_str(), (person, admission), several.then_some(entries));
    }

    fn unclear(&self, person: u32, text: impl Fn(String) -> String) -> Admission {
        Admission::Unclear(Reason::new(text(self.name(person))))
    }

    fn name(&self, person: u32) -> String {
        self.texts.name(self.people.name(person))
    }

    fn number(&mut self, admission: Admission) -> u32 {
        match admission {
            Admission::Admitted => ADMITTED,
            Admission::Refused => REFUSED,
            Admission::Unclear(reason) => {
                let admissions = &mut self.admissions;
                *self.numbers.entry(reason).or_insert_with_key(|reason| {
                    admissions.push(Admission::Unclear(reason.clone()));
                    number(admissions.len() - 1)
                })
            }
        }
    }
}

/// Whom the user filter finds for the login of a person, and the person: each name once, ten at most.
fn entries_of(people: &EntryTable, found: &[(u32, Truth)], person: u32) -> Vec<u32> {
    if let [(only, _)] = found
        && *only == person
    {
        return vec![person];
    }
    let others = found.iter().map(|(other, _)| *other).take(SHOWN - 1);
    let by_name: BTreeMap<u32, u32> =
        others.chain([person]).map(|entry| (people.key(entry), entry)).collect();
    by_name.into_values().collect()
}

impl<'a> FoundLogins<'a> {
    fn new(texts: &'a Texts) -> Self {
        let logins = LoginTexts { texts, numbers: Vec::new(), remapped: TextList::default() };
        Self { logins, candidates: Vec::new(), several: HashMap::new() }
    }

    fn push(&mut self, value: u32, login: &str, candidate: (u32, u32), several: Option<Vec<u32>>) {
        if let Some(entries) = several {
            self.several.insert(number(self.candidates.len()), entries);
        }
        self.logins.push(value, login);
        self.candidates.push(candidate);
    }

    fn entries(&self, at: u32) -> Vec<u32> {
        let only = || self.candidates.get(position(at)).map(|(entry, _)| *entry);
        self.several.get(&at).cloned().unwrap_or_else(|| only().into_iter().collect())
    }

    /// In the order of the logins, each once.
    fn sorted(self, people: &EntryTable) -> Self {
        let order = self.logins.order();
        let mut sorted = Self::new(self.logins.texts);
        let text = |at: &u32| self.logins.at(position(*at));
        for of_login in order.chunk_by(|one, other| text(one) == text(other)) {
            let Some((first, others)) = of_login.split_first() else { continue };
            let several = !others.is_empty() || self.several.contains_key(first);
            let entries = several.then(|| self.merged(people, *first, others));
            let entries = entries.filter(|entries| entries.len() > 1);
            let value = self.logins.numbers.get(position(*first)).copied().unwrap_or(NONE);
            let candidate = self.candidates.get(position(*first)).copied().unwrap_or((NONE, NONE));
            sorted.push(value, text(first), candidate, entries);
        }
        sorted.logins.numbers.shrink_to_fit();
        sorted.logins.remapped.shrink_to_fit();
        sorted.candidates.shrink_to_fit();
        sorted
    }

    /// Two people under one login: whoever comes first would get the account of both.
    fn merged(&self, people: &EntryTable, first: u32, others: &[u32]) -> Vec<u32> {
        let by_name =
            |entries: Vec<u32>| entries.into_iter().map(|entry| (people.key(entry), entry));
        let mut merged: BTreeMap<u32, u32> = by_name(self.entries(first)).collect();
        for other in others {
            let room = SHOWN.saturating_sub(merged.len());
            if room == 0 {
                break;
            }
            for (key, entry) in by_name(self.entries(*other)).take(room) {
                merged.entry(key).or_insert(entry);
            }
        }
        merged.into_values().collect()
    }
}
