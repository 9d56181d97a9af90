//! The groups of a directory that a node authorizes, and their members.

use std::collections::{HashMap, HashSet};

use super::DirectorySnapshot;
use super::entries::{EntryTable, Texts};
use super::importable::Authorization;
use crate::attribute::AttributeName;
use crate::caseless::folded;
use crate::fetched::{Fetched, Reason};
use crate::filter::Truth;
use crate::supplier::{Membership, SupplierRules};
use crate::template::{Answer, Lookup, Who};

/// The groups of a directory, as one node's settings find them.
pub(super) enum Groups<'a> {
    /// Every person is authorized.
    Open,
    /// No list of groups decides; the groups that have an authorized name.
    Unlisted(Option<Names<'a>>),
    OnGroup {
        lookup: Lookup<'a>,
        names: Names<'a>,
        /// The names of groups that have members.
        existing: HashSet<u32>,
        /// Why nobody is certainly in no authorized group.
        cut: Option<Reason>,
    },
    OnUser {
        /// The groups by the comparison key of their name.
        by_name: HashMap<u32, u32>,
        texts: &'a Texts,
        attribute: &'a AttributeName,
        names: Names<'a>,
    },
}

/// The names of groups.
pub(super) struct Names<'a> {
    texts: &'a Texts,
    entries: &'a EntryTable,
    column: Option<usize>,
    /// The status of every name that a group of the directory has.
    statuses: HashMap<u32, NameStatus>,
}

/// Whether the settings authorize a group of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameStatus {
    Authorized,
    /// The name differs from an authorized one only in case or blanks. It gives "unknown": no source says how the
    /// product compares such names.
    AuthorizedInAnotherSpelling,
    NotAuthorized,
}

impl<'a> Groups<'a> {
    pub(super) fn of(rules: &'a SupplierRules, snapshot: &'a DirectorySnapshot) -> Fetched<Self> {
        let Some(group_rules) = &rules.groups else {
            return Ok(Self::Open);
        };
        let texts = snapshot.texts();
        let is_server = snapshot.export().is_none();
        let names = |entries| Names::of(texts, entries, &group_rules.name, &rules.authorized);
        let Some(search) = rules.member_groups() else {
            let named =
                rules.named_groups(is_server).and_then(|search| snapshot.answer(&search).ok());
            return Ok(Self::Unlisted(named.map(names)));
        };
        let entries = snapshot.answer(&search)?;
        match &group_rules.membership {
            Membership::Unlisted(_) => Ok(Self::Unlisted(None)),
            Membership::OnGroup(selector) => {
                let lookup = Lookup::new(selector, texts, entries);
                let columns: Vec<Option<usize>> =
                    selector.slots().iter().map(|slot| entries.column(&slot.attribute)).collect();
                let has_members = |entry: &u32| {
                    columns.iter().all(|column| !entries.values(*column, *entry).is_empty())
                };
                let names = names(entries);
                let existing = entries.entries().filter(has_members);
                let existing = existing.flat_map(|entry| entries.values(names.column, entry));
                let existing = existing.copied().collect();
                let cut = names.cut();
                Ok(Self::OnGroup { lookup, names, existing, cut })
            }
            Membership::OnUser { attribute, .. } => {
                let by_name = entries.entries().map(|entry| (entries.key(entry), entry)).collect();
                Ok(Self::OnUser { by_name, texts, attribute, names: names(entries) })
            }
        }
    }

    /// Whether a person is authorized.
    pub(super) fn authorization(
        &self,
        people: &EntryTable,
        person: u32,
        who: &Who<'_>,
        answer: &mut Answer,
    ) -> Authorization {
        match self {
            Self::Open => Authorization::Authorized,
            // The proof says why the listing does not decide.
            Self::Unlisted(_) => Authorization::Unauthorized,
            Self::OnGroup { lookup, names, cut, .. } => {
                match (names.authorization(lookup.find(who, answer).iter().copied()), cut) {
                    (Authorization::Unauthorized, Some(cut)) => Authorization::Unknown(cut.clone()),
                    (known, _) => known,
                }
            }
            Self::OnUser { by_name, texts, attribute, names } => {
                let held = people.values(people.column(attribute), person).iter();
                let groups = held.filter_map(|value| by_name.get(&texts.key(*value)).copied());
                names.authorization(groups.map(|group| (group, Truth::True)))
            }
        }
    }

