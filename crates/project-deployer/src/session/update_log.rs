use project_deployer_client::DeployerError;
use project_deployer_core::rights::Operation;
use project_deployer_core::{DeploymentId, InfraId, Timestamp};

use super::{DeployerSession, View};
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
    /// wherever the caller stopped reading, no line is missed. The text of logs of the nodes is for those who may read the
    /// settings of the infrastructure; others see which logs there are.
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
        let view = self.view().await?;
        let found = view.deployment_for(Operation::ViewDeployment, id)?;
        let logs = view.node_logs_of(Some(&found.record.value.settings.infra_id));
        let update = self.update_record(id, start).await?;
        self.log_part(&update.task, after, update.is_running(), logs).await
    }

    pub(super) async fn log_part(
        &self,
        task: &TaskId,
        after: u64,
        is_running: bool,
        logs: NodeLogs,
    ) -> Result<UpdateLogPart, DeployerError> {
        log_of(self.repository(), task, after, is_running, logs).await
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

/// Whether a reader sees what nodes wrote to their own logs. Such logs are for administrators of the node, and no list of
/// forms of secrets is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeLogs {
    /// Their text.
    Shown,
    /// That there are some.
    Named,
}

impl NodeLogs {
    /// An entry as the reader sees it.
    pub(crate) fn seen(self, mut event: UpdateEvent) -> UpdateEvent {
        if let (Self::Named, UpdateEvent::StepLog { log, .. }) = (self, &mut event) {
            log.text.clear();
        }
        event
    }
}

impl View {
    /// How much of the logs of nodes of an infrastructure the caller sees: those who may read its settings see all
    /// (R-P5).
    pub(super) fn node_logs_of(&self, infra: Option<&InfraId>) -> NodeLogs {
        let may = |id| self.infra_for(Operation::ReadInfraSettings, id).is_ok();
        if self.global_admin || infra.is_some_and(may) { NodeLogs::Shown } else { NodeLogs::Named }
    }
}

/// The lines of the log of a task's update after a point.
pub(crate) async fn log_of(
    repository: &Repository,
    task: &TaskId,
    after: u64,
    is_running: bool,
    logs: NodeLogs,
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
                let event = logs.seen(event);
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
