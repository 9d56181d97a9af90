//! The deletion of a deployment, in two parts. One commit deletes the deployment and leaves a mark; from then on
//! nobody sees it, and its updates are in the history only. The records of the updates are removed after it, by this
//! process or by the next one.

use std::collections::BTreeMap;

use project_deployer_client::DeployerError;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::{Commit, Expected, Lease, ListedDocument, Listing, StoreError};

use super::{Entries, encode};
use crate::deployer::Deployer;
use crate::history::Recovered;
use crate::state::{
    AddToHistory as _, DeletedDeployment, HistoryRecord, Record as _, RecordCommit as _, Task,
    TaskId, UpdateOrigin, UpdateRecord, read, unavailable,
};
use crate::update::UpdateEvent;

/// How many updates are removed by one commit.
const REMOVED_AT_ONCE: usize = 100;

/// How many tasks are read at once.
const PAGE: usize = 500;

/// How often some updates are read again because retention removed one of them.
const ATTEMPTS: usize = 3;

/// Why an update has ended that nobody has ended.
const REASON: &str = "its deployment was deleted, and no process ran it any more";

impl Deployer {
    /// Finishes the deletions that dead processes left. One that cannot be finished is logged and tried again in
    /// the next round.
    pub(crate) async fn finish_deletions(&self) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        for deleted in repository.readable_below::<DeletedDeployment>("").await? {
            match self.finish_deletion(&deleted).await {
                Ok(_) => {}
                Err(error) => log_left(&deleted.id, &error),
            }
        }
        Ok(())
    }

    /// Finishes the deletion of the deployment of this id, if there is one, so that the id is free. An error if
    /// another process works on the same project.
    pub(crate) async fn free_id(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        let found = self.inner.repository.find::<DeletedDeployment>(id).await?;
        let Some(deleted) = found else { return Ok(()) };
        match self.finish_deletion(&deleted.value).await? {
            Finished::Yes => Ok(()),
            Finished::Held { holder } => Err(not_free(id, &holder)),
        }
    }

    async fn finish_deletion(
        &self,
        deleted: &DeletedDeployment,
    ) -> Result<Finished, DeployerError> {
        let keeper = match self.take_project(&deleted.project).await {
            Ok(keeper) => keeper,
            Err(StoreError::Held { holder, .. }) => return Ok(Finished::Held { holder }),
            Err(error) => return Err(DeployerError::state("a deployment", error)),
        };
        let left = self.leave_to_history(keeper.lease(), &deleted.id).await;
        keeper.release().await;
        left.map(|()| Finished::Yes)
    }

    /// Removes the records and tasks of the updates of a deleted deployment, and its mark at last. Their journals
    /// stay with their entries in the history; an update without an entry gets one.
    pub(crate) async fn leave_to_history(
        &self,
        lease: &Lease,
        id: &DeploymentId,
    ) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        // Another process may have finished, and the id may be in use again.
        let Some(marked) = repository.find::<DeletedDeployment>(id).await? else { return Ok(()) };
        let some = Listing::of(UpdateRecord::KIND, REMOVED_AT_ONCE).below(UpdateRecord::prefix(id));
        let mut leaving = Leaving { deployer: self, deleted: &marked.value, tasks: None };
        let mut attempt = 1;
        loop {
            let page = repository.store.list(&some).await.map_err(unavailable)?;
            let is_last = page.len() < REMOVED_AT_ONCE;
            let commit = Commit::new().fenced_by(lease);
            let mut commit =
                if is_last { commit.remove(&marked) } else { commit.unchanged(&marked) };
            for update in page {
                commit = leaving.leave(commit, update).await?;
            }
            match repository.commit_unaudited(commit).await {
                Ok(()) if is_last => return Ok(()),
                Ok(()) => attempt = 1,
                // Retention has removed some of them.
                Err(DeployerError::ChangedMeanwhile(_)) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether a deletion is finished.
enum Finished {
    Yes,
    /// This process works on the same project.
    Held {
        holder: String,
    },
}

/// Other deployments of the project, which the lease is about as well, are not named: the caller may not see them
/// (R-P8).
fn not_free(id: &DeploymentId, holder: &str) -> DeployerError {
    DeployerError::not_possible(
        format!(
            "a deployment `{id}` was deleted, and its updates cannot leave the id before {holder} has ended its work \
             on the same project"
        ),
        "try again when that update or deletion has ended, which a stopped process leaves open until its lease \
         expires; or choose another id",
    )
}

/// The updates of a deleted deployment on their way out.
struct Leaving<'a> {
    deployer: &'a Deployer,
    deleted: &'a DeletedDeployment,
    /// Its tasks, if an update could not be read: they are not sorted by deployment.
    tasks: Option<BTreeMap<Timestamp, TaskId>>,
}

impl Leaving<'_> {
    /// Adds the removal of an update. It names its revision, since retention may remove the update meanwhile.
    async fn leave(
        &mut self,
        commit: Commit,
        document: ListedDocument,
    ) -> Result<Commit, DeployerError> {
        let key = UpdateRecord::KIND.key(&document.id);
        let commit = commit.delete(key, Expected::Revision(document.revision));
        match read::<UpdateRecord>(document.clone()) {
            Ok(update) => self.known(commit, update).await,
            Err(error) => self.unknown(commit, &document, &error).await,
        }
    }

    async fn known(&self, commit: Commit, update: UpdateRecord) -> Result<Commit, DeployerError> {
        let commit = commit.delete(Task::KIND.key(&update.task.0), Expected::Any);
        if !update.is_running() && update.origin.is_some() {
            return Ok(commit);
        }
        let (at, was_running) = (self.deployer.now(), update.is_running());
        let (ended, reason) = match was_running {
            true => {
                let (status, reason) = end_of(&self.deployer.entries_of(&update).await?);
                (update.ended(at, status), Some(reason))
            }
            false => (update, None),
        };
        let origin = ended.origin.clone().unwrap_or_else(|| Box::new(self.origin()));
        let ended = UpdateRecord { origin: Some(origin), ..ended };
        let entry = self.deployer.history_of(&ended).await?;
        let commit = match reason {
            Some(reason) => with_end(commit, &entry, reason)?,
            None => commit,
        };
        commit.with_history(&entry)
    }

    /// What is left of an update whose record cannot be read: its task names the journal.
    async fn unknown(
        &mut self,
        commit: Commit,
        document: &ListedDocument,
        error: &DeployerError,
    ) -> Result<Commit, DeployerError> {
        let update = &document.id;
        let Some(task) = self.task_of(document).await? else {
            tracing::warn!(%update, %error, "an update that cannot be read, and has no task, is removed");
            return Ok(commit);
        };
        tracing::warn!(%update, %error, "an update that cannot be read enters the history by its journal");
        let commit = commit.delete(Task::KIND.key(&task.id.0), Expected::Any);
        let Recovered { mut entry, has_end } = self.deployer.recovered(task, self.origin()).await?;
        if has_end {
            return commit.with_history(&entry);
        }
        let (status, reason) = end_of(&self.deployer.entries_of_task(&entry.task).await?);
        entry.status = status;
        with_end(commit, &entry, reason)?.with_history(&entry)
    }

    fn origin(&self) -> UpdateOrigin {
        UpdateOrigin::of_deleted(self.deleted)
    }

    async fn task_of(&mut self, document: &ListedDocument) -> Result<Option<Task>, DeployerError> {
        let deployment = &self.deleted.id;
        let start = document.id.strip_prefix(&UpdateRecord::prefix(deployment));
        let Some(start) = start.and_then(|start| start.parse().ok()) else { return Ok(None) };
        let start = Timestamp::from_millis(start);
        let named = document.body.pointer("/document/task").and_then(|task| task.as_str());
        let id = match named.and_then(TaskId::plausible) {
            Some(id) => Some(id),
            None => {
                let tasks = match &mut self.tasks {
                    Some(tasks) => tasks,
                    none => none.insert(self.deployer.tasks_of(deployment).await?),
                };
                tasks.get(&start).cloned()
            }
        };
        Ok(id.map(|id| Task { id, deployment: deployment.clone(), start, cancel: None }))
    }
}

