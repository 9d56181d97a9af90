use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Lease, StoreError};

use super::{Journal, LeaseKeeper, NodeSession, Run, Taken};
use crate::deployer::Deployer;
use crate::state::{LatestUpdate, UpdateRecord};
use crate::update::{UpdateEvent, UpdatePlan};

impl Deployer {
    /// Resumes the updates of processes that died, and returns how many it resumed. Call it when
    /// the host starts, and periodically: a process can also lose an update when its store is
    /// unavailable for longer than a lease. Updates that another process runs are skipped. An
    /// update that cannot be resumed is logged and skipped; it ends when the next update of its
    /// deployment is requested.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn resume_updates(&self) -> Result<usize, DeployerError> {
        let mut resumed = 0;
        for LatestUpdate(update) in self.inner.repository.readable::<LatestUpdate>().await? {
            let deployment = &update.deployment;
            if !update.is_running() {
                continue;
            }
            let taken = match self.take_deployment(deployment).await {
                Ok(taken) => taken,
                Err(DeployerError::UpdateRunning { .. }) => continue,
                Err(error) => return Err(error),
            };
            let lease = taken.lease.clone();
            match self.resume(taken, deployment).await {
                Ok(true) => resumed += 1,
                Ok(false) => self.release(&lease).await,
                Err(error) => {
                    tracing::error!(%deployment, %error, "an update cannot be resumed");
                    self.release(&lease).await;
                }
            }
        }
        Ok(resumed)
    }

    /// Reads the update again under the lease, which keeps other processes from ending it.
    async fn resume(&self, taken: Taken, id: &DeploymentId) -> Result<bool, DeployerError> {
        let latest = self.inner.repository.find::<LatestUpdate>(id).await?;
        let Some(open) = latest.map(|latest| latest.value.0).filter(UpdateRecord::is_running)
        else {
            return Ok(false);
        };
        let mut journal = self.journal_of(&taken.lease, open).await?;
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

    async fn journal_of(
        &self,
        lease: &Lease,
        update: UpdateRecord,
    ) -> Result<Journal, DeployerError> {
        let events = self.events_of(&update).await?;
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan.as_ref().clone()),
            _ => None,
        });
        let plan = plan.ok_or_else(|| {
            DeployerError::state(
                format!("an update of {}", update.deployment),
                "its journal has no first entry",
            )
        })?;
        Ok(Journal { deployer: self.clone(), lease: lease.clone(), update, plan, events })
    }

    /// The journal of an update so far.
    pub(crate) async fn events_of(
        &self,
        update: &UpdateRecord,
    ) -> Result<Vec<UpdateEvent>, DeployerError> {
        let stream = update.task.journal();
        let entries = self.inner.repository.journal(&stream, 0).await?;
        let events = entries.into_iter().map(|entry| serde_json::from_value(entry.body));
        events
            .collect::<Result<_, _>>()
            .map_err(|error| DeployerError::state(stream.to_string(), error))
    }
}

fn state(error: StoreError) -> DeployerError {
    DeployerError::state("an update", error)
}
