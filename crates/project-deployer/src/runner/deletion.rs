//! The deletion of a deployment, in two parts. One commit deletes the deployment and leaves a mark; from then on
//! nobody sees it or its updates. The updates are removed after it, by this process or by the next one.

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_store::{Commit, Expected, Lease, ListedDocument, Listing, StoreError};

use crate::deployer::Deployer;
use crate::state::{
    DeletedDeployment, Record as _, RecordCommit as _, Task, TaskId, UpdateRecord, unavailable,
};

/// How many updates are removed by one commit.
const REMOVED_AT_ONCE: usize = 100;

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
    /// another process is doing so.
    pub(crate) async fn free_id(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        let found = self.inner.repository.find::<DeletedDeployment>(id).await?;
        let Some(deleted) = found else { return Ok(()) };
        if self.finish_deletion(&deleted.value).await? {
            return Ok(());
        }
        Err(DeployerError::not_possible(
            format!("deployment `{id}` is being deleted"),
            "try again in a minute, or choose another id",
        ))
    }

    /// Returns whether it is finished; otherwise another process is at it.
    async fn finish_deletion(&self, deleted: &DeletedDeployment) -> Result<bool, DeployerError> {
        let keeper = match self.take_project(&deleted.project).await {
            Ok(keeper) => keeper,
            Err(StoreError::Held { .. }) => return Ok(false),
            Err(error) => return Err(DeployerError::state("a deployment", error)),
        };
        let removed = self.remove_updates(keeper.lease(), &deleted.id).await;
        keeper.release().await;
        removed.map(|()| true)
    }

    /// Removes the updates of a deleted deployment, with their journals and tasks, and its mark at last. It
    /// needs to read none of them.
    pub(crate) async fn remove_updates(
        &self,
        lease: &Lease,
        id: &DeploymentId,
    ) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        // Another process may have finished, and the id may be in use again.
        let Some(marked) = repository.find::<DeletedDeployment>(id).await? else { return Ok(()) };
        let prefix = UpdateRecord::prefix(id);
        loop {
            let some = Listing::of(UpdateRecord::KIND, REMOVED_AT_ONCE).below(&prefix);
            let some = repository.store.list(&some).await.map_err(unavailable)?;
            let is_last = some.len() < REMOVED_AT_ONCE;
            let commit = Commit::new().fenced_by(lease);
            let commit = if is_last { commit.remove(&marked) } else { commit.unchanged(&marked) };
            repository.commit(some.iter().fold(commit, removing)).await?;
            if is_last {
                return Ok(());
            }
        }
    }
}

/// Adds the removal of an update. The journal of one without a readable task stays: nothing names it.
fn removing(commit: Commit, update: &ListedDocument) -> Commit {
    let commit = commit.delete(UpdateRecord::KIND.key(&update.id), Expected::Any);
    let task = update.body.pointer("/document/task").and_then(|task| task.as_str());
    match task.map(|task| TaskId(task.to_owned())) {
        Some(task) => {
            commit.delete(Task::KIND.key(&task.0), Expected::Any).remove_journal(task.journal())
        }
        None => commit,
    }
}

/// Logs that updates of a deleted deployment are left.
pub(crate) fn log_left(deployment: &DeploymentId, error: &DeployerError) {
    tracing::warn!(%deployment, %error, "updates of a deleted deployment are left; they are removed later");
}
