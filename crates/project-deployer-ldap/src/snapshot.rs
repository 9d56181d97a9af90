//! The people and groups of a directory at one time, read with a fixed number of searches, and the people
//! that each node's settings find in it.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::{Login, Timestamp};

use crate::account_state::AccountState;
use crate::attribute::AttributeName;
use crate::directory::{Completeness, Directory, DirectoryError, PartialReason, Scope};
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::filter::Filter;
use crate::remapping::TimeBudget;
use crate::supplier::{LdapUrl, SupplierRules};

mod entries;
mod groups;
mod importable;
mod login_texts;
mod scan;

pub(crate) use entries::{EntryTable, Texts};
pub use importable::{Authorization, Candidate, ImportableSet, UnreadableLogin};

/// The results of the searches for several nodes' settings in one directory. Nodes with the same LDAP URL
/// share one snapshot. It holds names and the requested attributes, and each text only once.
#[derive(Debug, Clone)]
pub struct DirectorySnapshot {
    url: LdapUrl,
    texts: Texts,
    answers: BTreeMap<String, Fetched<EntryTable>>,
}

impl DirectorySnapshot {
    /// Reads the directory with one search for each different filter of these settings: people, groups, and
    /// groups in groups. The number of searches does not depend on the number of people (D8). A search that
    /// was interrupted is repeated once. Settings that have another URL or are not usable add no search:
    /// [`ImportableSet::of`] returns the reason. `now` decides which accounts have expired.
    pub async fn read<'a>(
        directory: &dyn Directory,
        url: &LdapUrl,
        settings: impl IntoIterator<Item = &'a LdapSettings>,
        now: Timestamp,
    ) -> Self {
        let mut texts = Texts::default();
        let mut answers: BTreeMap<String, Fetched<EntryTable>> = BTreeMap::new();
        let (searches, logins) = searches(url, settings);
        for (text, search) in searches {
            let mut answer = search.ask(directory, url, &mut texts, now).await;
            // Entries of the first attempt do not count: they may have changed since.
            if matches!(answer, Err(Incomplete::Partial(PartialReason::Interrupted))) {
                answer = search.ask(directory, url, &mut texts, now).await;
            }
            answers.insert(text, answer.map_err(|not_whole| Reason::of(&not_whole)));
        }
        answers.values_mut().flatten().for_each(EntryTable::shrink_to_fit);
        let tables = || answers.values().flatten();
        let values =
            logins.iter().flat_map(|login| tables().flat_map(|table| table.all_values(login)));
        texts.rank_all(values.copied());
        texts.shrink_to_fit();
        Self { url: url.clone(), texts, answers }
    }

    /// The URL of the directory.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        &self.url
    }

    /// The login as the directory has it, before the node of these settings remaps it; none where nobody
    /// there becomes this one.
    ///
    /// # Errors
    ///
    /// Several of its logins become this one, or the directory did not answer in full.
    pub fn username(&self, settings: &LdapSettings, login: &Login) -> Fetched<Option<String>> {
        let rules = SupplierRules::compile(settings).map_err(|error| Reason::of(&error))?;
        if rules.remapping.is_empty() {
            return Ok(Some(login.to_string()));
        }
        let people = self.answer(rules.users.reach())?;
        let mut budget = TimeBudget::new();
        let mut usernames = BTreeSet::new();
        for value in people.all_values(&rules.login) {
            let Some(text) = self.texts.text(*value) else { continue };
            let made = rules.remapping.applied(text, &mut budget);
            if made.map_err(|error| Reason::of(&error))? == login.as_str() {
                usernames.insert(text);
            }
        }
        let mut usernames = usernames.into_iter();
        match (usernames.next(), usernames.next()) {
            (Some(_), Some(_)) => {
                Err(Reason::new(format!("several people are remapped to `{login}`")))
            }
            (username, _) => Ok(username.map(str::to_owned)),
        }
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    fn answer(&self, filter: &Filter) -> Fetched<&EntryTable> {
        match self.answers.get(&filter.to_string()) {
            Some(Ok(entries)) => Ok(entries),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err(Reason::new(format!("the directory was not searched for `{filter}`"))),
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

/// One search, and the attributes that are read of each entry.
struct Search {
    filter: Filter,
    attributes: BTreeSet<AttributeName>,
    /// Whether it finds people, whose accounts may be blocked.
    of_people: bool,
}

impl Search {
    /// The entries that it finds, stored as they arrive.
    async fn ask(
        &self,
        directory: &dyn Directory,
        url: &LdapUrl,
        texts: &mut Texts,
        now: Timestamp,
    ) -> Result<EntryTable, Incomplete> {
        let mut table = EntryTable::new(&self.attributes);
        let mut wanted: Vec<AttributeName> = self.attributes.iter().cloned().collect();
        if self.of_people {
            let more = AccountState::attributes().iter();
            wanted.extend(more.filter(|name| !self.attributes.contains(name)).cloned());
        }
        let mut take = |entry: Entry| {
            if self.of_people {
                table.note_state(AccountState::of(&entry, now));
            }
            table.push(texts, &entry);
        };
        let asked = directory.visit(url.base(), Scope::Subtree, &self.filter, &wanted, &mut take);
        match asked.await.map_err(Incomplete::Failed)? {
            Completeness::Complete => Ok(table),
            Completeness::Partial(reason) => Err(Incomplete::Partial(reason)),
        }
    }
}

/// Every different search by its text, and the attributes that logins are read from.
fn searches<'a>(
    url: &LdapUrl,
    settings: impl IntoIterator<Item = &'a LdapSettings>,
) -> (BTreeMap<String, Search>, BTreeSet<AttributeName>) {
    let mut searches = BTreeMap::new();
    let mut logins = BTreeSet::new();
    let rules = settings.into_iter().filter_map(|settings| SupplierRules::compile(settings).ok());
    for rules in rules.filter(|rules| rules.url() == url) {
        for (filter, attributes) in rules.searches() {
            let of_people = filter == *rules.users.reach();
            let empty =
                || Search { filter: filter.clone(), attributes: BTreeSet::new(), of_people };
            let search = searches.entry(filter.to_string()).or_insert_with(empty);
            search.attributes.extend(attributes);
            search.of_people |= of_people;
        }
        logins.insert(rules.login);
    }
    (searches, logins)
}

#[cfg(test)]
mod tests;
