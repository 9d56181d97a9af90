//! Updates that ended under an earlier version, which kept no history, enter it once.

use std::sync::atomic::{AtomicBool, Ordering};

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_store::{Collection, Commit, DocumentKey, Expected, ListedDocument, Listing};

use crate::deployer::Deployer;
use crate::state::{
    AddToHistory as _, Record as _, RecordCommit as _, UpdateOrigin, UpdateRecord, VersionedRecord,
    read, unavailable,
};

/// How many updates enter the history at once. Each of them has a journal, which is read.
const PAGE: usize = 50;

/// How often a page is read again because somebody changed an update of it.
const ATTEMPTS: usize = 5;

/// The kind of what is known of the history as a whole.
pub(crate) const INDEXED: Collection = Collection::new("history-index");

/// Exists once every update that ended is in the history.
fn indexed() -> DocumentKey {
    INDEXED.key("updates")
}

/// Whether this process knows that every update that ended is in the history.
#[derive(Debug, Default)]
pub(crate) struct HistoryIndexed(AtomicBool);

/// The origin of the updates of one deployment, which follow each other.
type Known = Option<(DeploymentId, UpdateOrigin)>;

impl Deployer {
    /// Adds the updates of earlier versions to the history, once for a store. What was added before a kill stays, and
    /// the next call goes on.
    pub(crate) async fn index_history(&self) -> Result<(), DeployerError> {
        let known = &self.inner.history_indexed.0;
        if known.load(Ordering::Acquire) {
            return Ok(());
        }
        let repository = &self.inner.repository;
        if repository.store.read(&indexed()).await.map_err(unavailable)?.is_none() {
            let (mut after, mut origin) = (None, None);
            while let Some(last) = self.index_updates(after.as_deref(), &mut origin).await? {
                after = Some(last);
            }
            repository.commit_unaudited(Commit::new().refer(indexed())).await?;
        }
        known.store(true, Ordering::Release);
        Ok(())
    }

    /// Adds some updates, and returns the id of the last one; none at the end.
    async fn index_updates(
        &self,
        after: Option<&str>,
        origin: &mut Known,
    ) -> Result<Option<String>, DeployerError> {
        let mut listing = Listing::of(UpdateRecord::KIND, PAGE);
        listing.after = after.map(str::to_owned);
        let repository = &self.inner.repository;
        for _ in 0..ATTEMPTS {
            let page = repository.store.list(&listing).await.map_err(unavailable)?;
            let Some(last) = page.last().map(|update| update.id.clone()) else { return Ok(None) };
            let mut commit = Commit::new();
            for document in page {
                commit = self.with_old(commit, document, origin).await?;
            }
            if commit.writes.is_empty() {
                return Ok(Some(last));
            }
            match repository.commit_unaudited(commit).await {
                Ok(()) => return Ok(Some(last)),
                // Its deployment is being deleted, or another process does the same.
                Err(DeployerError::ChangedMeanwhile(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(DeployerError::state("the history of updates", "other processes change it; try again"))
    }

    /// Adds an update, unless it is in the history already or has not ended. One that cannot be read stays out, until
    /// its deployment is deleted.
    async fn with_old(
        &self,
        commit: Commit,
        document: ListedDocument,
        known: &mut Known,
    ) -> Result<Commit, DeployerError> {
        let (id, revision) = (document.id.clone(), document.revision);
        let found = match read::<UpdateRecord>(document) {
            Ok(update) => VersionedRecord::expecting(update, Expected::Revision(revision)),
            Err(error) => {
                tracing::warn!(update = %id, %error, "an update cannot be read, so the history lacks it");
                return Ok(commit);
            }
        };
        let update = &found.value;
        if update.is_running() || update.origin.is_some() {
            return Ok(commit);
        }
        let deployment = &update.deployment;
        let origin = match known {
            Some((known, origin)) if known == deployment => origin.clone(),
            _ => {
                let origin = self.origin_of(deployment).await?;
                known.insert((deployment.clone(), origin)).1.clone()
            }
        };
        let update = UpdateRecord { origin: Some(Box::new(origin)), ..update.clone() };
        commit.with_history(&self.history_of(&update).await?)?.replace(&found, &update)
    }
}
