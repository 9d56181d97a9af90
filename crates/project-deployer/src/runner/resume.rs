use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Commit, Lease, StoreError};

use super::{Journal, LeaseKeeper, NodeSession, Run, Taken, encode};
use crate::deployer::Deployer;
use crate::state::{LatestUpdate, UpdateRecord};
use crate::update::{UpdateEvent, UpdatePlan};

impl Deployer {
    /// Resumes the updates of processes that died, from now on and in the background, until the last clone
    /// of this Deployer is gone. A store that does not answer is asked again.
    pub fn resume_always(&self) {
        let pause = self.inner.lease_ttl / 2;
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            while let Some(inner) = weak.upgrade() {
                let deployer = Self { inner };
                if let Err(error) = deployer.resume_updates().await {
                    tracing::error!(%error, "updates could not be resumed; the next round tries again");
                }
                drop(deployer);
                tokio::time::sleep(pause).await;
            }
        });
    }

    /// Resumes the updates of processes that died, and returns how many it resumed. A process can also
    /// lose an update when its store is unavailable for longer than a lease. Updates that another process
    /// runs are skipped. An update that this program cannot read is ended as failed. One that cannot be
    /// resumed for another reason is logged and skipped; no update keeps another from being resumed.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn resume_updates(&self) -> Result<usize, DeployerError> {
        let mut resumed = 0;
        let model = self.inner.model.snapshot().await?;
        for update in model.running_updates() {
            match self.resume_one(&update.deployment).await {
                Ok(true) => resumed += 1,
                Ok(false) | Err(DeployerError::UpdateRunning { .. }) => {}
                Err(error) => {
                    let deployment = &update.deployment;
                    tracing::error!(%deployment, %error, "an update cannot be resumed");
                }
            }
        }
        Ok(resumed)
    }

    async fn resume_one(&self, deployment: &DeploymentId) -> Result<bool, DeployerError> {
        let taken = self.take_deployment(deployment).await?;
        let lease = taken.lease.clone();
        let resumed = self.resume(taken, deployment).await;
        if !matches!(resumed, Ok(true)) {
            self.release(&lease).await;
        }
        resumed
    }

    /// Reads the update again under the lease, which keeps other processes from ending it.
    async fn resume(&self, taken: Taken, id: &DeploymentId) -> Result<bool, DeployerError> {
        let latest = self.inner.repository.find::<LatestUpdate>(id).await?;
        let Some(open) = latest.map(|latest| latest.value.0).filter(UpdateRecord::is_running)
        else {
            return Ok(false);
        };
        let mut journal = match self.journal_of(&taken.lease, open.clone()).await? {
            Ok(journal) => journal,
            Err(unreadable) => {
                self.abandon(&taken.lease, &open, &unreadable).await?;
                return Ok(false);
            }
        };
        let keeper = LeaseKeeper::new(self, taken);
        let (at, holder) = (self.now(), self.inner.name.clone());
        let resumed = UpdateEvent::Resumed { at, holder };
        keeper.holding(journal.append(resumed)).await.map_err(state)?;
        match self.sessions_of(&journal.plan).await? {
            Ok(nodes) => {
                Run { deployer: self.clone(), journal, keeper, nodes }.spawn();
                Ok(true)
            }
            Err(reason) => {
                let close = journal.close(self.now(), UpdateStatus::Failed, Some(reason));
                keeper.holding(close).await.map_err(state)?;
                Ok(false)
            }
        }
    }

    /// Ends an update whose journal this program cannot read, so that it is not open for ever.
    async fn abandon(
        &self,
        lease: &Lease,
        update: &UpdateRecord,
        unreadable: &str,
    ) -> Result<(), DeployerError> {
        let (deployment, at) = (&update.deployment, self.now());
        tracing::error!(%deployment, %unreadable, "an update is abandoned");
        let reason = format!(
            "abandoned: {unreadable}. What the nodes have is unknown: check the status of the \
             deployment, then update again"
        );
        let closed = UpdateEvent::Closed { at, status: UpdateStatus::Failed, reason: Some(reason) };
        let entry = encode(&closed).map_err(state)?;
        let commit = Commit::new().append(update.task.journal(), entry).fenced_by(lease);
        let ended = update.ended(at, UpdateStatus::Failed);
        let commit = self.inner.repository.with_end(commit, ended).await?;
        self.inner.repository.commit(commit).await
    }

    /// The sessions of a plan's nodes from the current settings, or why the update cannot continue.
    async fn sessions_of(
        &self,
        plan: &UpdatePlan,
    ) -> Result<Result<Vec<NodeSession>, String>, DeployerError> {
        let infra = self.inner.repository.find::<InfraSettings>(&plan.infra).await?;
        Ok(match infra {
            Some(infra) => NodeSession::of(plan, &infra.value, &*self.inner.update_connector)
                .map_err(|error| error.to_string()),
            None => Err("its infrastructure no longer exists".to_owned()),
        })
    }

    /// The journal of an update, or why this program cannot read it.
    async fn journal_of(
        &self,
        lease: &Lease,
        update: UpdateRecord,
    ) -> Result<Result<Journal, String>, DeployerError> {
        let Entries { events, unreadable } = self.entries_of(&update).await?;
        if let Some(unreadable) = unreadable.into_iter().next() {
            return Ok(Err(unreadable));
        }
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan.as_ref().clone()),
            _ => None,
        });
        Ok(match plan {
            Some(plan) => {
                let (deployer, lease) = (self.clone(), lease.clone());
                Ok(Journal { deployer, lease, update, plan, events })
            }
            None => Err("its journal has no first entry".to_owned()),
        })
    }

    /// The journal of an update so far.
    pub(crate) async fn entries_of(&self, update: &UpdateRecord) -> Result<Entries, DeployerError> {
        let mut entries = Entries::default();
        for entry in self.inner.repository.journal(&update.task.journal(), 0).await? {
            match serde_json::from_value(entry.body) {
                Ok(event) => entries.events.push(event),
                Err(error) => {
                    let number = entry.sequence;
                    let text = format!("entry {number} of the journal cannot be read: {error}");
                    entries.unreadable.push(text);
                }
            }
        }
        Ok(entries)
    }
}

/// The entries of a journal that this program can read, and why it cannot read the others: another version
/// wrote them.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) events: Vec<UpdateEvent>,
    pub(crate) unreadable: Vec<String>,
}

fn state(error: StoreError) -> DeployerError {
    DeployerError::state("an update", error)
}
