use std::collections::BTreeSet;
use std::error::Error as _;
use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Commit, Lease, StoreError};

use super::{Journal, LeaseKeeper, NodeSessions, Run, encode};
use crate::background::Rounds;
use crate::deployer::Deployer;
use crate::life::{Life, Panicked, Phase, caught};
use crate::state::{
    DeployedProject, DeploymentRecord, EndOfUpdate as _, LatestUpdate, Task, TaskId, UpdateRecord,
    typed,
};
use crate::update::{UpdateEvent, UpdatePlan, broken_off};

/// How many entries of a journal are read at once.
const PAGE: usize = 500;

/// What an error of a whole round is logged as: no update has this id.
const ROUND: &str = "";

/// What errors of updates are logged under. Other rounds log under other names, and forget for themselves.
const UPDATE: &str = "update ";

/// What is logged of the update of a deployment that waits for another process.
fn waiting(id: &DeploymentId) -> String {
    format!("{UPDATE}that waits of {id}")
}

/// The rounds of resuming updates.
struct Resuming {
    pause: Duration,
}

impl Rounds for Resuming {
    async fn round(&mut self, deployer: &Deployer) {
        tokio::select! {
            biased;
            () = deployer.inner.life.reached(Phase::Draining) => {}
            round = caught(deployer.resume_updates()) => deployer.log_round(round),
        }
    }

    async fn pause(&mut self, life: &Life) -> bool {
        life.next_round(self.pause).await
    }
}

/// The rounds of resuming rotations of keys, which may wait for updates.
struct ResumingRotations {
    pause: Duration,
}

impl Rounds for ResumingRotations {
    async fn round(&mut self, deployer: &Deployer) {
        tokio::select! {
            biased;
            () = deployer.inner.life.reached(Phase::Draining) => {}
            round = caught(deployer.log_rotations()) => {
                if let Err(error) = round {
                    tracing::error!(%error, "rotations of keys could not be resumed; the next round tries again");
                }
            }
        }
    }

    async fn pause(&mut self, life: &Life) -> bool {
        life.next_round(self.pause).await
    }
}

impl Deployer {
    /// Resumes the updates of processes that died, from now on and in the background, until the last clone
    /// of this Deployer is gone or it is [shut down](Self::shutdown). A store that does not answer is asked again, and
    /// an error is logged once as long as it stays the same.
    pub fn resume_always(&self) {
        let pause = self.inner.lease_ttl / 2;
        self.in_rounds(Resuming { pause });
        self.in_rounds(ResumingRotations { pause });
    }

    fn log_round(&self, round: Result<Result<usize, DeployerError>, Panicked>) {
        let life = &self.inner.life;
        let error = match round {
            Ok(Ok(_)) => return life.forget_except(|object| object != ROUND),
            Ok(Err(error)) => error.to_string(),
            Err(panicked) => panicked.to_string(),
        };
        if life.is_news(ROUND, &error) {
            tracing::error!(%error, "updates could not be resumed; the next round tries again");
        }
    }

    /// Resumes the updates of processes that died, and returns how many it resumed. A process can also
    /// lose an update when its store is unavailable for longer than a lease. Updates that another process
    /// runs are skipped. An update that this program cannot read is ended as failed, and so is one over which it
    /// panics. One that cannot be resumed for another reason is logged, once by a process as long as the reason is
    /// the same, and skipped; no update keeps another from being resumed. Deletions of deployments that a dead process
    /// left are finished as well.
    ///
    /// # Errors
    ///
    /// The store does not answer, or this Deployer is shut down.
    pub async fn resume_updates(&self) -> Result<usize, DeployerError> {
        drop(self.inner.life.begin()?);
        let mut resumed = 0;
        let model = self.snapshot().await?;
        let life = &self.inner.life;
        let mut failed = BTreeSet::new();
        for update in model.running_updates() {
            let id = &update.deployment;
            match self.resume_one(id).await {
                Ok(true) => resumed += 1,
                // What was said of it holds as long as it waits.
                Ok(false) => drop(failed.insert(waiting(id))),
                Err(DeployerError::ShuttingDown) => return Err(DeployerError::ShuttingDown),
                Err(error) => {
                    let object = format!("{UPDATE}{}", UpdateRecord::record_id(id, update.start));
                    if life.is_news(&object, &error.to_string()) {
                        let cause = error.source().map(ToString::to_string).unwrap_or_default();
                        tracing::error!(deployment = %id, %error, %cause, "an update cannot be resumed");
                    }
                    failed.insert(object);
                }
            }
        }
        life.forget_except(|object| !object.starts_with(UPDATE) || failed.contains(object));
        self.finish_deletions().await?;
        Ok(resumed)
    }

