use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::Lease;

use super::journal::Journal;
use super::{NodeHands, Run};
use crate::deployer::Deployer;
use crate::state::{Job, UpdateHistory, UpdateRecord};
use crate::update::UpdateEvent;

impl Deployer {
    /// Goes on with the updates whose deployer died, whichever process that was, and returns how many
    /// there are. Call it when the host starts, and from time to time where several processes share a
    /// store. Updates that another process works on are left to it.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn resume_updates(&self) -> Result<usize, DeployerError> {
        let mut resumed = 0;
        for history in self.inner.repository.all::<UpdateHistory>().await? {
            let deployment = &history.value.deployment;
            if history.value.open().is_none() {
                continue;
            }
            let lease = match self.take_deployment(deployment).await {
                Ok(lease) => lease,
                Err(DeployerError::UpdateRunning { .. }) => continue,
                Err(error) => return Err(error),
            };
            if self.resume(&lease, deployment.as_str()).await? {
                resumed += 1;
            } else {
                self.release(&lease).await;
            }
        }
        Ok(resumed)
    }

    /// Under the lease nobody else ends the update, so it is looked at once more.
    async fn resume(&self, lease: &Lease, deployment: &str) -> Result<bool, DeployerError> {
        let Some(history) = self.inner.repository.find::<UpdateHistory>(deployment).await? else {
            return Ok(false);
        };
        let Some(open) = history.value.open() else { return Ok(false) };
        let mut journal = self.journal_of(lease, &history.value, open).await?;
        let at = self.now();
        let holder = self.inner.name.clone();
        journal.append(UpdateEvent::Resumed { at, holder }).await.map_err(state)?;
        let infra = self.inner.repository.find::<InfraSettings>(&journal.plan.infra).await?;
        let hands = match &infra {
            Some(infra) => {
                NodeHands::of(&infra.value, &*self.inner.connector, &journal.plan.acting)
                    .map_err(|error| error.to_string())
            }
            None => Err("its infrastructure is gone".to_owned()),
        };
        match hands {
            Ok(nodes) => {
                let task = Job::id_of(&history.value.deployment, open.number);
                Run { deployer: self.clone(), journal, nodes }.spawn(task);
                Ok(true)
            }
            Err(reason) => {
                let at = self.now();
                journal.close(at, UpdateStatus::Failed, Some(reason)).await.map_err(state)?;
                Ok(false)
            }
        }
    }

    /// Ends an update whose deployer died, because a new one is asked for.
    pub(crate) async fn supersede(
        &self,
        lease: &Lease,
        history: &UpdateHistory,
    ) -> Result<bool, DeployerError> {
        let Some(open) = history.open() else { return Ok(false) };
        let mut journal = self.journal_of(lease, history, open).await?;
        let reason = "the deployer that ran it is gone, and a new update was asked for".to_owned();
        let at = self.now();
        journal.close(at, UpdateStatus::Failed, Some(reason)).await.map_err(state)?;
        Ok(true)
    }

    async fn journal_of(
        &self,
        lease: &Lease,
        history: &UpdateHistory,
        update: &UpdateRecord,
    ) -> Result<Journal, DeployerError> {
        let events = self.events_of(history, update).await?;
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan.as_ref().clone()),
            _ => None,
        });
        let plan = plan.ok_or_else(|| {
            DeployerError::state(
                format!("an update of {}", history.deployment),
                "it has no beginning",
            )
        })?;
        Ok(Journal {
            deployer: self.clone(),
            lease: lease.clone(),
            stream: history.journal(update.number),
            deployment: history.deployment.clone(),
            start: update.start,
            plan,
            events,
        })
    }

    /// What an update did so far.
    pub(crate) async fn events_of(
        &self,
        history: &UpdateHistory,
        update: &UpdateRecord,
    ) -> Result<Vec<UpdateEvent>, DeployerError> {
        let stream = history.journal(update.number);
        let entries = self.inner.repository.store.journal(&stream, 0).await.map_err(state)?;
        let events = entries.into_iter().map(|entry| serde_json::from_value(entry.body));
        events
            .collect::<Result<_, _>>()
            .map_err(|error| DeployerError::state(stream.to_string(), error))
    }
}

fn state(error: project_deployer_store::StoreError) -> DeployerError {
    DeployerError::state("an update", error)
}
