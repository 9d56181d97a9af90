use std::collections::HashMap;

use project_deployer_client::DeployerError;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{InfraId, ProjectKey};

use super::{DeployerSession, UpdateLogPart, View, may};
use crate::history::{HistoryEntry, HistoryFilter, HistoryPage, Reader, Reading};
use crate::state::{HistoryId, HistoryRecord, Record as _};

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
        let caller = Seeing { view: &view, seen: HashMap::new() };
        Reading::new(self.repository(), caller, filter).page(after, limit).await
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
        let view = self.view().await?;
        let record = self.history_record(&view, id).await?;
        let logs = view.node_logs_of(record.origin.infra.as_ref());
        self.log_part(&record.task, after, false, logs).await
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

/// A caller, who sees what its rights show.
struct Seeing<'a> {
    view: &'a View,
    /// Which projects on which infrastructures the caller sees.
    seen: HashMap<(InfraId, ProjectKey), bool>,
}

impl Reader for Seeing<'_> {
    fn sees(&mut self, record: &HistoryRecord) -> bool {
        let (infra, project) = (&record.origin.infra, &record.origin.project);
        let (false, Some(infra), Some(project)) = (self.view.global_admin, infra, project) else {
            return self.view.sees(record);
        };
        let view = self.view;
        let decide = || view.sees_deployments(infra, project);
        *self.seen.entry((infra.clone(), project.clone())).or_insert_with(decide)
    }

    async fn entry(&self, record: HistoryRecord) -> Result<HistoryEntry, DeployerError> {
        Ok(self.view.entry(record))
    }
}
