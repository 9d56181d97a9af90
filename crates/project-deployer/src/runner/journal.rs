use std::future::Future;
use std::pin::pin;

use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::{Commit, JournalStream, Lease, StoreError};
use serde_json::Value;

use crate::deployer::{Deployer, UpdateProgress};
use crate::state::{Found, RecordCommit as _, UpdateHistory};
use crate::update::{UpdateEvent, UpdatePlan, line};

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
    /// Writes an entry, if the lease is still ours.
    pub(crate) async fn append(&mut self, event: UpdateEvent) -> Result<(), StoreError> {
        let commit = self.entry(&event)?;
        self.deployer.inner.repository.store.commit(commit).await?;
        self.remember(event);
        Ok(())
    }

    /// Ends the update.
    pub(crate) async fn close(
        &mut self,
        at: Timestamp,
        status: UpdateStatus,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        let event = UpdateEvent::Closed { at, status, reason };
        let mut commit = self.entry(&event)?;
        if let Some(history) = self.history().await? {
            let ended = history.value.ended(self.start, at, status);
            commit = commit
                .replace(&history, &ended)
                .map_err(|error| unavailable("end an update", error))?;
        }
        self.deployer.inner.repository.store.commit(commit).await?;
        self.remember(event);
        Ok(())
    }

    /// Works while it keeps the lease; stops working at once when the lease is lost.
    pub(crate) async fn holding<T>(&self, work: impl Future<Output = T>) -> Result<T, StoreError> {
        let time = self.deployer.inner.lease_time;
        let store = &self.deployer.inner.repository.store;
        let mut work = pin!(work);
        loop {
            if let Ok(result) = tokio::time::timeout(time / 3, work.as_mut()).await {
                return Ok(result);
            }
            match store.renew_lease(&self.lease, time).await {
                // A store that is away for a moment is asked again before the lease runs out.
                Ok(()) | Err(StoreError::Unavailable { .. }) => {}
                Err(lost) => return Err(lost),
            }
        }
    }

    async fn history(&self) -> Result<Option<Found<UpdateHistory>>, StoreError> {
        let found = self.deployer.inner.repository.find::<UpdateHistory>(&self.deployment).await;
        found.map_err(|error| unavailable("read the updates of a deployment", error))
    }

    fn entry(&self, event: &UpdateEvent) -> Result<Commit, StoreError> {
        let body = encode(event)?;
        Ok(Commit::new().append(self.stream.clone(), body).fenced_by(&self.lease))
    }

    /// Tells who listens, and keeps it for the next decision.
    pub(crate) fn remember(&mut self, event: UpdateEvent) {
        if let Some(line) = line(&self.plan, &event) {
            let (deployment, start) = (self.deployment.clone(), self.start);
            // Nobody may be listening.
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
