use std::sync::{Arc, Mutex};
use std::time::Duration;

use project_deployer_client::NodeConnector;
#[cfg(feature = "sqlite")]
use project_deployer_store::SecretsAtRest;
use project_deployer_store::{BundleArchive, MemoryArchive, MemoryStore, Store};
use tokio::sync::broadcast;

use crate::bundle_reader::BundleLimits;
use crate::clock::{Clock, SystemClock};
use crate::deployer::{Deployer, Inner};
use crate::state::Repository;

/// Builds a [`Deployer`]. The last call says where its state is: [`open`](Self::open),
/// [`on`](Self::on) or [`in_memory`](Self::in_memory).
#[derive(Debug)]
#[must_use = "a builder does nothing until its last call"]
pub struct DeployerBuilder {
    connector: Arc<dyn NodeConnector>,
    clock: Arc<dyn Clock>,
    limits: BundleLimits,
    name: String,
    lease_ttl: Duration,
    /// For a store that is opened by its URL.
    #[cfg(feature = "sqlite")]
    pub(crate) secrets: Option<SecretsAtRest>,
    #[cfg(feature = "sqlite")]
    pub(crate) archive: Option<Arc<dyn BundleArchive>>,
}

impl DeployerBuilder {
    pub(crate) fn new(connector: Arc<dyn NodeConnector>) -> Self {
        Self {
            connector,
            clock: Arc::new(SystemClock),
            limits: BundleLimits::default(),
            name: format!("deployer-{}-{:04x}", std::process::id(), fastrand::u16(..)),
            lease_ttl: Duration::from_secs(60),
            #[cfg(feature = "sqlite")]
            secrets: None,
            #[cfg(feature = "sqlite")]
            archive: None,
        }
    }

    /// Replaces the clock of the machine.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Sets the limits for bundles. [`BundleLimits::default`] by default.
    pub fn bundle_limits(self, limits: BundleLimits) -> Self {
        Self { limits, ..self }
    }

    /// Sets the name of this process, where several processes share a store. By default it has the process
    /// id and a random part, so that it is new at every start.
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

    /// Sets how [`open`](Self::open) seals the admin keys of nodes. PostgreSQL needs it; SQLite has a key file by
    /// default.
    #[cfg(feature = "sqlite")]
    pub fn secrets(self, secrets: SecretsAtRest) -> Self {
        Self { secrets: Some(secrets), ..self }
    }

    /// Sets where [`open`](Self::open) keeps bundle archives: a place that every process of this Deployer uses.
    /// PostgreSQL needs it; SQLite has a directory by default.
    #[cfg(feature = "sqlite")]
    pub fn archive(self, archive: impl BundleArchive) -> Self {
        Self { archive: Some(Arc::new(archive)), ..self }
    }

    /// A Deployer whose state is gone at the end of the process.
    #[must_use]
    pub fn in_memory(self) -> Deployer {
        self.on(MemoryStore::new(), MemoryArchive::new())
    }

    /// A Deployer on a store and an archive of the host. Call
    /// [`resume_always`](Deployer::resume_always) if updates of dead processes have to be resumed.
    #[must_use]
    pub fn on(self, store: impl Store, archive: impl BundleArchive) -> Deployer {
        self.on_shared(Arc::new(store), Arc::new(archive))
    }

    pub(crate) fn on_shared(
        self,
        store: Arc<dyn Store>,
        archive: Arc<dyn BundleArchive>,
    ) -> Deployer {
        let (progress, _) = broadcast::channel(1024);
        Deployer {
            inner: Arc::new(Inner {
                repository: Repository { store },
                archive,
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
