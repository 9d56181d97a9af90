use std::collections::{HashMap, HashSet};

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use serde::Serialize;

use super::DirectorySnapshot;
use super::entries::EntryTable;
use super::found_logins::Several;
use super::groups::Groups;
use super::left_out::LeftOut;
use super::login_texts::LoginTexts;
use super::proof::PeopleProof;
use super::scan::DirectoryScan;
use crate::account_state::{AccountBlock, AccountState};
use crate::fetched::{Fetched, Reason};
use crate::group_names::GroupNames;
use crate::remapping::LoginRemapping;
use crate::supplier::{LdapUrl, SupplierRules};
use crate::texts::{NONE, StrColumn, number, position};

/// The people that the LDAP settings of one node find in its directory, by the login that they would get
/// on the node. Nodes with the same settings share one set.
#[derive(Debug, Clone)]
pub struct ImportableSet<'a> {
    snapshot: &'a DirectorySnapshot,
    people: &'a EntryTable,
    remapping: LoginRemapping,
    /// The logins in order.
    logins: LoginTexts<'a>,
    /// For each login its entry and the number of its authorization.
    candidates: Vec<(u32, u32)>,
    /// The entries of logins that have several.
    several: HashMap<u32, Several>,
    authorizations: Vec<Authorization>,
    proof: PeopleProof<'a>,
    left_out: LeftOut<'a>,
    unreadable: Vec<UnreadableLogin>,
    unknown_groups: Vec<String>,
    useful_groups: GroupNames,
}

/// A person of the directory, as one node finds it.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    set: &'a ImportableSet<'a>,
    number: u32,
}

/// Whether a node authorizes a person by groups (R-L2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Authorization {
    /// One of the person's groups is authorized, or the settings authorize every person.
    Authorized,
    /// None of the person's groups is authorized.
    Unauthorized,
    /// Only the directory or the node itself can decide.
    Unknown(Reason),
    /// The directory blocks the account, whatever the groups are.
    Blocked {
        /// The attribute and value that block it.
        block: AccountBlock,
        /// The authorization once the directory unblocks the account.
        otherwise: Box<Self>,
    },
}

/// A person of the directory whose login is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnreadableLogin {
    /// The entry.
    pub entry: String,
    /// The login after remapping, and why it is not valid.
    pub fault: String,
}

impl<'a> ImportableSet<'a> {
    /// The people that the settings of a node find in a directory.
    ///
    /// # Errors
    ///
    /// The settings are not usable, a remapping rule fails, or the answer of the directory is incomplete.
    pub fn of(settings: &LdapSettings, snapshot: &'a DirectorySnapshot) -> Fetched<Self> {
        let rules = SupplierRules::compile(settings).map_err(|error| Reason::of(&error))?;
        if rules.url() != snapshot.url() {
            let (wanted, asked) = (rules.url(), snapshot.url());
            return Err(Reason::new(format!("`{asked}` was searched instead of `{wanted}`")));
        }
        let people = snapshot.answer(&rules.people()?)?;
        let selector = rules.users.as_ref().map_err(|error| Reason::of(error))?;
        let proof = PeopleProof::of(&rules, selector, snapshot, people);
        let groups = Groups::of(&rules, snapshot)?;
        let unknown_groups = groups.unknown(&rules.authorized);
        let useful_groups = useful(&rules.authorized, &unknown_groups);
        let mut scan = DirectoryScan::new(&rules, snapshot, people, &groups, (selector, &proof));
        scan.take_all()?;
        let sorted = scan.found.sorted(people, proof.doubt());
        let (authorizations, unreadable) = (scan.authorizations, scan.unreadable);
        Ok(Self {
            snapshot,
            people,
            logins: sorted.logins,
            candidates: sorted.candidates,
            several: sorted.several,
            authorizations,
            unreadable,
            left_out: LeftOut::of(&rules, selector, snapshot, people),
            proof,
            remapping: rules.remapping.clone(),
            unknown_groups,
            useful_groups,
        })
    }