    /// Resumes the open update of a deployment here, if no process runs it.
    pub(crate) async fn resume_one(&self, id: &DeploymentId) -> Result<bool, DeployerError> {
        let member = self.inner.life.begin()?;
        let Some(project) = self.project_of(id).await? else { return Ok(false) };
        let keeper = match self.take_project(&project).await {
            Ok(keeper) => keeper,
            // Another process works on the project.
            Err(StoreError::Held { .. }) => return Ok(false),
            Err(error) => return Err(state(error)),
        };
        let resumable = match caught(self.resumable(&keeper, id, &project)).await {
            Ok(resumable) => resumable,
            Err(panicked) => self.abandon_after(&keeper, id, &panicked).await.map(|()| None),
        };
        // A hook that ends as failed here would have run in the process that was to resume the update.
        let elsewhere = match &resumable {
            Ok(Some((journal, _))) => journal.needs_another_process(&self.inner.hooks),
            _ => None,
        };
        if let Some(why) = elsewhere {
            keeper.release().await;
            if self.inner.life.is_news(&waiting(id), &why) {
                tracing::warn!(deployment = %id, why, "an update waits for a process that runs its hooks");
            }
            return Ok(false);
        }
        match resumable {
            Ok(Some((journal, nodes))) => {
                Run { deployer: self.clone(), journal, keeper, nodes, member }.spawn();
                Ok(true)
            }
            ended => {
                keeper.release().await;
                ended.map(|_| false)
            }
        }
    }

    /// Ends an update over which this program panics: it would panic in every round.
    async fn abandon_after(
        &self,
        keeper: &LeaseKeeper,
        id: &DeploymentId,
        panicked: &Panicked,
    ) -> Result<(), DeployerError> {
        let latest = self.inner.repository.find::<LatestUpdate>(id).await?;
        match latest.map(|latest| latest.value.0).filter(UpdateRecord::is_running) {
            Some(open) => self.abandon(keeper.lease(), &open, &panicked.to_string()).await,
            None => Ok(()),
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
    ) -> Result<Option<(Journal, NodeSessions)>, DeployerError> {
        // A deployment that was deleted and created again may write another project.
        if self.project_of(id).await?.as_ref() != Some(project) {
            return Ok(None);
        }
        let latest = self.inner.repository.find::<LatestUpdate>(id).await?;
        let Some(open) = latest.map(|latest| latest.value.0).filter(UpdateRecord::is_running)
        else {
            return Ok(None);
        };
        let open = self.with_origin(open).await?;
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
                self.close_without_nodes(keeper, &mut journal, reason).await?;
                Ok(None)
            }
        }
    }

    /// Ends an update whose nodes cannot be asked any more.
    async fn close_without_nodes(
        &self,
        keeper: &LeaseKeeper,
        journal: &mut Journal,
        reason: String,
    ) -> Result<(), DeployerError> {
        let (status, reason) = broken_off(&journal.events, true, &reason);
        let close = journal.close(self.now(), status, Some(reason));
        keeper.holding(close).await.map_err(state)
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
        let ended = self.with_origin(update.ended(at, UpdateStatus::Failed)).await?;
        let commit = commit.with_end(&ended, &self.history_of(&ended).await?)?;
        self.inner.repository.commit_unaudited(commit).await
    }

    /// The sessions of a plan's nodes from the current settings, or why the update cannot continue.
    async fn sessions_of(
        &self,
        plan: &UpdatePlan,
    ) -> Result<Result<NodeSessions, String>, DeployerError> {
        let infra = self.inner.repository.find::<InfraSettings>(&plan.infra).await?;
        Ok(match infra {
            Some(infra) => NodeSessions::of(plan, &infra.value, &*self.inner.update_connector)
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
                // Without it, the update goes on: a cancel is in its journal as well.
                let task = self.inner.repository.find::<Task>(&update.task.0).await.ok().flatten();
                Ok(Journal { deployer, lease, update, plan, events, task })
            }
            None => Err("its journal has no first entry".to_owned()),
        })
    }

    /// The journal of an update so far.
    pub(crate) async fn entries_of(&self, update: &UpdateRecord) -> Result<Entries, DeployerError> {
        self.entries_of_task(&update.task).await
    }

    /// The journal of the update of a task so far.
    pub(crate) async fn entries_of_task(&self, task: &TaskId) -> Result<Entries, DeployerError> {
        let mut entries = Entries::default();
        let stream = task.journal();
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

impl Entries {
    /// How the update ends if nobody goes on with it, and why.
    pub(crate) fn broken_off(&self, cause: &str) -> (UpdateStatus, String) {
        broken_off(&self.events, self.unreadable.is_empty(), cause)
    }
}

fn state(error: StoreError) -> DeployerError {
    DeployerError::state("an update", error)
}
