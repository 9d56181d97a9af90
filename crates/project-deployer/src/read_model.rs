//! Infrastructures, projects, bundles, deployments, latest updates, users and groups in memory.
//!
//! Every operation reads a [`Snapshot`], which is brought up to date first by what changed in the store. So an
//! operation sees every commit that returned before it began, of whichever process, and costs what changed
//! since the last one. Node keys, the history of updates and journals stay in the store.

mod apply;
mod entries;
mod groups;
mod held;
mod kept;
mod refresh;
mod snapshot;
mod sorted;
mod visible;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use project_deployer_client::DeployerError;
use project_deployer_store::{Store, StoreError};
use tokio::sync::Mutex;

pub(crate) use self::kept::{InfraWithoutKeys, Kept};
use self::refresh::Refresh;
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::visible::{Visibility, Visible};

/// The documents of a store in memory.
pub(crate) struct ReadModel {
    store: Arc<dyn Store>,
    /// How many refreshes have begun.
    begun: AtomicU64,
    /// One refresh at a time.
    last: Mutex<Last>,
}

/// The last refresh that ended.
struct Last {
    refresh: Refresh,
    number: u64,
    outcome: Result<Arc<Snapshot>, Arc<StoreError>>,
}

impl ReadModel {
    /// Nothing is read before the first snapshot is asked for.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let outcome = Ok(Arc::default());
        let last = Last { refresh: Refresh::default(), number: 0, outcome };
        Self { store, begun: AtomicU64::new(0), last: Mutex::new(last) }
    }

    /// A snapshot with every commit that has returned before this call.
    ///
    /// Callers that wait for the same refresh share it. A refresh that began before a call may have read the
    /// store before a commit that the caller knows of, so only a later one is shared.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>, DeployerError> {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.number <= begun_before {
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            // A caller that is dropped here leaves the pages that it has read to the next one.
            let outcome = last.refresh.run(&*self.store).await;
            (last.number, last.outcome) = (number, outcome.map_err(Arc::new));
        }
        let outcome = last.outcome.as_ref();
        outcome
            .map(Arc::clone)
            .map_err(|error| DeployerError::state("the Deployer", Arc::clone(error)))
    }
}

impl fmt::Debug for ReadModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadModel").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
