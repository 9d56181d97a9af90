//! The people and groups of a directory at one time, read with a fixed number of searches, and the people
//! that each node's settings find in it.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::Timestamp;
use project_deployer_core::accounts::LdapSettings;

use crate::account_state::AccountState;
use crate::attribute::AttributeName;
use crate::directory::{Completeness, Directory, DirectoryError, Nature, PartialReason, Scope};
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::login_check::{check_shown, state_attributes};
use crate::schema::ServerSchema;
use crate::supplier::{LdapUrl, Search, SupplierRules};

mod entries;
mod export;
mod found_logins;
mod groups;
mod held;
mod importable;
mod left_out;
mod login_texts;
mod proof;
mod scan;
mod sight;
mod states;
mod usernames;

pub(crate) use export::Export;
pub(crate) use groups::in_another_spelling;
pub(crate) use proof::in_another_case;

pub(crate) use entries::{EntryTable, Texts};
pub use importable::{Authorization, Candidate, ImportableSet, UnreadableLogin};
pub(crate) use usernames::Usernames;

/// The results of the searches for several nodes' settings in one directory. Nodes with the same LDAP URL
/// share one snapshot. It holds names and the requested attributes, and each text only once.
#[derive(Debug, Clone)]
pub struct DirectorySnapshot {
    url: LdapUrl,
    texts: Texts,
    answers: BTreeMap<String, Fetched<EntryTable>>,
    schema: ServerSchema,
    /// What an export shows; none for a server.
    export: Option<Export>,
}

impl DirectorySnapshot {
    /// Reads the directory with one search for each different filter and list of attributes of these
    /// settings: people, groups, and groups in groups. The number of searches does not depend on the number
    /// of people (D8). A search that was interrupted is repeated once. Settings that have another URL or are
    /// not usable add no search: [`ImportableSet::of`] returns the reason. `now` decides which accounts have
    /// expired.
    pub async fn read<'a>(
        directory: &dyn Directory,
        url: &LdapUrl,
        settings: impl IntoIterator<Item = &'a LdapSettings>,
        now: Timestamp,
    ) -> Self {
        let rules = settings.into_iter().filter_map(|own| SupplierRules::compile(own).ok());
        let rules: Vec<SupplierRules> = rules.filter(|rules| rules.url() == url).collect();
        let mut texts = Texts::default();
        let mut answers: BTreeMap<String, Fetched<EntryTable>> = BTreeMap::new();
        for (key, listing) in listings(&rules, directory.nature() != Nature::Export) {
            answers.insert(key, listing.answer(directory, url, &mut texts, now).await);
        }
        if directory.nature() != Nature::Export {
            let outsiders = rules.iter().filter_map(|own| held::outsiders(own, &answers, &texts));
            for search in outsiders.collect::<Vec<_>>() {
                let listing = Listing { search, of_people: false, is_export: false };
                let key = listing.search.key();
                answers.insert(key, listing.answer(directory, url, &mut texts, now).await);
            }
        }
        answers.values_mut().flatten().for_each(EntryTable::shrink_to_fit);
        let tables = || answers.values().flatten();
        let logins: BTreeSet<&AttributeName> = rules.iter().map(|rules| &rules.login).collect();
        let values =
            logins.iter().flat_map(|login| tables().flat_map(|table| table.all_values(login)));
        texts.rank_all(values.copied());
        texts.shrink_to_fit();
        // A directory that answers nothing is not asked for more.
        let nothing = answers.values().all(Result::is_err);
        let (schema, export) = match directory.nature() {
            Nature::Server if nothing => (ServerSchema::default(), None),
            Nature::Server => {
                let schema = ServerSchema::read(directory).await;
                let people = rules.iter().filter_map(|rules| Some(rules.people().ok()?.key()));
                for key in people.collect::<BTreeSet<String>>() {
                    if let Some(Ok(people)) = answers.get_mut(&key) {
                        sight::look((directory, url), &schema, &texts, people).await;
                    }
                }
                (schema.unwrap_or_default(), None)
            }
            Nature::Memory => (ServerSchema::standard(), None),
            Nature::Export => {
                let export = Export::read(directory, url.base(), &rules).await;
                (ServerSchema::standard(), Some(export))
            }
        };
        Self { url: url.clone(), texts, answers, schema, export }
    }

    /// The URL of the directory.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        &self.url
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The schema of the server.
    pub(crate) fn schema(&self) -> &ServerSchema {
        &self.schema
    }

    /// What an export shows; none for a server.
    pub(crate) fn export(&self) -> Option<&Export> {
        self.export.as_ref()
    }

    fn answer(&self, search: &Search) -> Fetched<&EntryTable> {
        match self.answers.get(&search.key()) {
            Some(Ok(entries)) => Ok(entries),
            Some(Err(reason)) => Err(reason.clone()),
            None => {
                Err(Reason::new(format!("the directory was not searched for `{}`", search.filter)))
            }
        }
    }
}

