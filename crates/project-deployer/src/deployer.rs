use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use project_deployer_client::NodeConnector;
use project_deployer_core::rights::Caller;
use project_deployer_core::{DeploymentId, Login, Timestamp};
use project_deployer_store::{BundleArchive, MemoryArchive, MemoryStore, Store};
use tokio::sync::{broadcast, watch};

use crate::bundle_reader::BundleLimits;
use crate::clock::{Clock, SystemClock};
use crate::session::DeployerSession;
use crate::state::Repository;

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
    pub(crate) archive: Arc<dyn BundleArchive>,
    pub(crate) connector: Arc<dyn NodeConnector>,
    /// The connector for updates, without retries: an update retries its own steps.
    pub(crate) update_connector: Arc<dyn NodeConnector>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: BundleLimits,
    pub(crate) name: String,
    pub(crate) lease_ttl: Duration,
    pub(crate) progress: broadcast::Sender<UpdateProgress>,
    /// Updates that run in this process, by the id of their task. The value becomes true at the
    /// end.
    running: Mutex<HashMap<String, watch::Receiver<bool>>>,
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

/// Builds a [`Deployer`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct DeployerBuilder {
    connector: Arc<dyn NodeConnector>,
    store: Arc<dyn Store>,
    archive: Arc<dyn BundleArchive>,
    clock: Arc<dyn Clock>,
    limits: BundleLimits,
    name: String,
    lease_ttl: Duration,
}

impl Deployer {
    /// Starts to build a Deployer that reaches its nodes through this connector. By default, state
    /// is in memory and the clock is that of the machine.
    pub fn builder(connector: impl NodeConnector) -> DeployerBuilder {
        DeployerBuilder {
            connector: Arc::new(connector),
            store: Arc::new(MemoryStore::new()),
            archive: Arc::new(MemoryArchive::new()),
            clock: Arc::new(SystemClock),
            limits: BundleLimits::default(),
            name: format!("deployer-{}", std::process::id()),
            lease_ttl: Duration::from_secs(60),
        }
    }

    /// Returns a session of this caller. The host authenticates the caller and supplies the groups.
    #[must_use]
    pub fn acting_as(&self, caller: Caller) -> DeployerSession {
        DeployerSession::for_caller(self.clone(), caller)
    }

    /// Returns a session of one of the Deployer's own users. Each call reads the user's groups
    /// again, so a change takes effect at once.
    #[must_use]
    pub fn acting_as_user(&self, login: Login) -> DeployerSession {
        DeployerSession::for_user(self.clone(), login)
    }

    /// Subscribes to the progress of updates that run in this process. A receiver that is more than
    /// 1,024 lines behind misses the oldest lines; the log of the update has all of them.
    #[must_use]
    pub fn progress(&self) -> broadcast::Receiver<UpdateProgress> {
        self.inner.progress.subscribe()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<String, watch::Receiver<bool>>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Deployer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployer").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

impl DeployerBuilder {
    /// Sets the store for state. In memory by default.
    pub fn store(self, store: impl Store) -> Self {
        Self { store: Arc::new(store), ..self }
    }

    /// Sets the archive for the bytes of bundles. In memory by default.
    pub fn archive(self, archive: impl BundleArchive) -> Self {
        Self { archive: Arc::new(archive), ..self }
    }

    /// Replaces the clock of the machine.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Sets the limits for bundles. [`BundleLimits::default`] by default.
    pub fn bundle_limits(self, limits: BundleLimits) -> Self {
        Self { limits, ..self }
    }

    /// Sets the name of this process, where several processes share a store. `deployer-` and the
    /// process id by default.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Sets the lease duration: how long an update stays with a process that has died. 60 s by
    /// default, at least 3 s and at most an hour. A running process renews the lease every third of
    /// this duration.
    pub fn lease_ttl(self, lease_ttl: Duration) -> Self {
        let lease_ttl = lease_ttl.clamp(Duration::from_secs(3), Duration::from_secs(3600));
        Self { lease_ttl, ..self }
    }

    /// Builds the Deployer.
    #[must_use]
    pub fn build(self) -> Deployer {
        let (progress, _) = broadcast::channel(1024);
        Deployer {
            inner: Arc::new(Inner {
                repository: Repository { store: self.store },
                archive: self.archive,
                update_connector: self
                    .connector
                    .without_retries()
                    .unwrap_or_else(|| Arc::clone(&self.connector)),
                connector: self.connector,
                clock: self.clock,
                limits: self.limits,
                name: self.name,
                lease_ttl: self.lease_ttl,
                progress,
                running: Mutex::default(),
            }),
        }
    }
}
