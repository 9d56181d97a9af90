use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use project_deployer_client::fleet::FleetConnector;
use project_deployer_client::{DeployerError, NodeConnector};
use project_deployer_core::rights::Caller;
use project_deployer_core::{DeploymentId, Login, Timestamp};
use project_deployer_store::BundleArchive;
use tokio::sync::broadcast;

use crate::archives::ReferencesIndexed;
use crate::audit::{AuditRetention, AuditState};
use crate::authentication::Principal;
use crate::builder::DeployerBuilder;
use crate::bundle_reader::BundleLimits;
use crate::clock::Clock;
use crate::history::{HistoryIndexed, HistoryRetention};
use crate::hooks::{HookHost, QueuedHook};
use crate::life::{Life, Phase};
use crate::presence::Presence;
use crate::progress::ProgressEvents;
use crate::read_model::{ReadModel, Snapshot};
use crate::runner::{QueuedUpdate, RunningUpdate, UpdateQueue};
use crate::session::DeployerSession;
use crate::shutdown::Left;
use crate::spool::SpoolDirectory;
use crate::state::{Repository, unavailable};

/// A Project Deployer in this process. Clones are the same Deployer.
///
/// It needs a Tokio runtime: an update continues in a task of its own after
/// [`start_update`](project_deployer_client::UpdateOperations::start_update) has returned.
#[derive(Clone)]
pub struct Deployer {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) repository: Repository,
    pub(crate) model: ReadModel,
    pub(crate) archive: Arc<dyn BundleArchive>,
    pub(crate) connector: Arc<dyn NodeConnector>,
    /// The connector for updates, without retries: an update retries its own steps.
    pub(crate) update_connector: Arc<dyn NodeConnector>,
    /// What reaches the services of fleets, if anything does.
    pub(crate) fleets: Option<Arc<dyn FleetConnector>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: BundleLimits,
    pub(crate) name: String,
    pub(crate) lease_ttl: Duration,
    pub(crate) queue: Arc<UpdateQueue>,
    pub(crate) hooks: HookHost,
    pub(crate) spool: SpoolDirectory,
    pub(crate) archive_grace: Duration,
    pub(crate) history_retention: HistoryRetention,
    pub(crate) audit: Arc<AuditState>,
    pub(crate) audit_retention: AuditRetention,
    pub(crate) history_indexed: HistoryIndexed,
    pub(crate) references_indexed: ReferencesIndexed,
    pub(crate) progress: broadcast::Sender<UpdateProgress>,
    /// Updates that run in this process, by the id of their task.
    pub(crate) running: Mutex<HashMap<String, RunningUpdate>>,
    pub(crate) life: Arc<Life>,
    /// Whether the store knows that this Deployer runs.
    pub(crate) presence: Presence,
    /// What became of updates since the shutdown began.
    pub(crate) left: Left,
}

/// A progress event of an update that runs in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateProgress {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The start of the update, which identifies it.
    pub start: Timestamp,
    /// The line of the update's log.
    pub line: String,
}

impl Deployer {
    /// Starts to build a Deployer that reaches its nodes through this connector.
    pub fn builder(connector: impl NodeConnector) -> DeployerBuilder {
        DeployerBuilder::new(Arc::new(connector))
    }

    /// Returns a session of this caller. The host authenticates the caller and supplies the groups.
    #[must_use]
    pub fn acting_as(&self, caller: Caller) -> DeployerSession {
        DeployerSession::of(self.clone(), Principal::caller(caller))
    }

    /// Returns a session of one of the Deployer's own users. Each call reads the user's groups
    /// again, so a change takes effect at once.
    #[must_use]
    pub fn acting_as_user(&self, login: Login) -> DeployerSession {
        DeployerSession::of(self.clone(), Principal::user(login))
    }

    /// Subscribes to the progress of updates that run in this process. A subscriber that is more than
    /// 1,024 lines behind misses the oldest lines; the log of the update has all of them.
    pub fn progress(&self) -> ProgressEvents {
        ProgressEvents(self.inner.progress.subscribe())
    }

    /// The updates of this process that wait, in order, whoever requested them. The number of updates at
    /// a time is limited by [`update_limits`](DeployerBuilder::update_limits).
    #[must_use]
    pub fn queue(&self) -> Vec<QueuedUpdate> {
        self.inner.queue.waiting()
    }

    /// The hooks that this process runs, and those that wait for a slot, in order. Their number is limited by
    /// [`hook_limits`](DeployerBuilder::hook_limits).
    #[must_use]
    pub fn hook_queue(&self) -> Vec<QueuedHook> {
        self.inner.hooks.queue()
    }

    /// How many updates this process runs, and how many of its updates wait.
    #[must_use]
    pub fn update_counts(&self) -> (usize, usize) {
        let waiting = self.inner.queue.waiting().len();
        (self.running().len().saturating_sub(waiting), waiting)
    }

    /// Whether [`shutdown`](Self::shutdown) was called.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.inner.life.has_reached(Phase::Draining)
    }

    /// Asks the store whether it can be read and written.
    ///
    /// # Errors
    ///
    /// It cannot.
    pub async fn check_store(&self) -> Result<(), DeployerError> {
        self.inner.repository.store.status().await.map(|_| ()).map_err(unavailable)
    }

    /// The time by the Deployer's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The documents with every commit that has returned before this call. The store knows then that this Deployer runs.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>, DeployerError> {
        self.reported().await?;
        self.inner.model.snapshot().await
    }

    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<String, RunningUpdate>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Deployer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployer").field("name", &self.inner.name).finish_non_exhaustive()
    }
}