    /// The URL of the directory.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        self.snapshot.url()
    }

    /// The person with this login, spelled as on the node.
    #[must_use]
    pub fn get(&self, login: &Login) -> Option<Candidate<'_>> {
        let number = number(self.logins.binary_search(login.as_str())?);
        Some(Candidate { set: self, number })
    }

    /// All people by login, authorized or not.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Candidate<'_>> {
        (0..self.candidates.len()).map(|at| Candidate { set: self, number: number(at) })
    }

    /// The people for whom the node would create an account.
    pub fn authorized_people(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.iter().filter(Candidate::is_importable)
    }

    /// People whose login is not valid.
    #[must_use]
    pub fn unreadable(&self) -> &[UnreadableLogin] {
        &self.unreadable
    }

    /// Authorized groups that the directory does not have, or that have no member.
    #[must_use]
    pub fn unknown_groups(&self) -> &[String] {
        &self.unknown_groups
    }

    /// The groups to which a person can be added for authorization: the authorized groups that exist, or
    /// all authorized groups if none exists.
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

    /// The logins in order. The position of a login is the number of its candidate.
    pub(crate) fn logins(&self) -> &LoginTexts<'a> {
        &self.logins
    }

    pub(crate) fn candidate(&self, number: u32) -> Candidate<'_> {
        Candidate { set: self, number }
    }

    /// Why the listing does not prove that the directory has nobody with this login.
    pub(crate) fn doubt_of_absence(&self, login: &str) -> Option<Reason> {
        self.proof.of_absent(login)
    }

    /// The entries with a login that no person has, which the user filter leaves out, and the worst state of
    /// their accounts; an error where the listing does not say.
    pub(crate) fn left_out(&self, login: &str) -> Fetched<Option<(Vec<String>, AccountState)>> {
        self.left_out.find(login)
    }

    /// Why the listing does not prove that the user filter leaves out nobody.
    pub(crate) fn doubt_of_left_out(&self) -> Option<&Reason> {
        self.left_out.doubt()
    }

    /// Why the directory blocks an entry with a login that the user filter leaves out.
    pub(crate) fn block_of_left_out(&self, login: &str) -> Option<&'a AccountBlock> {
        self.left_out.block(login)
    }

    pub(crate) fn authorizations(&self) -> &[Authorization] {
        &self.authorizations
    }
}

impl<'a> Candidate<'a> {
    /// The login.
    #[must_use]
    pub fn login(&self) -> &'a str {
        std::str::from_utf8(self.set.logins.at(position(self.number))).unwrap_or_default()
    }

    /// The entries that match the login, at most ten. A login requires exactly one (R-L2).
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        let texts = self.set.snapshot.texts();
        let name = |entry: &u32| texts.name(self.set.people.name(*entry));
        let Some(several) = self.set.several.get(&self.number) else {
            return vec![name(&self.cell().0)];
        };
        let mut several = several.entries.clone();
        several.sort_by_cached_key(|entry| texts.name(self.set.people.key(*entry)));
        several.iter().map(name).collect()
    }

    /// Whether the node authorizes this person.
    #[must_use]
    pub fn authorization(&self) -> &'a Authorization {
        const NONE: &Authorization = &Authorization::Unauthorized;
        self.set.authorizations.get(position(self.authorization_number())).unwrap_or(NONE)
    }

    /// Whether exactly one entry matches the login.
    #[must_use]
    pub fn is_one(&self) -> bool {
        !self.set.several.contains_key(&self.number)
    }

    /// Whether the node would create an account.
    #[must_use]
    pub fn is_importable(&self) -> bool {
        self.authorization_number() == AUTHORIZED && self.is_one()
    }

    /// Why the listing does not prove that several entries match.
    pub(crate) fn doubt_of_several(&self) -> Option<&'a Reason> {
        self.set.several.get(&self.number)?.doubt.as_ref()
    }

    /// Whether the node would create an account, or may do so, without the state of the account in the
    /// directory.
    pub(crate) fn may_be_authorized(&self) -> bool {
        let otherwise_admitted = || match self.authorization() {
            Authorization::Blocked { otherwise, .. } => **otherwise != Authorization::Unauthorized,
            Authorization::Unknown(_) => true,
            Authorization::Authorized | Authorization::Unauthorized => false,
        };
        self.is_importable() || (self.is_one() && otherwise_admitted())
    }

    /// The key of the entry's name, if exactly one entry matches.
    pub(crate) fn entry(&self) -> Option<u32> {
        self.is_one().then(|| self.set.people.key(self.cell().0))
    }

    pub(crate) fn authorization_number(&self) -> u32 {
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
            .field("authorization", self.authorization())
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

/// The numbers of the first two authorizations of a set.
pub(super) const AUTHORIZED: u32 = 0;
pub(super) const UNAUTHORIZED: u32 = 1;