    /// The authorized groups that the directory does not have.
    pub(super) fn unknown(&self, authorized: &[String]) -> Vec<String> {
        let known: HashSet<&str> = match self {
            Self::Open | Self::Unlisted(None) => return Vec::new(),
            Self::Unlisted(Some(names)) | Self::OnUser { names, .. } => names.texts().collect(),
            Self::OnGroup { names, existing, .. } => {
                existing.iter().filter_map(|name| names.texts.text(*name)).collect()
            }
        };
        authorized.iter().filter(|group| !known.contains(group.as_str())).cloned().collect()
    }
}

impl<'a> Names<'a> {
    fn of(
        texts: &'a Texts,
        entries: &'a EntryTable,
        attribute: &AttributeName,
        authorized: &[String],
    ) -> Self {
        let exact: HashSet<&str> = authorized.iter().map(String::as_str).collect();
        let by_fold: HashSet<String> = authorized.iter().map(|group| folded(group)).collect();
        let status = |name: &str| match exact.contains(name) {
            true => NameStatus::Authorized,
            false if by_fold.contains(&folded(name)) => NameStatus::AuthorizedInAnotherSpelling,
            false => NameStatus::NotAuthorized,
        };
        let column = entries.column(attribute);
        let values = entries.entries().flat_map(|entry| entries.values(column, entry));
        let named = values.filter_map(|value| Some((*value, status(texts.text(*value)?))));
        Self { texts, entries, column, statuses: named.collect() }
    }

    /// An authorized group of which an export shows only some members.
    fn cut(&self) -> Option<Reason> {
        let names = |entry| self.entries.values(self.column, entry);
        let cut = self.entries.entries().filter(|entry| self.entries.is_cut(*entry));
        let is_authorized = |name: &&u32| match self.statuses.get(name) {
            None | Some(NameStatus::NotAuthorized) => false,
            Some(NameStatus::Authorized | NameStatus::AuthorizedInAnotherSpelling) => true,
        };
        let name = self.texts.text(*cut.flat_map(names).find(is_authorized)?)?;
        Some(Reason::new(format!(
            "the export has only some members of group `{name}`; export all ranges, or read the server"
        )))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.statuses.keys().filter_map(|name| self.texts.text(*name))
    }

    fn authorization(&self, groups: impl IntoIterator<Item = (u32, Truth)>) -> Authorization {
        let mut unclear = None;
        for (group, truth) in groups {
            for value in self.entries.values(self.column, group) {
                let name = || self.texts.text(*value).unwrap_or_default();
                match self.statuses.get(value) {
                    None | Some(NameStatus::NotAuthorized) => {}
                    Some(NameStatus::Authorized) if truth == Truth::True => {
                        return Authorization::Authorized;
                    }
                    Some(NameStatus::Authorized) => {
                        unclear = Some(format!(
                            "only the directory can evaluate the members of group `{}`",
                            name()
                        ));
                    }
                    Some(NameStatus::AuthorizedInAnotherSpelling) => {
                        unclear = Some(in_another_spelling(name()));
                    }
                }
            }
        }
        unclear
            .map_or(Authorization::Unauthorized, |text| Authorization::Unknown(Reason::new(text)))
    }
}

/// Why a group decides nothing whose name differs from an authorized one only in case or blanks.
pub(crate) fn in_another_spelling(group: &str) -> String {
    format!(
        "the directory's group `{group}` is authorized only in another spelling; write it in `authorizedGroups` of the \
         LDAP settings as the directory does"
    )
}
