use std::collections::btree_map::{self, BTreeMap};
use std::collections::{BTreeSet, HashMap};

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use serde::Serialize;

use super::DirectorySnapshot;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Truth;
use crate::supplier::{GroupRules, LdapUrl, Membership, SupplierRules};
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
    authorized: Vec<String>,
    unknown_groups: Vec<String>,
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
        let mut set = Self {
            url: rules.url.clone(),
            candidates: BTreeMap::new(),
            unreadable: Vec::new(),
            unknown_groups: groups.unknown(&rules.authorized),
            authorized: rules.authorized.clone(),
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
    pub fn useful_groups(&self) -> Vec<String> {
        let known = |group: &&String| !self.unknown_groups.contains(*group);
        let useful: Vec<String> = self.authorized.iter().filter(known).cloned().collect();
        if useful.is_empty() { self.authorized.clone() } else { useful }
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
        attribute: &'a crate::AttributeName,
        names: Names<'a>,
    },
}

/// What the names of groups are compared with.
struct Names<'a> {
    rules: &'a GroupRules,
    all: Vec<&'a str>,
    authorized: &'a [String],
}

impl<'a> Groups<'a> {
    fn of(rules: &'a SupplierRules, snapshot: &'a DirectorySnapshot) -> Told<Self> {
        let Some(group_rules) = &rules.groups else {
            return Ok(Self::Open);
        };
        let names = |entries: &'a [Entry]| Names {
            rules: group_rules,
            all: entries.iter().flat_map(|entry| entry.texts(&group_rules.name)).collect(),
            authorized: &rules.authorized,
        };
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
        let known: BTreeSet<&str> = names.all.iter().copied().collect();
        authorized.iter().filter(|group| !known.contains(group.as_str())).cloned().collect()
    }
}

impl Names<'_> {
    /// A name that differs in case only is neither the same nor another one: no source says how the
    /// product compares them.
    fn admission(&self, groups: Vec<(&Entry, Truth)>) -> Admission {
        let mut unclear = None;
        for (group, truth) in groups {
            for name in group.texts(&self.rules.name) {
                let same = self.authorized.iter().any(|authorized| authorized == name);
                if same && truth == Truth::True {
                    return Admission::Admitted;
                }
                if same {
                    unclear = Some(format!("only the directory can tell who is in group `{name}`"));
                } else if self.authorized.iter().any(|authorized| folds_to(authorized, name)) {
                    unclear = Some(format!("group `{name}` is authorized in another spelling"));
                }
            }
        }
        unclear.map_or(Admission::Refused, |text| Admission::Unclear(Reason::new(text)))
    }
}

fn folds_to(authorized: &str, name: &str) -> bool {
    crate::caseless::folded(authorized) == crate::caseless::folded(name)
}
