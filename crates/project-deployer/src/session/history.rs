use std::collections::HashMap;

use project_deployer_client::DeployerError;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{InfraId, ProjectKey};
use project_deployer_store::{Collection, ListedDocument, Listing};

use super::{DeployerSession, UpdateLogPart, View, may};
use crate::history::{HistoryEntry, HistoryFilter, HistoryPage};
use crate::state::{
    Found, HistoryId, HistoryListing, HistoryRecord, Record as _, Repository, read, unavailable,
};

/// How many documents are read at once.
const PAGE: usize = 500;

/// The largest number of entries of a page.
const LONGEST: usize = 1000;

/// How many documents one call looks at, so that it ends soon also if the caller may see few of them.
const EXAMINED: usize = 5000;

impl DeployerSession {
    /// A part of the history of updates, the latest start first, also of deployments that were deleted. It begins
    /// after the `next` of the page before. A caller sees the updates of those infrastructures and published projects
    /// on which it may see deployments now; a global administrator sees all of them.
    ///
    /// A page has at most `limit` entries, and at most 1,000. It has fewer where the caller sees few of those that were
    /// looked at. The first call on a state of an earlier version adds its updates to the history before.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn history(
        &self,
        filter: &HistoryFilter,
        after: Option<&HistoryId>,
        limit: usize,
    ) -> Result<HistoryPage, DeployerError> {
        self.deployer.index_history().await?;
        let view = self.view().await?;
        let mut reading =
            Reading { repository: self.repository(), view: &view, filter, seen: HashMap::new() };
        reading.page(after, limit.clamp(1, LONGEST)).await
    }

    /// One update of the history.
    ///
    /// # Errors
    ///
    /// It does not exist for the caller, or the store does not answer.
    pub async fn history_entry(&self, id: &HistoryId) -> Result<HistoryEntry, DeployerError> {
        let view = self.view().await?;
        let record = self.history_record(&view, id).await?;
        Ok(view.entry(record))
    }

    /// The lines of the log of an update of the history after a point; 0 is the beginning.
    ///
    /// # Errors
    ///
    /// The update does not exist for the caller, or the store does not answer.
    pub async fn history_log(
        &self,
        id: &HistoryId,
        after: u64,
    ) -> Result<UpdateLogPart, DeployerError> {
        let record = self.history_record(&self.view().await?, id).await?;
        self.log_part(&record.task, after, false).await
    }

    async fn history_record(
        &self,
        view: &View,
        id: &HistoryId,
    ) -> Result<HistoryRecord, DeployerError> {
        let found = self.repository().find::<HistoryRecord>(id).await?;
        let record = found.map(|found| found.value);
        let record = record.filter(|record| view.sees(record));
        record.ok_or_else(|| DeployerError::not_found(HistoryRecord::NOUN, id))
    }
}

impl View {
    /// Whether the caller may see deployments of the project on the infrastructure of an update, as they are now.
    fn sees(&self, record: &HistoryRecord) -> bool {
        if self.global_admin {
            return true;
        }
        let (infra, project) = (&record.origin.infra, &record.origin.project);
        let (Some(infra), Some(project)) = (infra, project) else { return false };
        self.sees_deployments(infra, project)
    }

    fn sees_deployments(&self, infra: &InfraId, project: &ProjectKey) -> bool {
        // What cannot be read gives no right.
        let infra = self.model.infra(infra).ok().flatten();
        let project = self.model.project(project).ok().flatten();
        let (Some(infra), Some(project)) = (infra, project) else { return false };
        may(self, Operation::ViewDeployment, Scope::deployment(&infra.value, &project.value))
    }

    fn entry(&self, record: HistoryRecord) -> HistoryEntry {
        let deployment = self.model.deployment(&record.deployment).ok().flatten();
        let exists = deployment.is_some_and(|found| found.value.uid == record.origin.uid);
        HistoryEntry::of(record, exists)
    }
}

/// A page on its way.
struct Reading<'a> {
    repository: &'a Repository,
    view: &'a View,
    filter: &'a HistoryFilter,
    /// Which projects on which infrastructures the caller sees.
    seen: HashMap<(InfraId, ProjectKey), bool>,
}

impl Reading<'_> {
    async fn page(
        &mut self,
        after: Option<&HistoryId>,
        limit: usize,
    ) -> Result<HistoryPage, DeployerError> {
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

    /// The entry of a document, if it is asked for and the caller sees it. One that cannot be read is left out
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
        Ok(read.unwrap_or_else(|error| left_out(&id, &error)).and_then(|record| self.shown(record)))
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
            Found::Unreadable(error) => left_out(id.as_str(), &error),
        };
        Ok(record.and_then(|record| self.shown(record)))
    }

    fn shown(&mut self, record: HistoryRecord) -> Option<HistoryEntry> {
        let is_shown = self.filter.lists(&record) && self.sees(&record);
        is_shown.then(|| self.view.entry(record))
    }

    fn sees(&mut self, record: &HistoryRecord) -> bool {
        let (infra, project) = (&record.origin.infra, &record.origin.project);
        let (false, Some(infra), Some(project)) = (self.view.global_admin, infra, project) else {
            return self.view.sees(record);
        };
        let view = self.view;
        let decide = || view.sees_deployments(infra, project);
        *self.seen.entry((infra.clone(), project.clone())).or_insert_with(decide)
    }
}

fn left_out(id: &str, error: &DeployerError) -> Option<HistoryRecord> {
    tracing::warn!(entry = %id, %error, "an entry of the history cannot be read");
    None
}
