use std::collections::btree_map::{self, BTreeMap};
use std::collections::{BTreeSet, HashMap, HashSet};

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use serde::Serialize;

use super::DirectorySnapshot;
use crate::attribute::AttributeName;
use crate::caseless::folded;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Truth;
use crate::group_names::GroupNames;
use crate::supplier::{LdapUrl, Membership, SupplierRules};
use crate::template::{Lookup, comparison_key};
use crate::told::{Reason, Told};

/// How many entries of one login are kept: enough to see that they are several, and which. A settings
/// mistake can make everybody answer to one login.
const SHOWN: usize = 10;

/// The people whom the LDAP settings of one node find in its directory, by the login that they would
/// get there.
#[derive(Debug, Clone)]
pub struct ImportableSet {
    url: LdapUrl,
    candidates: BTreeMap<Login, Candidate>,
    unreadable: Vec<UnreadableLogin>,
    unknown_groups: Vec<String>,
    useful_groups: GroupNames,
}

/// Somebody in the directory, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The entries that the login stands for, the first ten of them. A login takes exactly one (R-L2).
    pub entries: BTreeSet<Dn>,
    /// Whether the node lets this person in.
    pub admission: Admission,
}

/// Whether the groups of a person are let in (R-L2).
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl ImportableSet {
    /// What the settings of a node make of a directory.
    ///
    /// # Errors
    ///
    /// The settings cannot be used, a remapping rule fails, or the directory did not answer in full.
    pub fn of(settings: &LdapSettings, snapshot: &DirectorySnapshot) -> Told<Self> {
        let rules = SupplierRules::compile(settings).map_err(|error| Reason::of(&error))?;
        if rules.url() != snapshot.url() {
            let (wanted, asked) = (rules.url(), snapshot.url());
            return Err(Reason::new(format!("`{asked}` was asked instead of `{wanted}`")));
        }
        let people = snapshot.answer(rules.users.reach())?;
        let groups = Groups::of(&rules, snapshot)?;
        let lookup = Lookup::new(&rules.users, people, &[]);
        let unknown_groups = groups.unknown(&rules.authorized);
        let mut set = Self {
            url: rules.url.clone(),
            candidates: BTreeMap::new(),
            unreadable: Vec::new(),
            useful_groups: useful(&rules.authorized, &unknown_groups),
            unknown_groups,
        };
        let mut found: HashMap<&str, Vec<(&Entry, Truth)>> = HashMap::new();
        for entry in people {
            for username in entry.texts(&rules.login) {
                let login = rules.remapping.apply(username).map_err(|error| Reason::of(&error))?;
                let found =
                    found.entry(username).or_insert_with(|| lookup.find(username, &Dn::root()));
                set.add(entry, login, candidate(found, &groups, entry, username));
            }
        }
        Ok(set)
    }

    fn add(&mut self, entry: &Entry, login: String, candidate: Candidate) {
        let login = match Login::parse(login) {
            Ok(login) => login,
            Err(error) => {
                let (entry, fault) = (entry.dn.to_string(), error.to_string());
                return self.unreadable.push(UnreadableLogin { entry, fault });
            }
        };
        match self.candidates.entry(login) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(candidate);
            }
            // Two people under one login: whoever comes first would get the account of both.
            btree_map::Entry::Occupied(mut known) => {
                let room = SHOWN.saturating_sub(known.get().entries.len());
                known.get_mut().entries.extend(candidate.entries.into_iter().take(room));
            }
        }
    }

    /// Where the directory is.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        &self.url
    }

    /// Somebody by login, as the node would spell it.
    #[must_use]
    pub fn get(&self, login: &Login) -> Option<&Candidate> {
        self.candidates.get(login)
    }

    /// Everybody, let in or not.
    pub fn iter(&self) -> impl Iterator<Item = (&Login, &Candidate)> {
        self.candidates.iter()
    }

    /// The logins that the node would create an account for.
    pub fn admitted(&self) -> impl Iterator<Item = &Login> {
        let admitted = |candidate: &Candidate| {
            candidate.admission == Admission::Admitted && candidate.entries.len() == 1
        };
        self.iter().filter(move |(_, candidate)| admitted(candidate)).map(|(login, _)| login)
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
}

fn useful(authorized: &[String], unknown: &[String]) -> GroupNames {
    let unknown: HashSet<&String> = unknown.iter().collect();
    let mut useful = authorized.iter().filter(|group| !unknown.contains(group)).peekable();
    match useful.peek() {
        Some(_) => useful.cloned().collect(),
        None => authorized.iter().cloned().collect(),
    }
}