/// Why there is no complete answer.
#[derive(Debug, thiserror::Error)]
enum Incomplete {
    #[error(transparent)]
    Failed(DirectoryError),
    #[error("the answer is incomplete: {0}")]
    Partial(PartialReason),
}

/// One search for a listing.
struct Listing {
    search: Search,
    /// Whether it finds people, whose accounts may be blocked.
    of_people: bool,
    is_export: bool,
}

impl Listing {
    /// The answer, of a second attempt if the first one was interrupted.
    async fn answer(
        &self,
        directory: &dyn Directory,
        url: &LdapUrl,
        texts: &mut Texts,
        now: Timestamp,
    ) -> Fetched<EntryTable> {
        let mut answer = self.ask(directory, url, texts, now).await;
        // Entries of the first attempt do not count: they may have changed since.
        if matches!(answer, Err(Incomplete::Partial(PartialReason::Interrupted))) {
            answer = self.ask(directory, url, texts, now).await;
        }
        answer.map_err(|not_whole| Reason::of(&not_whole))
    }

    /// The entries that it finds, stored as they arrive.
    async fn ask(
        &self,
        directory: &dyn Directory,
        url: &LdapUrl,
        texts: &mut Texts,
        now: Timestamp,
    ) -> Result<EntryTable, Incomplete> {
        let Search { filter, attributes } = &self.search;
        let mut table = EntryTable::new(attributes);
        let mut wanted: BTreeSet<AttributeName> = attributes.clone();
        if self.of_people {
            wanted.extend(AccountState::attributes().iter().cloned());
            if self.is_export {
                wanted.extend(state_attributes());
            }
        }
        let wanted: Vec<AttributeName> = wanted.into_iter().collect();
        let mut take = |entry: Entry| {
            if self.of_people {
                table.note_state(&entry, self.state(&entry, now));
            }
            table.note_attributes(&entry, &wanted);
            table.push(texts, &entry);
        };
        let asked = directory.visit(url.base(), Scope::Subtree, filter, &wanted, &mut take);
        match asked.await.map_err(Incomplete::Failed)? {
            Completeness::Complete => Ok(table),
            // The table has the groups of which members are missing; the others are complete.
            Completeness::Partial(PartialReason::CutValues { .. }) if !self.of_people => Ok(table),
            Completeness::Partial(reason) => Err(Incomplete::Partial(reason)),
        }
    }

    /// The state of an account. An export cannot be asked whether its reader was shown everything.
    fn state(&self, entry: &Entry, now: Timestamp) -> AccountState {
        match AccountState::of(entry, now) {
            AccountState::Active if self.is_export => match check_shown(entry) {
                Ok(()) => AccountState::Active,
                Err(unseen) => AccountState::Unknown(unseen.of_export()),
            },
            known => known,
        }
    }
}

/// Every different search by its key.
fn listings(rules: &[SupplierRules], is_server: bool) -> BTreeMap<String, Listing> {
    let mut listings = BTreeMap::new();
    for rules in rules {
        let wide = if is_server { None } else { rules.wide_people().ok() };
        let people = rules.people().ok();
        let finds_people = [people, wide.clone()];
        for search in rules.searches(is_server).chain(wide) {
            let of_people = finds_people.iter().flatten().any(|people| *people == search);
            let listing = Listing { search, of_people, is_export: !is_server };
            let known = listings.entry(listing.search.key()).or_insert(listing);
            known.of_people |= of_people;
        }
    }
    listings
}

#[cfg(test)]
mod tests;
