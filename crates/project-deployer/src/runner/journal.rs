use std::fmt;
use std::time::Duration;

use project_deployer_core::Timestamp;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Commit, Lease, StoreError};
use serde_json::Value;
use tokio::time::sleep;

use super::resume::Entries;
use crate::deployer::{Deployer, UpdateProgress};
use crate::state::{
    CancelRequest, EndOfUpdate as _, HistoryRecord, Record as _, RecordCommit as _, Task,
    UpdateRecord, VersionedRecord,
};
use crate::update::{UpdateEvent, UpdatePlan, line, node_results};

/// How long to wait for an unavailable store: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The journal of an update that this process runs, under its lease. `Debug` leaves out plan and entries, which
/// may hold secret variables.
pub(crate) struct Journal {
    pub(crate) deployer: Deployer,
    pub(crate) lease: Lease,
    pub(crate) update: UpdateRecord,
    pub(crate) plan: UpdatePlan,
    pub(crate) events: Vec<UpdateEvent>,
    /// Its task as it was read. A cancel changes it, so no step begins and the update does not end past a cancel that
    /// was stored before. None if it cannot be read.
    pub(crate) task: Option<VersionedRecord<Task>>,
}

impl Journal {
    /// Writes an entry, if this process still holds the lease. [`StoreError::Conflict`] for the start of a step, and for the refusal
    /// of a window, if the update was cancelled meanwhile.
    pub(crate) async fn append(&mut self, event: UpdateEvent) -> Result<(), StoreError> {
        self.persist(event).await
    }

    /// The cancel that is known so far.
    pub(crate) fn cancel_request(&self) -> Option<CancelRequest> {
        let by_task = self.task.as_ref().and_then(|task| task.value.cancel.clone());
        let by_journal = || {
            self.events.iter().find_map(|event| match event {
                UpdateEvent::CancelRequested { at, by } => {
                    Some(CancelRequest { by: by.clone(), at: *at })
                }
                _ => None,
            })
        };
        by_task.or_else(by_journal)
    }

    /// Reads the task again, and returns the cancel that is in it.
    pub(crate) async fn read_task(&mut self) -> Result<Option<CancelRequest>, StoreError> {
        let key = Task::KIND.key(&self.update.task.0);
        let mut pause = FIRST_PAUSE;
        let document = loop {
            match self.deployer.inner.repository.store.read(&key).await {
                Ok(document) => break document,
                Err(error) if error.is_transient() => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                // What cannot be read names no cancel.
                Err(StoreError::Damaged { .. }) => break None,
                Err(error) => return Err(error),
            }
        };
        self.task = document.and_then(|document| VersionedRecord::of(&key, document).ok());
        Ok(self.cancel_request())
    }

    /// Puts the entries into the order that the store has: another process, which may go on, decides by that one. Where it cannot
    /// be read, they stay in the order in which this process learned them.
    pub(crate) async fn in_stored_order(&mut self) {
        match self.deployer.entries_of(&self.update).await {
            Ok(Entries { events, unreadable })
                if unreadable.is_empty() && events.len() == self.events.len() =>
            {
                self.events = events;
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the order of a journal is unknown"),
        }
    }

    /// Ends the update. [`StoreError::Conflict`] if it was cancelled meanwhile.
    pub(crate) async fn close(
        &mut self,
        at: Timestamp,
        status: UpdateStatus,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        self.persist(UpdateEvent::Closed { at, status, reason }).await
    }

    /// Writes an entry once. While the store does not answer, the same commit is sent again, as long as the
    /// caller holds the lease. The store writes it once. What cannot pass by itself ends the work of this
    /// process on the update.
    async fn persist(&mut self, event: UpdateEvent) -> Result<(), StoreError> {
        let mut pause = FIRST_PAUSE;
        // Built once: a store recognises a commit by its id and its content.
        let commit = self.entry(&event)?;
        loop {
            match self.deployer.inner.repository.store.commit(commit.clone()).await {
                Ok(_) => break,
                Err(error) if error.is_transient() => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(refused) => return Err(refused),
            }
        }
        self.remember(event);
        Ok(())
    }

    /// The commit of an entry. The end of an update changes its records as well.
    fn entry(&self, event: &UpdateEvent) -> Result<Commit, StoreError> {
        let stream = self.update.task.journal();
        let commit = Commit::new().append(stream, encode(event)?).fenced_by(&self.lease);
        let seen = |commit: Commit| match &self.task {
            Some(task) => commit.unchanged(task),
            None => commit,
        };
        match event {
            UpdateEvent::StepStarted { .. }
            | UpdateEvent::HookStarted { .. }
            | UpdateEvent::OutsideWindow { .. } => Ok(seen(commit)),
            UpdateEvent::Closed { at, status, .. } => {
                let ended = self.update.ended(*at, *status);
                let ended = seen(commit).with_end(&ended, &self.history_of(&ended));
                ended.map_err(|error| StoreError::Malformed(error.to_string()))
            }
            _ => Ok(commit),
        }
    }

    fn history_of(&self, ended: &UpdateRecord) -> HistoryRecord {
        let mut entry = HistoryRecord::of(ended);
        entry.learn(&self.plan, node_results(&self.plan, &self.events));
        entry
    }

    /// Sends an event to progress receivers, and keeps it for the next decision. Of a log of a node they get its name alone:
    /// its text is for administrators, and receivers are no callers.
    pub(crate) fn remember(&mut self, event: UpdateEvent) {
        if let Some(line) = line(&self.plan, &event) {
            let (deployment, start) = (self.update.deployment.clone(), self.update.start);
            // There may be no receiver.
            let _ = self.deployer.inner.progress.send(UpdateProgress { deployment, start, line });
        }
        self.events.push(event);
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("update", &self.update)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// An entry as the journal holds it.
pub(crate) fn encode(event: &UpdateEvent) -> Result<Value, StoreError> {
    serde_json::to_value(event).map_err(|error| StoreError::Malformed(error.to_string()))
}
