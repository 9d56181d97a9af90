use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Commit, Lease, StoreError};

use super::{Journal, LeaseKeeper, NodeSession, Run, encode};
use crate::deployer::Deployer;
use crate::state::{
    DeployedProject, DeploymentRecord, EndOfUpdate as _, LatestUpdate, UpdateRecord, typed,
};
use crate::update::{UpdateEvent, UpdatePlan};

/// How many entries of a journal are read at once.
const PAGE: usize = 500;

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
    /// resumed for another reason is logged and skipped; no update keeps another from being resumed. Deletions
    /// of deployments that a dead process left are finished as well.
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
                Ok(false) => {}
                Err(error) => {
                    let deployment = &update.deployment;
                    tracing::error!(%deployment, %error, "an update cannot be resumed");
                }
            }
        }
        self.finish_deletions().await?;
        Ok(resumed)
    }

    async fn resume_one(&self, id: &DeploymentId) -> Result<bool, DeployerError> {
        let Some(project) = self.project_of(id).await? else { return Ok(false) };
        let keeper = match self.take_project(&project).await {
            Ok(keeper) => keeper,
            // Another process works on the project.
            Err(StoreError::Held { .. }) => return Ok(false),
            Err(error) => return Err(state(error)),
        };
        match self.resumable(&keeper, id, &project).await {
            Ok(Some((journal, nodes))) => {
                Run { deployer: self.clone(), journal, keeper, nodes }.spawn();
                Ok(true)
            }
            ended => {
                keeper.release().await;
                ended.map(|_| false)
            }
        }
    }

    /// The project that a deployment writes; none if there is no such deployment.
    async fn project_of(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<DeployedProject>, DeployerError> {
        let found = self.inner.repository.find::<DeploymentRecord>(id).await?;
        Ok(found.map(|found| DeployedProject::of(&found.value.settings)))
    }

    /// The journal of the open update of a deployment, and its nodes; none if it is not open any more, or was
    /// ended here. All is read again under the lease, which keeps other processes from ending it.
    async fn resumable(
        &self,
        keeper: &LeaseKeeper,
        id: &DeploymentId,
        project: &DeployedProject,
    ) -> Result<Option<(Journal, Vec<NodeSession>)>, DeployerError> {
        // A deployment that was deleted and created again may write another project.
        if self.project_of(id).await?.as_ref() != Some(project) {
            return Ok(None);
        }
        let latest = self.inner.repository.find::<LatestUpdate>(id).await?;
        let Some(open) = latest.map(|latest| latest.value.0).filter(UpdateRecord::is_running)
        else {
            return Ok(None);
        };
        let mut journal = match self.journal_of(keeper.lease(), open.clone()).await? {
            Ok(journal) => journal,
            Err(unreadable) => {
                self.abandon(keeper.lease(), &open, &unreadable).await?;
                return Ok(None);
            }
        };
        let (at, holder) = (self.now(), self.inner.name.clone());
        let resumed = UpdateEvent::Resumed { at, holder };
        keeper.holding(journal.append(resumed)).await.map_err(state)?;
        match self.sessions_of(&journal.plan).await? {
            Ok(nodes) => Ok(Some((journal, nodes))),
            Err(reason) => {
                let close = journal.close(self.now(), UpdateStatus::Failed, Some(reason));
                keeper.holding(close).await.map_err(state)?;
                Ok(None)
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
        let commit = commit.with_end(&update.ended(at, UpdateStatus::Failed))?;
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
        let stream = update.task.journal();
        let mut after = 0;
        loop {
            let page = match self.inner.repository.store.journal(&stream, after, PAGE).await {
                Ok(page) => page,
                Err(error @ StoreError::Damaged { .. }) => {
                    entries.unreadable.push(format!("its journal cannot be read: {error}"));
                    return Ok(entries);
                }
                Err(error) => return Err(state(error)),
            };
            let is_last = page.len() < PAGE;
            after = page.last().map_or(after, |entry| entry.sequence);
            for entry in page {
                match typed(entry.body) {
                    Ok(event) => entries.events.push(event),
                    Err(error) => {
                        let number = entry.sequence;
                        let text = format!("entry {number} of the journal cannot be read: {error}");
                        entries.unreadable.push(text);
                    }
                }
            }
            if is_last {
                return Ok(entries);
            }
        }
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
