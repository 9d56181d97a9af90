//! Pages of the history, for whoever reads it.

use project_deployer_client::DeployerError;
use project_deployer_store::{Collection, ListedDocument, Listing};

use super::entry::{HistoryEntry, HistoryFilter, HistoryPage};
use crate::state::{
    Found, HistoryId, HistoryListing, HistoryRecord, Record as _, Repository, read, unavailable,
};

/// How many documents are read at once.
const PAGE: usize = 500;

/// The largest number of entries of a page.
const LONGEST: usize = 1000;

/// How many documents one call looks at, so that it ends soon also if the reader sees few of them.
const EXAMINED: usize = 5000;

/// Who reads the history.
pub(crate) trait Reader {
    /// Whether an update exists for the reader.
    fn sees(&mut self, record: &HistoryRecord) -> bool;

    /// An update as the reader gets it.
    async fn entry(&self, record: HistoryRecord) -> Result<HistoryEntry, DeployerError>;
}

/// A page on its way.
pub(crate) struct Reading<'a, R> {
    repository: &'a Repository,
    reader: R,
    filter: &'a HistoryFilter,
}

impl<'a, R: Reader> Reading<'a, R> {
    pub(crate) fn new(repository: &'a Repository, reader: R, filter: &'a HistoryFilter) -> Self {
        Self { repository, reader, filter }
    }

    /// The page after an update; the first one without it.
    pub(crate) async fn page(
        mut self,
        after: Option<&HistoryId>,
        limit: usize,
    ) -> Result<HistoryPage, DeployerError> {
        let limit = limit.clamp(1, LONGEST);
        let (kind, prefix) = self.place();
        let until = self.filter.until.map(HistoryId::before);
        let mut after = after.max(until.as_ref()).cloned();
        let (mut entries, mut examined) = (Vec::new(), 0);
        loop {
            let mut listing = Listing::of(kind.clone(), PAGE).below(&prefix);
            listing.after = after.as_ref().map(|after| format!("{prefix}{after}"));
            let page = self.repository.store.list(&listing).await.map_err(unavailable)?;
            let is_last = page.len() < PAGE;
            for document in page {
                let id = HistoryId::new(document.id.get(prefix.len()..).unwrap_or_default());
                if self.is_past(&id) {
                    return Ok(HistoryPage { entries, next: None });
                }
                entries.extend(self.entry(document).await?);
                examined += 1;
                after = Some(id);
                if entries.len() == limit || examined == EXAMINED {
                    return Ok(HistoryPage { entries, next: after });
                }
            }
            if is_last {
                return Ok(HistoryPage { entries, next: None });
            }
        }
    }

    /// What is listed: the entries, or the listings of one deployment.
    fn place(&self) -> (Collection, String) {
        match &self.filter.deployment {
            Some(deployment) => (HistoryListing::KIND, HistoryListing::prefix(deployment)),
            None => (HistoryRecord::KIND, String::new()),
        }
    }

    /// Whether this update, and so all that follow, began too early.
    fn is_past(&self, id: &HistoryId) -> bool {
        let start = id.start();
        self.filter.from.is_some_and(|from| start.is_some_and(|start| start < from))
    }

    /// The entry of a document, if it is asked for and the reader sees it. One that cannot be read is left out
    /// (R-I9).
    async fn entry(
        &mut self,
        document: ListedDocument,
    ) -> Result<Option<HistoryEntry>, DeployerError> {
        let id = document.id.clone();
        let read = match &self.filter.deployment {
            None => read::<HistoryRecord>(document).map(Some),
            Some(_) => match read::<HistoryListing>(document) {
                Ok(listing) => return self.listed(&listing).await,
                Err(error) => Err(error),
            },
        };
        self.shown(read.unwrap_or_else(|error| left_out(&id, &error))).await
    }

    /// The entry of a listing. None also if retention removed it meanwhile.
    async fn listed(
        &mut self,
        listing: &HistoryListing,
    ) -> Result<Option<HistoryEntry>, DeployerError> {
        if !self.filter.may_list(listing) {
            return Ok(None);
        }
        let id = listing.history_id();
        let record = match self.repository.find_readable::<HistoryRecord>(&id).await? {
            Found::Readable(found) => Some(found.value),
            Found::Absent => None,
            Found::Unreadable { error, .. } => left_out(id.as_str(), &error),
        };
        self.shown(record).await
    }

    async fn shown(
        &mut self,
        record: Option<HistoryRecord>,
    ) -> Result<Option<HistoryEntry>, DeployerError> {
        let shown = record.filter(|record| self.filter.lists(record) && self.reader.sees(record));
        match shown {
            Some(record) => self.reader.entry(record).await.map(Some),
            None => Ok(None),
        }
    }
}

fn left_out(id: &str, error: &DeployerError) -> Option<HistoryRecord> {
    tracing::warn!(entry = %id, %error, "an entry of the history cannot be read");
    None
}
