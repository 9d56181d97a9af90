//! One answer for equal searches. Nodes whose settings differ in one place often make equal searches in another:
//! the same group search after different user searches.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};

use crate::attribute::AttributeName;
use crate::directory::{Directory, DirectoryError, Nature, Scope, SearchResult};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;

type Shareable = Arc<dyn Directory>;

/// Lets those who ask the same directory share their answers. Returns the directories that several ask.
pub(super) fn share<'a>(
    askers: impl Iterator<Item = &'a mut Shareable>,
) -> Vec<Arc<SharedSearches>> {
    let mut all = Vec::new();
    let mut of_directory: Vec<(Shareable, Vec<&mut Shareable>)> = Vec::new();
    for asker in askers {
        match of_directory.iter_mut().find(|(directory, _)| Arc::ptr_eq(directory, asker)) {
            Some((_, askers)) => askers.push(asker),
            None => of_directory.push((Arc::clone(asker), vec![asker])),
        }
    }
    for (directory, askers) in of_directory.into_iter().filter(|(_, askers)| askers.len() > 1) {
        let shared = Arc::new(SharedSearches::new(directory));
        askers.into_iter().for_each(|asker| *asker = Arc::clone(&shared) as Shareable);
        all.push(shared);
    }
    all
}

/// A directory that is asked once for each search at once, for as long as this value lives.
pub(super) struct SharedSearches {
    directory: Arc<dyn Directory>,
    asked: Mutex<HashMap<Search, Answer>>,
}

/// Base and scope, filter and attributes. Equal texts are equal searches.
type Search = (String, Scope, String, Vec<AttributeName>);
type Answer = Shared<BoxFuture<'static, Result<SearchResult, DirectoryError>>>;

impl SharedSearches {
    pub(super) fn new(directory: Arc<dyn Directory>) -> Self {
        Self { directory, asked: Mutex::default() }
    }

    /// Asks without keeping the answer.
    pub(super) async fn once(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.directory.search_at_once(base, scope, filter, attributes).await
    }

    /// Keeps what a search below a base finds.
    pub(super) fn keep(
        &self,
        base: &Dn,
        filter: &Filter,
        attributes: &[AttributeName],
        entries: &[Entry],
    ) {
        let search = (base.to_string(), Scope::Subtree, filter.to_string(), attributes.to_vec());
        let answer = futures::future::ready(Ok(SearchResult::all(entries.to_vec())));
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.entry(search).or_insert_with(|| answer.boxed().shared());
    }
}

#[async_trait]
impl Directory for SharedSearches {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.directory.search(base, scope, filter, attributes).await
    }

    async fn search_at_once(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let search = (base.to_string(), scope, filter.to_string(), attributes.to_vec());
        let answer = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let ask = || {
                let directory = Arc::clone(&self.directory);
                let (base, filter, attributes) =
                    (base.clone(), filter.clone(), attributes.to_vec());
                let ask = async move {
                    directory.search_at_once(&base, scope, &filter, &attributes).await
                };
                ask.boxed().shared()
            };
            asked.entry(search).or_insert_with(ask).clone()
        };
        answer.await
    }

    fn nature(&self) -> Nature {
        self.directory.nature()
    }
}

impl fmt::Debug for SharedSearches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSearches").field("directory", &self.directory).finish_non_exhaustive()
    }
}
