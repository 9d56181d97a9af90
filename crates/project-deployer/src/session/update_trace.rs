use project_deployer_client::DeployerError;
use project_deployer_core::rights::Operation;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{BundleId, DeploymentId, Login, Timestamp};

use super::DeployerSession;
use crate::runner::Entries;
use crate::update::{UpdateEvent, UpdatePlan};

/// An update with what is recorded of its steps.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UpdateTrace {
    /// When it began, which identifies it.
    pub start: Timestamp,
    /// When it ended; none while it runs.
    pub end: Option<Timestamp>,
    /// The requester.
    pub requester: Login,
    /// The bundle.
    pub bundle: BundleId,
    /// Its state.
    pub status: UpdateStatus,
    /// The id of its task.
    pub task: String,
    /// What it knew at its start; none if the beginning of its journal cannot be read.
    pub plan: Option<Box<UpdatePlan>>,
    /// The entries of its journal that can be read, in order.
    pub events: Vec<UpdateEvent>,
}

impl DeployerSession {
    /// An update with the events of its journal. The text of logs of the nodes is for those who may read the settings of the
    /// infrastructure.
    ///
    /// # Errors
    ///
    /// The update does not exist for the caller, or the store does not answer.
    pub async fn update_trace(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<UpdateTrace, DeployerError> {
        let view = self.view().await?;
        let found = view.deployment_for(Operation::ViewDeployment, id)?;
        let logs = view.node_logs_of(Some(&found.record.value.settings.infra_id));
        let update = self.update_record(id, start).await?;
        let Entries { events, .. } = self.deployer.entries_of(&update).await?;
        let events: Vec<_> = events.into_iter().map(|event| logs.seen(event)).collect();
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan.clone()),
            _ => None,
        });
        Ok(UpdateTrace {
            start: update.start,
            end: update.end,
            requester: update.requester,
            bundle: update.bundle,
            status: update.status,
            task: update.task.0,
            plan,
            events,
        })
    }
}