/// How an update ends that nobody has ended, and why.
fn end_of(entries: &Entries) -> (UpdateStatus, String) {
    let (status, reason) = entries.broken_off(REASON);
    match status {
        UpdateStatus::Failed => (status, format!("{reason}. What the nodes have is unknown")),
        _ => (status, reason),
    }
}

/// Ends the journal of an update that nobody has ended.
fn with_end(
    commit: Commit,
    entry: &HistoryRecord,
    reason: String,
) -> Result<Commit, DeployerError> {
    let reason = Some(reason);
    let closed = UpdateEvent::Closed { at: entry.end, status: entry.status, reason };
    let closed = encode(&closed).map_err(|error| DeployerError::state("an update", error))?;
    Ok(commit.append(entry.task.journal(), closed))
}

impl Deployer {
    /// The tasks of a deployment, by the start of their updates. All tasks are read.
    async fn tasks_of(
        &self,
        deployment: &DeploymentId,
    ) -> Result<BTreeMap<Timestamp, TaskId>, DeployerError> {
        let mut tasks = BTreeMap::new();
        let mut next = Some(Listing::of(Task::KIND, PAGE));
        while let Some(listing) = next.take() {
            let page = self.inner.repository.store.list(&listing).await.map_err(unavailable)?;
            if let Some(last) = page.last().filter(|_| page.len() >= listing.limit) {
                next = Some(listing.after(last.id.clone()));
            }
            let readable = page.into_iter().filter_map(|task| read::<Task>(task).ok());
            let own = readable.filter(|task| task.deployment == *deployment);
            tasks.extend(own.map(|task| (task.start, task.id)));
        }
        Ok(tasks)
    }
}

/// Logs that updates of a deleted deployment are left.
pub(crate) fn log_left(deployment: &DeploymentId, error: &DeployerError) {
    tracing::warn!(%deployment, %error, "updates of a deleted deployment are left; they are removed later");
}
