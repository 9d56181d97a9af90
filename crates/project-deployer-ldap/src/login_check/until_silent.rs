use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::attribute::AttributeName;
use crate::directory::{Directory, DirectoryError, Nature, Scope, SearchResult};
use crate::dn::Dn;
use crate::filter::Filter;

/// A directory that is asked until it stops answering: each further search would only wait for the same
/// deadline.
#[derive(Debug)]
pub(super) struct UntilSilent {
    directory: Arc<dyn Directory>,
    silence: OnceLock<DirectoryError>,
}

impl UntilSilent {
    pub(super) fn new(directory: Arc<dyn Directory>) -> Self {
        Self { directory, silence: OnceLock::new() }
    }

    async fn unless_silent(
        &self,
        search: impl Future<Output = Result<SearchResult, DirectoryError>>,
    ) -> Result<SearchResult, DirectoryError> {
        if let Some(error) = self.silence.get() {
            return Err(error.clone());
        }
        let found = search.await;
        if let Err(error @ (DirectoryError::Unreachable { .. } | DirectoryError::TimedOut)) = &found
        {
            self.silence.get_or_init(|| error.clone());
        }
        found
    }
}

#[async_trait]
impl Directory for UntilSilent {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.unless_silent(self.directory.search(base, scope, filter, attributes)).await
    }

    async fn search_at_once(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.unless_silent(self.directory.search_at_once(base, scope, filter, attributes)).await
    }

    fn nature(&self) -> Nature {
        self.directory.nature()
    }
}
