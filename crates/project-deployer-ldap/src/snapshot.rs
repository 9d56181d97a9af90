//! A directory as it was at one moment, read with a fixed number of searches, and what each node's
//! settings make of it.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::accounts::LdapSettings;

use crate::attribute::AttributeName;
use crate::directory::{Completeness, Directory, DirectoryError, PartialReason, Scope};
use crate::entry::Entry;
use crate::filter::Filter;
use crate::supplier::{LdapUrl, SupplierRules};
use crate::told::{Reason, Told};

mod census;
mod entries;
mod groups;
mod importable;
mod login_texts;

pub(crate) use entries::{EntryTable, Texts};
pub use importable::{Admission, Candidate, ImportableSet, UnreadableLogin};

/// What the searches of some nodes' settings found in one directory. Nodes with the same LDAP URL
/// share one. Of a million people it holds names and the attributes that were asked for, each text once.
#[derive(Debug, Clone)]
pub struct DirectorySnapshot {
    url: LdapUrl,
    texts: Texts,
    answers: BTreeMap<String, Told<EntryTable>>,
}

impl DirectorySnapshot {
    /// Asks the directory once for each different filter of these settings: people, groups, and groups
    /// in groups; never once per person (D8). An answer that was interrupted is asked for once more.
    /// Settings for another URL, or that cannot be used, add nothing: [`ImportableSet::of`] says so for
    /// each of them.
    pub async fn read<'a>(
        directory: &dyn Directory,
        url: &LdapUrl,
        settings: impl IntoIterator<Item = &'a LdapSettings>,
    ) -> Self {
        let mut texts = Texts::default();
        let mut answers: BTreeMap<String, Told<EntryTable>> = BTreeMap::new();
        let (searches, logins) = searches(url, settings);
        for (text, (filter, attributes)) in searches {
            let attributes: Vec<AttributeName> = attributes.into_iter().collect();
            let mut answer = ask(directory, url, &filter, &attributes, &mut texts).await;
            // No entry that came before counts: it may have changed since.
            if matches!(answer, Err(NotWhole::Partial(PartialReason::Interrupted))) {
                answer = ask(directory, url, &filter, &attributes, &mut texts).await;
            }
            answers.insert(text, answer.map_err(|not_whole| Reason::of(&not_whole)));
        }
        answers.values_mut().flatten().for_each(EntryTable::shrink_to_fit);
        let told = || answers.values().flatten();
        let values =
            logins.iter().flat_map(|login| told().flat_map(|table| table.all_values(login)));
        texts.rank_all(values.copied());
        texts.shrink_to_fit();
        Self { url: url.clone(), texts, answers }
    }

    /// Where the directory is.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        &self.url
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    fn answer(&self, filter: &Filter) -> Told<&EntryTable> {
        match self.answers.get(&filter.to_string()) {
            Some(Ok(entries)) => Ok(entries),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err(Reason::new(format!("the directory was not asked for `{filter}`"))),
        }
    }
}

/// Why there is no answer that tells of everybody.
#[derive(Debug, thiserror::Error)]
enum NotWhole {
    #[error(transparent)]
    Failed(DirectoryError),
    #[error("the answer is not whole: {0}")]
    Partial(PartialReason),
}

/// The entries that one search finds, read as they come.
async fn ask(
    directory: &dyn Directory,
    url: &LdapUrl,
    filter: &Filter,
    attributes: &[AttributeName],
    texts: &mut Texts,
) -> Result<EntryTable, NotWhole> {
    let mut table = EntryTable::new(attributes);
    let mut take = |entry: Entry| table.push(texts, &entry);
    let asked = directory.visit(url.base(), Scope::Subtree, filter, attributes, &mut take);
    match asked.await.map_err(NotWhole::Failed)? {
        Completeness::Complete => Ok(table),
        Completeness::Partial(reason) => Err(NotWhole::Partial(reason)),
    }
}

type Searches = BTreeMap<String, (Filter, BTreeSet<AttributeName>)>;

/// Every different search, and the attributes that logins are read from.
fn searches<'a>(
    url: &LdapUrl,
    settings: impl IntoIterator<Item = &'a LdapSettings>,
) -> (Searches, BTreeSet<AttributeName>) {
    let mut searches = Searches::new();
    let mut logins = BTreeSet::new();
    let rules = settings.into_iter().filter_map(|settings| SupplierRules::compile(settings).ok());
    for rules in rules.filter(|rules| rules.url() == url) {
        for (filter, attributes) in rules.searches() {
            let search = searches.entry(filter.to_string());
            search.or_insert_with(|| (filter, BTreeSet::new())).1.extend(attributes);
        }
        logins.insert(rules.login);
    }
    (searches, logins)
}

#[cfg(test)]
mod tests;
