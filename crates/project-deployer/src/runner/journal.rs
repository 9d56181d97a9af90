use std::time::Duration;

use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::{Commit, JournalStream, Lease, StoreError};
use serde_json::Value;
use tokio::time::sleep;

use crate::deployer::{Deployer, UpdateProgress};
use crate::state::{RecordCommit as _, UpdateHistory, VersionedRecord};
use crate::update::{UpdateEvent, UpdatePlan, line};

/// How long to wait for an unavailable store: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The journal of an update that this process runs, under its lease.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) deployer: Deployer,
    pub(crate) lease: Lease,
    pub(crate) stream: JournalStream,
    pub(crate) deployment: DeploymentId,
    pub(crate) start: Timestamp,
    pub(crate) plan: UpdatePlan,
    pub(crate) events: Vec<UpdateEvent>,
}

impl Journal {
    /// Writes an entry, if this process still holds the lease.
    pub(crate) async fn append(&mut self, event: UpdateEvent) -> Result<(), StoreError> {
        self.persist(event).await
    }

    /// Ends the update.
    pub(crate) async fn close(
        &mut self,
        at: Timestamp,
        status: UpdateStatus,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        self.persist(UpdateEvent::Closed { at, status, reason }).await
    }

    /// Writes an entry once. While the store is unavailable, the write is retried as long as the
    /// caller holds the lease.
    async fn persist(&mut self, event: UpdateEvent) -> Result<(), StoreError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_persist(&event).await {
                Ok(()) => break,
                Err(StoreError::Unavailable { .. }) => {
                    // Perhaps only the answer was lost, so read back.
                    if self.is_written(&event).await? {
                        break;
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(refused) => return Err(refused),
            }
        }
        self.remember(event);
        Ok(())
    }

    /// The end of an update is written to the list of updates in the same commit.
    async fn try_persist(&self, event: &UpdateEvent) -> Result<(), StoreError> {
        let body = encode(event)?;
        let mut commit = Commit::new().append(self.stream.clone(), body).fenced_by(&self.lease);
        if let UpdateEvent::Closed { at, status, .. } = event
            && let Some(history) = self.history().await?
        {
            let ended = history.value.ended(self.start, *at, *status);
            let replaced = commit.replace(&history, &ended);
            commit = replaced.map_err(|error| unavailable("end an update", error))?;
        }
        self.deployer.inner.repository.store.commit(commit).await
    }

    /// Whether the journal has an entry that is not in memory: there is no other writer. If the
    /// store does not answer, the caller retries.
    async fn is_written(&self, event: &UpdateEvent) -> Result<bool, StoreError> {
        let known = self.events.len() as u64;
        let store = &self.deployer.inner.repository.store;
        match store.journal(&self.stream, known).await {
            Ok(entries) => {
                let body = encode(event)?;
                Ok(entries.iter().any(|entry| entry.body == body))
            }
            Err(StoreError::Unavailable { .. }) => Ok(false),
            Err(refused) => Err(refused),
        }
    }

    async fn history(&self) -> Result<Option<VersionedRecord<UpdateHistory>>, StoreError> {
        let found = self.deployer.inner.repository.find::<UpdateHistory>(&self.deployment).await;
        found.map_err(|error| unavailable("read the updates of a deployment", error))
    }

    /// Sends an event to progress receivers, and keeps it for the next decision.
    pub(crate) fn remember(&mut self, event: UpdateEvent) {
        if let Some(line) = line(&self.plan, &event) {
            let (deployment, start) = (self.deployment.clone(), self.start);
            // There may be no receiver.
            let _ = self.deployer.inner.progress.send(UpdateProgress { deployment, start, line });
        }
        self.events.push(event);
    }
}

/// An entry as the journal holds it.
pub(crate) fn encode(event: &UpdateEvent) -> Result<Value, StoreError> {
    serde_json::to_value(event).map_err(|error| unavailable("write an update", error))
}

fn unavailable(
    action: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Unavailable { action: action.to_owned(), source: source.into() }
}