/// `found` is what the user filter finds for the username. It speaks of no name of an entry.
fn candidate(
    found: &[(&Entry, Truth)],
    groups: &Groups<'_>,
    entry: &Entry,
    username: &str,
) -> Candidate {
    let others = found.iter().map(|(other, _)| other.dn.clone()).take(SHOWN - 1);
    let entries: BTreeSet<Dn> = others.chain([entry.dn.clone()]).collect();
    let unclear = |text: String| Admission::Unclear(Reason::new(text));
    let admission = match found {
        [] => unclear(format!("the user filter does not find `{}` by its own login", entry.dn)),
        [(_, Truth::True)] if entries.len() == 1 => groups.admission(entry, username),
        [(_, Truth::Undefined)] if entries.len() == 1 => {
            unclear(format!("only the directory can tell who `{}` is", entry.dn))
        }
        _ => unclear(format!("several entries answer to `{username}`")),
    };
    Candidate { entries, admission }
}

/// The groups of a directory, as far as a node asks for them.
enum Groups<'a> {
    /// Everybody is let in.
    Open,
    OnGroup {
        lookup: Lookup<'a>,
        names: Names<'a>,
    },
    OnUser {
        by_dn: HashMap<&'a str, &'a Entry>,
        attribute: &'a AttributeName,
        names: Names<'a>,
    },
}

/// What the names of groups are.
struct Names<'a> {
    attribute: &'a AttributeName,
    /// Every name that a group of the directory has.
    standings: HashMap<&'a str, Standing>,
}

/// What the settings say of the name of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Authorized,
    /// A name that differs in case only is neither the same nor another one: no source says how the
    /// product compares them.
    AuthorizedInAnotherSpelling,
    NotAuthorized,
}

impl<'a> Groups<'a> {
    fn of(rules: &'a SupplierRules, snapshot: &'a DirectorySnapshot) -> Told<Self> {
        let Some(group_rules) = &rules.groups else {
            return Ok(Self::Open);
        };
        let names = |entries: &'a [Entry]| Names::of(entries, &group_rules.name, &rules.authorized);
        match &group_rules.membership {
            Membership::OnGroup(selector) => {
                let entries = snapshot.answer(selector.reach())?;
                let links = selector.links().map(|links| snapshot.answer(&links)).transpose()?;
                let lookup = Lookup::new(selector, entries, links.unwrap_or_default());
                Ok(Self::OnGroup { lookup, names: names(entries) })
            }
            Membership::OnUser { attribute, list } => {
                let entries = snapshot.answer(list)?;
                let by_dn = entries.iter().map(|entry| (entry.dn.normal(), entry)).collect();
                Ok(Self::OnUser { by_dn, attribute, names: names(entries) })
            }
        }
    }

    fn admission(&self, entry: &Entry, username: &str) -> Admission {
        match self {
            Self::Open => Admission::Admitted,
            Self::OnGroup { lookup, names } => names.admission(lookup.find(username, &entry.dn)),
            Self::OnUser { by_dn, attribute, names } => {
                let keys = entry.values(attribute).iter().map(comparison_key);
                let group = |key: Vec<u8>| by_dn.get(std::str::from_utf8(&key).ok()?).copied();
                names.admission(keys.filter_map(group).map(|group| (group, Truth::True)).collect())
            }
        }
    }

    fn unknown(&self, authorized: &[String]) -> Vec<String> {
        let names = match self {
            Self::Open => return Vec::new(),
            Self::OnGroup { names, .. } | Self::OnUser { names, .. } => names,
        };
        let unknown = |group: &&String| !names.standings.contains_key(group.as_str());
        authorized.iter().filter(unknown).cloned().collect()
    }
}

impl<'a> Names<'a> {
    fn of(entries: &'a [Entry], attribute: &'a AttributeName, authorized: &[String]) -> Self {
        let exact: HashSet<&str> = authorized.iter().map(String::as_str).collect();
        let by_fold: HashSet<String> = authorized.iter().map(|group| folded(group)).collect();
        let standing = |name: &str| match exact.contains(name) {
            true => Standing::Authorized,
            false if by_fold.contains(&folded(name)) => Standing::AuthorizedInAnotherSpelling,
            false => Standing::NotAuthorized,
        };
        let names = entries.iter().flat_map(|entry| entry.texts(attribute));
        Self { attribute, standings: names.map(|name| (name, standing(name))).collect() }
    }

    fn admission(&self, groups: Vec<(&Entry, Truth)>) -> Admission {
        let mut unclear = None;
        for (group, truth) in groups {
            for name in group.texts(self.attribute) {
                match self.standings.get(name) {
                    None | Some(Standing::NotAuthorized) => {}
                    Some(Standing::Authorized) if truth == Truth::True => {
                        return Admission::Admitted;
                    }
                    Some(Standing::Authorized) => {
                        unclear =
                            Some(format!("only the directory can tell who is in group `{name}`"));
                    }
                    Some(Standing::AuthorizedInAnotherSpelling) => {
                        unclear = Some(format!("group `{name}` is authorized in another spelling"));
                    }
                }
            }
        }
        unclear.map_or(Admission::Refused, |text| Admission::Unclear(Reason::new(text)))
    }
}
