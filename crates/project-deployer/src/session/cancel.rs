//! The cancel of an update.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::rights::Operation;
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::Commit;
use serde_json::json;

use super::{DeployerSession, state};
use crate::audit::{Action, Change};
use crate::runner::encode;
use crate::state::{
    CancelRequest, DeploymentRecord, Record as _, RecordCommit as _, Task, UpdateRecord,
};
use crate::update::UpdateEvent;

/// How often a cancel is tried beside other writers of the same update: its end, and other cancels.
const ATTEMPTS: usize = 3;

impl DeployerSession {
    /// Cancels an update, whichever process runs it. Whoever may update the deployment may cancel.
    ///
    /// The request is stored when this returns, and the update ends within 30 s: [`wait`](Self::wait) for it. Its log
    /// says what was written on each node, what was not, and what is unknown since a node does not answer. Before the
    /// activation, the old bundle stays active, and the update ends as
    /// [`Aborted`](project_deployer_core::status::UpdateStatus::Aborted). A node on which the bundle was activated is
    /// finished, and if it is the last one, the cancel comes too late: the update ends as if nobody had cancelled it. An
    /// update that waits in the queue, or whose process died, ends at once. To cancel twice is the same as once; the
    /// first request is returned.
    ///
    /// # Errors
    ///
    /// The update does not exist for the caller, the caller may not update the deployment, the update has ended
    /// without a cancel, or the store does not answer.
    pub async fn cancel_update(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<CancelRequest, DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        self.attempt(Action::Cancel, named, self.cancel(id, start)).await
    }

    async fn cancel(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<CancelRequest, DeployerError> {
        let view = self.view().await?;
        view.deployment_for(Operation::UpdateDeployment, id)?;
        let request = CancelRequest { by: view.login.clone(), at: self.deployer.now() };
        let (request, task) = self.request_cancel(id, start, request).await?;
        if !self.deployer.hasten_cancel(&task.id)
            && let Err(error) = self.deployer.resume_one(id).await
        {
            // Another process, or the next round of the recovery, ends it.
            tracing::debug!(deployment = %id, %error, "a cancelled update is not resumed here");
        }
        Ok(request)
    }

    /// Records a cancel, or finds the one that was recorded.
    async fn request_cancel(
        &self,
        id: &DeploymentId,
        start: Timestamp,
        request: CancelRequest,
    ) -> Result<(CancelRequest, Task), DeployerError> {
        let (repository, record) = (self.repository(), UpdateRecord::record_id(id, start));
        for _ in 0..ATTEMPTS {
            let update = repository.find::<UpdateRecord>(&record).await?;
            let update = update.ok_or_else(|| {
                DeployerError::not_found(
                    UpdateRecord::NOUN,
                    format_args!("{} of {id}", start.as_millis()),
                )
            })?;
            let task = self.repository().existing::<Task>(&update.value.task.0).await?;
            if let Some(first) = task.value.cancel.clone() {
                return Ok((first, task.value));
            }
            if !update.value.is_running() {
                let deployment = ResourceRef::new(DeploymentRecord::NOUN, id);
                let status = update.value.status;
                return Err(DeployerError::UpdateEnded { deployment, status });
            }
            let event = UpdateEvent::CancelRequested { at: request.at, by: request.by.clone() };
            let cancelled = Task { cancel: Some(request.clone()), ..task.value.clone() };
            // The update has not ended before this commit, and its end is not written past it.
            let commit = Commit::new()
                .unchanged(&update)
                .replace(&task, &cancelled)?
                .append(cancelled.id.journal(), encode(&event).map_err(state)?);
            let change = Change::of(Action::Cancel, DeploymentRecord::KIND.name(), id)
                .with_after(json!({"start": start}));
            match self.commit(commit, change).await {
                Ok(()) => return Ok((request, cancelled)),
                Err(DeployerError::ChangedMeanwhile(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(DeployerError::ChangedMeanwhile(ResourceRef::new(UpdateRecord::NOUN, record)))
    }
}
