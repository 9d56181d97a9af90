use project_deployer_client::DeployerError;
use project_deployer_core::rights::Operation;
use project_deployer_core::{DeploymentId, Timestamp};

use super::DeployerSession;
use crate::state::{Repository, TaskId, UpdateRecord};
use crate::update::{UpdateEvent, lines_of};

/// Part of the log of an update.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateLogPart {
    /// The lines, in order.
    pub lines: Vec<String>,
    /// Where the next part begins: pass it to the next call.
    pub next: u64,
    /// Whether the update has ended, so that no more lines come.
    pub ended: bool,
}

impl DeployerSession {
    /// The lines of an update's log after a point; 0 is the beginning. Whichever process runs the update, and
    /// wherever the caller stopped reading, no line is missed.
    ///
    /// # Errors
    ///
    /// The update does not exist for the caller, or the store does not answer.
    pub async fn update_log(
        &self,
        id: &DeploymentId,
        start: Timestamp,
        after: u64,
    ) -> Result<UpdateLogPart, DeployerError> {
        self.view().await?.deployment_for(Operation::ViewDeployment, id)?;
        let update = self.update_record(id, start).await?;
        self.log_part(&update.task, after, update.is_running()).await
    }

    pub(super) async fn log_part(
        &self,
        task: &TaskId,
        after: u64,
        is_running: bool,
    ) -> Result<UpdateLogPart, DeployerError> {
        log_of(self.repository(), task, after, is_running).await
    }

    pub(super) async fn update_record(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<UpdateRecord, DeployerError> {
        let record_id = UpdateRecord::record_id(id, start);
        let found = self.repository().find::<UpdateRecord>(record_id).await?;
        let found = found.ok_or_else(|| {
            DeployerError::not_found("update", format_args!("{} of {id}", start.as_millis()))
        })?;
        Ok(found.value)
    }
}

/// The lines of the log of a task's update after a point.
pub(crate) async fn log_of(
    repository: &Repository,
    task: &TaskId,
    after: u64,
    is_running: bool,
) -> Result<UpdateLogPart, DeployerError> {
    let stream = task.journal();
    let first = repository.first_entry(&stream).await?;
    let plan = first.and_then(|entry| match serde_json::from_value(entry.body) {
        Ok(UpdateEvent::Started { plan, .. }) => Some(plan),
        _ => None,
    });
    let mut part = UpdateLogPart { next: after, ..UpdateLogPart::default() };
    for entry in repository.journal(&stream, after).await? {
        part.next = entry.sequence;
        match (&plan, serde_json::from_value::<UpdateEvent>(entry.body)) {
            (Some(plan), Ok(event)) => {
                part.lines.extend(lines_of(plan, &event));
                part.ended |= matches!(event, UpdateEvent::Closed { .. });
            }
            _ => part.lines.push(format!(
                "entry {} of the journal cannot be read by this version",
                entry.sequence
            )),
        }
    }
    // An update that another version wrote may have an end that cannot be read here.
    part.ended |= part.lines.is_empty() && !is_running;
    Ok(part)
}
