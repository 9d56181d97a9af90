use std::time::Duration;

use async_trait::async_trait;
use project_deployer_client::{DeployerError, ResourceRef, UpdateOperations};
use project_deployer_core::node::FutureState;
use project_deployer_core::rights::Operation;
use project_deployer_core::status::{UpdateDetail, UpdateLogs, UpdateStatus, UpdateSummary};
use project_deployer_core::{DeploymentId, Timestamp};

use super::DeployerSession;
use super::update_start::WithStart;
use crate::audit::Action;
use crate::runner::Entries;
use crate::state::{DeploymentRecord, Record as _, Task, UpdateRecord};
use crate::update::{UpdateEvent, lines, stalled};

/// How often an update of another process is polled.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

#[async_trait]
impl UpdateOperations for DeployerSession {
    async fn start_update(&self, id: &DeploymentId) -> Result<FutureState, DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        self.attempt(Action::Update, named, self.start(id)).await
    }

    async fn updates(&self, id: &DeploymentId) -> Result<Vec<UpdateSummary>, DeployerError> {
        let view = self.view().await?;
        view.deployment_for(Operation::ViewDeployment, id)?;
        let prefix = UpdateRecord::prefix(id);
        let updates = self.repository().readable_below::<UpdateRecord>(&prefix).await?;
        Ok(updates.iter().rev().map(UpdateRecord::summary).collect())
    }

    async fn update(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<UpdateDetail, DeployerError> {
        let view = self.view().await?;
        let found = view.deployment_for(Operation::ViewDeployment, id)?;
        let logs = view.node_logs_of(Some(&found.record.value.settings.infra_id));
        let update = self.update_record(id, start).await?;
        let Entries { events, unreadable } = self.deployer.entries_of(&update).await?;
        let events: Vec<_> = events.into_iter().map(|event| logs.seen(event)).collect();
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan),
            _ => None,
        });
        let mut lines = plan.map(|plan| lines(plan, &events)).unwrap_or_default();
        lines.extend(unreadable);
        if let Some(stalled) = plan.and_then(|plan| stalled(plan, &events, self.deployer.now())) {
            lines.push(stalled.to_string());
        }
        let kind = UpdateRecord::KIND_OF_CHANGE;
        let mut detail = UpdateDetail::new(update.start, update.requester, kind, update.status);
        detail.end_timestamp = update.end;
        detail.logs = (!lines.is_empty()).then(|| UpdateLogs::new(lines));
        Ok(detail)
    }

    async fn last_update(&self, id: &DeploymentId) -> Result<UpdateDetail, DeployerError> {
        let view = self.view().await?;
        view.deployment_for(Operation::ViewDeployment, id)?;
        let latest = view.model.latest_update(id)?;
        let latest = latest.ok_or_else(|| DeployerError::not_found("update of", id))?;
        self.update(id, latest.start).await
    }

    async fn future(&self, id: &str) -> Result<FutureState, DeployerError> {
        let task = self.task(id).await?;
        let detail = self.update(&task.deployment, task.start).await?;
        let end = detail.end_timestamp.unwrap_or_else(|| self.deployer.now());
        let running_time = i64::try_from(end.millis_since(task.start)).unwrap_or(i64::MAX);
        let mut state = FutureState::default();
        state.job_id = Some(task.id.0);
        state.start_time = task.start.as_millis();
        state.running_time = running_time;
        if detail.status == UpdateStatus::Running {
            state.alive = true;
            return Ok(state);
        }
        let is_aborted = detail.status == UpdateStatus::Aborted;
        let result = serde_json::to_value(detail);
        let result = result.map_err(|error| DeployerError::state("an update", error))?;
        state.has_result = true;
        state.aborted = is_aborted;
        state.result = Some(result);
        Ok(state)
    }

    /// Whoever may update the deployment may stop its task.
    async fn abort_future(&self, id: &str) -> Result<(), DeployerError> {
        let named = ResourceRef::new(Task::NOUN, id);
        let task = self.attempt(Action::Cancel, named, self.task(id)).await?;
        self.cancel_update(&task.deployment, task.start).await.map(|_| ())
    }
}

impl DeployerSession {
    async fn start(&self, id: &DeploymentId) -> Result<FutureState, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::UpdateDeployment, id)?;
        self.launch(&view, deployment, WithStart::default()).await
    }

    /// Waits for the end of an update that [`start_update`] began, and returns its result.
    ///
    /// [`start_update`]: UpdateOperations::start_update
    ///
    /// # Errors
    ///
    /// The task does not exist for the caller, or the store does not answer. A failed update is no
    /// error here: see its status and log.
    pub async fn wait(&self, task: &FutureState) -> Result<UpdateDetail, DeployerError> {
        let id = task.job_id.as_deref().unwrap_or_default();
        let known = self.task(id).await?;
        let watcher = self.deployer.running().get(id).map(|update| update.ended.clone());
        if let Some(mut watcher) = watcher {
            // The sender is dropped with its task, which also ends the wait.
            let _ = watcher.wait_for(|ended| *ended).await;
        }
        loop {
            let detail = self.update(&known.deployment, known.start).await?;
            if detail.status != UpdateStatus::Running {
                return Ok(detail);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// A task, if the caller may see its deployment.
    async fn task(&self, id: &str) -> Result<Task, DeployerError> {
        let view = self.view().await?;
        let absent = || DeployerError::NotFound(ResourceRef::new(Task::NOUN, id));
        let task = self.repository().find::<Task>(id).await?.ok_or_else(absent)?.value;
        match view.deployment_for(Operation::ViewDeployment, &task.deployment) {
            Ok(_) => Ok(task),
            Err(DeployerError::NotFound(_)) => Err(absent()),
            Err(error) => Err(error),
        }
    }
}
