//! What is known of an update beyond its record: from its deployment and from its journal.

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_core::status::UpdateStatus;

use crate::deployer::Deployer;
use crate::runner::Entries;
use crate::state::{
    DeletedDeployment, DeploymentRecord, Found, HistoryRecord, Task, UpdateOrigin, UpdateRecord,
};
use crate::update::{NodeResult, UpdateEvent, UpdatePlan, node_results, unknown_nodes};

impl UpdateOrigin {
    /// The origin of an update of a deployment.
    pub(crate) fn of(record: &DeploymentRecord) -> Self {
        Self {
            infra: Some(record.settings.infra_id.clone()),
            project: Some(record.settings.published_project_key.clone()),
            uid: record.uid.clone(),
            ..Self::default()
        }
    }

    /// The same for a deployment that was deleted.
    pub(crate) fn of_deleted(deleted: &DeletedDeployment) -> Self {
        Self {
            infra: Some(deleted.project.infra.clone()),
            project: deleted.published.clone(),
            uid: deleted.uid.clone(),
            ..Self::default()
        }
    }
}

impl HistoryRecord {
    /// Takes over what the plan says and the record does not.
    pub(crate) fn learn(&mut self, plan: &UpdatePlan, nodes: Vec<NodeResult>) {
        let origin = &mut self.origin;
        origin.infra.get_or_insert_with(|| plan.infra.clone());
        origin.acting.get_or_insert_with(|| plan.acting.clone());
        self.requester.get_or_insert_with(|| plan.requester.clone());
        self.bundle.get_or_insert_with(|| plan.bundle.id.clone());
        self.nodes = nodes;
    }

    fn learn_from(&mut self, Entries { events, unreadable }: &Entries) {
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan),
            _ => None,
        });
        let Some(plan) = plan else { return };
        let nodes = match unreadable.is_empty() {
            true => node_results(plan, events),
            false => unknown_nodes(plan),
        };
        self.learn(plan, nodes);
    }
}

/// An update without a record that can be read, and how to end its journal if it has no end.
pub(crate) struct Recovered {
    pub(crate) entry: HistoryRecord,
    pub(crate) has_end: bool,
}

impl Deployer {
    /// An update with its origin. Records of earlier versions have none.
    pub(crate) async fn with_origin(
        &self,
        update: UpdateRecord,
    ) -> Result<UpdateRecord, DeployerError> {
        if update.origin.is_some() {
            return Ok(update);
        }
        let origin = self.origin_of(&update.deployment).await?;
        Ok(UpdateRecord { origin: Some(Box::new(origin)), ..update })
    }

    /// The origin of updates of a deployment, which may be deleted. What cannot be read is unknown.
    pub(crate) async fn origin_of(&self, id: &DeploymentId) -> Result<UpdateOrigin, DeployerError> {
        let repository = &self.inner.repository;
        if let Found::Readable(found) = repository.find_readable::<DeploymentRecord>(id).await? {
            return Ok(UpdateOrigin::of(&found.value));
        }
        let deleted = repository.find_readable::<DeletedDeployment>(id).await?;
        Ok(match deleted {
            Found::Readable(deleted) => UpdateOrigin::of_deleted(&deleted.value),
            Found::Absent | Found::Unreadable { .. } => UpdateOrigin::default(),
        })
    }

    /// The entry of an update that has ended, from its record and its journal.
    pub(crate) async fn history_of(
        &self,
        ended: &UpdateRecord,
    ) -> Result<HistoryRecord, DeployerError> {
        let mut entry = HistoryRecord::of(ended);
        entry.learn_from(&self.entries_of_task(&ended.task).await?);
        Ok(entry)
    }

    /// The entry of an update whose record cannot be read, from its task and its journal. Without an end in the
    /// journal it counts as failed now: nobody runs it.
    pub(crate) async fn recovered(
        &self,
        task: Task,
        origin: UpdateOrigin,
    ) -> Result<Recovered, DeployerError> {
        let entries = self.entries_of_task(&task.id).await?;
        let end = entries.events.iter().find_map(|event| match event {
            UpdateEvent::Closed { at, status, .. } => Some((*at, *status)),
            _ => None,
        });
        let (at, status) = end.unwrap_or((self.now(), UpdateStatus::Failed));
        let mut entry = HistoryRecord {
            deployment: task.deployment,
            start: task.start,
            task: task.id,
            end: at,
            status,
            requester: None,
            bundle: None,
            origin,
            nodes: Vec::new(),
        };
        entry.learn_from(&entries);
        Ok(Recovered { entry, has_end: end.is_some() })
    }
}
