//! Removes what retention does not keep, in the background.

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_store::{
    Commit, Document, Expected, Lease, ListedDocument, Listing, StoreError,
};

use super::retention::{Judge, Living};
use crate::background::Cleaning;
use crate::deployer::Deployer;
use crate::read_model::Snapshot;
use crate::state::{
    HistoryListing, HistoryRecord, Record as _, Task, UpdateRecord, read, unavailable,
};

/// How many listings are read at once.
const PAGE: usize = 500;

/// How many updates are removed by one commit.
const REMOVED_AT_ONCE: usize = 50;

/// Keeps the history within its retention.
struct Trimming;

/// What was looked at and removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HistoryTrim {
    /// The updates of the history.
    pub examined: u64,
    /// The updates that were removed.
    pub removed: u64,
    /// The updates that somebody changed meanwhile, or that cannot be read. They stay.
    pub failed: u64,
}

impl Cleaning for Trimming {
    const LEASE: &str = "history-retention";
    const OBJECT: &str = "the history of updates";
    const GOES_ON: &str = "the history of updates is being trimmed";

    type Found = HistoryTrim;

    async fn clean(deployer: &Deployer, lease: &Lease) -> Result<HistoryTrim, DeployerError> {
        deployer.trim(lease).await
    }
}

impl Deployer {
    /// Keeps the history within its [retention](crate::DeployerBuilder::history_retention) from now on, every six
    /// hours, in the background, until the last clone of this Deployer is gone or it is [shut down](Self::shutdown).
    /// A failure is logged, and the next round continues.
    pub fn trim_history_always(&self) {
        self.clean_always::<Trimming>();
    }

    /// Removes the updates that [retention](crate::DeployerBuilder::history_retention) does not keep, each with its
    /// task and its journal in one commit. Updates that ended under an earlier version enter the history before. One
    /// process at a time does this. What was removed before a kill stays removed, and the next call goes on. It
    /// continues if the caller is gone.
    ///
    /// # Errors
    ///
    /// Another process does so, this Deployer is shut down, or the store does not answer.
    pub async fn trim_history(&self) -> Result<HistoryTrim, DeployerError> {
        self.clean::<Trimming>().await
    }

    async fn trim(&self, lease: &Lease) -> Result<HistoryTrim, DeployerError> {
        self.index_history().await?;
        let model = self.snapshot().await?;
        let mut judge = Judge::new(self.inner.history_retention, self.now());
        let mut trim = HistoryTrim::default();
        let mut next = Some(Listing::of(HistoryListing::KIND, PAGE));
        while let Some(listing) = next.take() {
            let page = self.inner.repository.store.list(&listing).await.map_err(unavailable)?;
            if let Some(last) = page.last().filter(|_| page.len() >= listing.limit) {
                next = Some(listing.after(last.id.clone()));
            }
            trim.examined += page.len() as u64;
            let goes = |document| goes(document, &model, &mut judge);
            let (removed, unreadable): (Vec<_>, Vec<_>) =
                page.into_iter().filter_map(goes).partition(Result::is_ok);
            trim.failed += unreadable.len() as u64;
            let removed: Vec<_> = removed.into_iter().flatten().collect();
            for some in removed.chunks(REMOVED_AT_ONCE) {
                self.remove(lease, some, &mut trim).await?;
            }
        }
        Ok(trim)
    }

    /// Removes some updates, all of them or none.
    async fn remove(
        &self,
        lease: &Lease,
        some: &[HistoryListing],
        trim: &mut HistoryTrim,
    ) -> Result<(), DeployerError> {
        let mut commit = Commit::new().fenced_by(lease);
        for entry in some {
            commit = self.without(commit, entry).await?;
        }
        match self.inner.repository.commit_unaudited(commit).await {
            Ok(()) => trim.removed += some.len() as u64,
            // The deployment of one of them is being deleted.
            Err(DeployerError::ChangedMeanwhile(_)) => trim.failed += some.len() as u64,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Removes an update with all that belongs to it. Its own record is gone already if its deployment is deleted. A
    /// deployment that was created again under the same id may have an update with the same start.
    async fn without(
        &self,
        commit: Commit,
        entry: &HistoryListing,
    ) -> Result<Commit, DeployerError> {
        let commit = commit
            .delete(HistoryRecord::KIND.key(entry.history_id()), Expected::Any)
            .delete(HistoryListing::KIND.key(entry.id()), Expected::Any)
            .delete(Task::KIND.key(&entry.task.0), Expected::Any)
            .remove_journal(entry.task.journal());
        let key = UpdateRecord::KIND.key(UpdateRecord::record_id(&entry.deployment, entry.start));
        let found = match self.inner.repository.store.read(&key).await {
            Ok(found) => found,
            // Nobody reads it any more.
            Err(StoreError::Damaged { .. }) => return Ok(commit.delete(key, Expected::Any)),
            Err(error) => return Err(unavailable(error)),
        };
        let is_its_own = |found: &Document| {
            let task = found.body.pointer("/document/task").and_then(|task| task.as_str());
            task == Some(entry.task.0.as_str())
        };
        Ok(match found.filter(is_its_own) {
            Some(found) => commit.delete(key, Expected::Revision(found.revision)),
            None => commit,
        })
    }
}

/// The entry of a listing if it does not stay, or that it cannot be read.
fn goes(
    document: ListedDocument,
    model: &Snapshot,
    judge: &mut Judge,
) -> Option<Result<HistoryListing, ()>> {
    let id = document.id.clone();
    match read::<HistoryListing>(document) {
        Ok(entry) => (!judge.keeps(&entry, |id| living(model, id))).then_some(Ok(entry)),
        Err(error) => {
            tracing::warn!(listing = %id, %error, "an entry of the history cannot be read; it stays");
            Some(Err(()))
        }
    }
}

fn living(model: &Snapshot, id: &DeploymentId) -> Living {
    match model.deployment(id) {
        Ok(Some(found)) => Living::One(found.value.uid.clone()),
        Ok(None) => Living::None,
        Err(_) => Living::Unknown,
    }
}
