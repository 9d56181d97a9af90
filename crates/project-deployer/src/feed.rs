//! What changed, for frontends that show it live. It comes from the changes of the store, so it has the commits of
//! every process, in order, and a reader that stopped at a revision goes on there.

mod object;

use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_store::{Revision, StoreError};

use self::object::CredentialChange;
pub use self::object::{ChangedObject, ObjectChange};
use crate::deployer::Deployer;
use crate::read_model::Snapshot;
use crate::state::unavailable;

/// How many documents are read at once.
const PAGE: usize = 500;

/// The largest number of changes in memory. A reader that is further behind starts over.
const MOST: usize = 20_000;

/// Changes of objects, in the order of their revisions.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChangeBatch {
    /// They are later than this revision.
    pub after: Revision,
    /// They have this revision at most, and all changes up to it are among them.
    pub until: Revision,
    /// The changes.
    pub changes: Vec<ObjectChange>,
    /// Changes of what principals are authenticated with.
    pub(crate) credentials: Vec<CredentialChange>,
    /// The documents before the changes, as far as this process has seen them, the latest first.
    pub(crate) before: Vec<Arc<Snapshot>>,
    /// The documents after the changes.
    pub(crate) model: Arc<Snapshot>,
}

/// Why changes cannot be read on from a revision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangesError {
    /// The changes after the revision are gone, or there are too many of them, or the revision is not one of this
    /// store. The reader lists the objects again, and goes on from the current revision.
    #[error("the changes after revision {after} cannot be read any more; read the objects again")]
    StartOver {
        /// The revision that was asked for.
        after: Revision,
    },
    /// The store does not answer.
    #[error(transparent)]
    Failed(#[from] DeployerError),
}

impl Deployer {
    /// The current revision of the store. Whoever reads objects after this call, and follows the changes from this
    /// revision, misses none.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn revision(&self) -> Result<Revision, DeployerError> {
        let newest = self.inner.repository.store.changes(Revision(u64::MAX), 1).await;
        Ok(newest.map_err(unavailable)?.until)
    }

    /// The changes after a revision.
    ///
    /// # Errors
    ///
    /// They cannot be read any more, or the store does not answer.
    pub async fn changes_after(&self, after: Revision) -> Result<ChangeBatch, ChangesError> {
        self.batch(after, Vec::new()).await
    }

    /// Follows the changes from now on.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn follow_changes(&self) -> Result<ChangeFollower, DeployerError> {
        let model = self.snapshot().await?;
        Ok(ChangeFollower { deployer: self.clone(), at: model.revision, seen: vec![model] })
    }

    async fn batch(
        &self,
        after: Revision,
        before: Vec<Arc<Snapshot>>,
    ) -> Result<ChangeBatch, ChangesError> {
        let (mut changes, mut credentials, mut until) = (Vec::new(), Vec::new(), after);
        loop {
            let page = match self.inner.repository.store.changes(until, PAGE).await {
                Ok(page) if page.until < after => return Err(ChangesError::StartOver { after }),
                Ok(page) => page,
                Err(StoreError::Compacted { .. }) => {
                    return Err(ChangesError::StartOver { after });
                }
                Err(error) => return Err(unavailable(error).into()),
            };
            credentials.extend(page.changes.iter().filter_map(CredentialChange::of));
            changes.extend(page.changes.into_iter().flat_map(object::changes_of));
            until = page.until;
            if changes.len() + credentials.len() > MOST {
                return Err(ChangesError::StartOver { after });
            }
            if !page.has_more {
                break;
            }
        }
        let model = self.snapshot().await?;
        Ok(ChangeBatch { after, until, changes, credentials, before, model })
    }
}

/// Follows the changes of a store.
pub struct ChangeFollower {
    deployer: Deployer,
    at: Revision,
    /// The last two snapshots: an object that somebody has seen is in one of them.
    seen: Vec<Arc<Snapshot>>,
}

impl ChangeFollower {
    /// How often to look for changes. Whoever sees a change in the meantime reads current objects all the same.
    pub const INTERVAL: Duration = Duration::from_millis(200);

    /// Up to which revision the changes are known.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.at
    }

    /// The changes since the last call; none if nothing was committed.
    ///
    /// # Errors
    ///
    /// The changes cannot be read any more: then the next call follows from the current revision. Or the store does
    /// not answer.
    pub async fn next(&mut self) -> Result<Option<ChangeBatch>, ChangesError> {
        match self.deployer.batch(self.at, self.seen.clone()).await {
            Ok(batch) if batch.until == self.at => Ok(None),
            Ok(batch) => {
                self.at = batch.until;
                self.seen.truncate(1);
                self.seen.insert(0, Arc::clone(&batch.model));
                Ok(Some(batch))
            }
            Err(error) => {
                if let ChangesError::StartOver { .. } = error {
                    *self = self.deployer.follow_changes().await?;
                }
                Err(error)
            }
        }
    }
}

impl std::fmt::Debug for ChangeBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeBatch")
            .field("after", &self.after)
            .field("until", &self.until)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ChangeFollower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeFollower").field("at", &self.at).finish_non_exhaustive()
    }
}
