use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use project_deployer_client::NodeConnector;
use project_deployer_client::fleet::FleetConnector;
#[cfg(feature = "objects")]
use project_deployer_store::ArchiveLocation;
#[cfg(feature = "sqlite")]
use project_deployer_store::SecretsAtRest;
use project_deployer_store::{BundleArchive, CommitId, MemoryArchive, MemoryStore, Store};
use tokio::sync::broadcast;

use crate::archives::ReferencesIndexed;
use crate::audit::{AuditRetention, AuditState};
use crate::bundle_reader::BundleLimits;
use crate::clock::{Clock, SystemClock};
use crate::deployer::{Deployer, Inner};
use crate::history::{HistoryIndexed, HistoryRetention};
use crate::hooks::{HookHost, HookLimits, HookPrograms, UpdateHook};
use crate::life::Life;
use crate::presence::Presence;
use crate::read_model::ReadModel;
use crate::runner::{UpdateLimits, UpdateQueue};
use crate::shutdown::Left;
use crate::spool::SpoolDirectory;
use crate::state::Repository;

/// Builds a [`Deployer`]. The last call says where its state is: [`open`](Self::open),
/// [`on`](Self::on) or [`in_memory`](Self::in_memory).
#[derive(Debug)]
#[must_use = "a builder does nothing until its last call"]
pub struct DeployerBuilder {
    connector: Arc<dyn NodeConnector>,
    fleets: Option<Arc<dyn FleetConnector>>,
    clock: Arc<dyn Clock>,
    limits: BundleLimits,
    name: String,
    lease_ttl: Duration,
    update_limits: UpdateLimits,
    hook_limits: HookLimits,
    hook_programs: Option<HookPrograms>,
    hooks: BTreeMap<String, Arc<dyn UpdateHook>>,
    /// For a store that is opened by its URL.
    #[cfg(feature = "sqlite")]
    pub(crate) secrets: Option<SecretsAtRest>,
    #[cfg(feature = "objects")]
    pub(crate) archives: Option<ArchiveLocation>,
    pub(crate) spool: Option<PathBuf>,
    archive_grace: Duration,
    history_retention: HistoryRetention,
    audit_retention: AuditRetention,
    #[cfg(feature = "sqlite")]
    pub(crate) background: bool,
}

impl DeployerBuilder {
    pub(crate) fn new(connector: Arc<dyn NodeConnector>) -> Self {
        Self {
            fleets: connector.fleets(),
            connector,
            clock: Arc::new(SystemClock),
            limits: BundleLimits::default(),
            name: format!("deployer-{}-{:.8}", std::process::id(), CommitId::random().to_string()),
            lease_ttl: Duration::from_secs(60),
            update_limits: UpdateLimits::default(),
            hook_limits: HookLimits::default(),
            hook_programs: None,
            hooks: BTreeMap::new(),
            #[cfg(feature = "sqlite")]
            secrets: None,
            #[cfg(feature = "objects")]
            archives: None,
            spool: None,
            archive_grace: Duration::from_secs(24 * 3600),
            history_retention: HistoryRetention::default(),
            audit_retention: AuditRetention::default(),
            #[cfg(feature = "sqlite")]
            background: true,
        }
    }

    /// Sets that [`open`](Self::open) begins no work in the background: it does not go on with updates of dead
    /// processes, removes nothing that is too old, and chains no audit records. For programs that make a few calls and
    /// end, on a state that a service uses; the service does that work.
    #[cfg(feature = "sqlite")]
    pub fn without_background_work(self) -> Self {
        Self { background: false, ..self }
    }

    /// Replaces the clock of the machine.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Sets what reaches the services of fleets. By default it is that of the connector to nodes, if it has one.
    pub fn fleets(self, fleets: impl FleetConnector) -> Self {
        Self { fleets: Some(Arc::new(fleets)), ..self }
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

    /// Sets how many updates this process runs at a time. [`UpdateLimits::default`] by default.
    pub fn update_limits(self, update_limits: UpdateLimits) -> Self {
        Self { update_limits, ..self }
    }

    /// Sets how many hooks run at a time, and how long others wait. [`HookLimits::default`] by default.
    pub fn hook_limits(self, hook_limits: HookLimits) -> Self {
        Self { hook_limits, ..self }
    }

    /// Sets the programs that process hooks may run. None by default.
    pub fn hook_programs(self, programs: HookPrograms) -> Self {
        Self { hook_programs: Some(programs), ..self }
    }

    /// Registers a hook of this program, for hooks of the kind `in-process` that name it. Every process of a Deployer
    /// needs the same ones, since any of them may run an update.
    pub fn hook(mut self, name: impl Into<String>, hook: impl UpdateHook) -> Self {
        self.hooks.insert(name.into(), Arc::new(hook));
        self
    }

    /// Sets how [`open`](Self::open) seals the admin keys of nodes. PostgreSQL needs it; SQLite has a key file by
    /// default. `SecretsAtRest::Plain` is the word for a store without encryption.
    #[cfg(feature = "sqlite")]
    pub fn secrets(self, secrets: SecretsAtRest) -> Self {
        Self { secrets: Some(secrets), ..self }
    }

    /// Sets where [`open`](Self::open) keeps the archives of bundles. PostgreSQL needs it: a place that every process
    /// of this Deployer uses. SQLite has a directory beside its file by default.
    #[cfg(feature = "objects")]
    pub fn archives(self, archives: ArchiveLocation) -> Self {
        Self { archives: Some(archives), ..self }
    }

    /// Sets the directory in which uploads are received before they are archived. It is created for its owner
    /// alone, and its files have no name, so that a process that dies leaves none. It needs space for all uploads
    /// at a time. On the file system of the archives, an upload becomes an archive without being copied.
    ///
    /// By default it is what [`BundleArchive::file_directory`] says, which is `spool` in a directory of archives. If the
    /// archives are elsewhere, it is `NAME.spool` beside the state for a state in SQLite that is [opened](Self::open),
    /// else the system's directory for temporary files.
    pub fn spool_directory(self, directory: impl Into<PathBuf>) -> Self {
        Self { spool: Some(directory.into()), ..self }
    }

    /// Sets the grace time of archives: what no bundle refers to, and what interrupted uploads left, is removed
    /// when it is older. A day by default. A backup of archives that takes longer needs a longer one.
    pub fn archive_grace(self, archive_grace: Duration) -> Self {
        Self { archive_grace, ..self }
    }

    /// Sets how long finished updates are kept. [`HistoryRetention::default`] by default. Every process of a Deployer
    /// needs the same value, since each of them may be the one that removes.
    pub fn history_retention(self, history_retention: HistoryRetention) -> Self {
        Self { history_retention, ..self }
    }

    /// Sets how long audit records are kept. [`AuditRetention::default`] by default, which keeps all of them. Every
    /// process of a Deployer needs the same value, since each of them may be the one that removes.
    pub fn audit_retention(self, audit_retention: AuditRetention) -> Self {
        Self { audit_retention, ..self }
    }

    /// A Deployer whose state is gone at the end of the process.
    #[must_use]
    pub fn in_memory(self) -> Deployer {
        self.on(MemoryStore::new(), MemoryArchive::new())
    }

    /// A Deployer on a store and an archive of the host. If the store [lasts](Store::lasts), its first operation reports
    /// there that it runs, and fails while `deployer state` works on the whole state. Call
    /// [`resume_always`](Deployer::resume_always) if updates of dead processes have to be resumed, and
    /// [`collect_archives_always`](Deployer::collect_archives_always) if unused archives have to be removed, and
    /// [`trim_history_always`](Deployer::trim_history_always) if the history of updates has to be kept within bounds, and
    /// [`keep_audit_always`](Deployer::keep_audit_always) so that audit records are chained, and
    /// [`sync_fleets_always`](Deployer::sync_fleets_always) so that nodes of fleets register themselves.
    #[must_use]
    pub fn on(self, store: impl Store, archive: impl BundleArchive) -> Deployer {
        let (progress, _) = broadcast::channel(1024);
        let store: Arc<dyn Store> = Arc::new(store);
        let spool = self.spool.or_else(|| archive.file_directory());
        Deployer {
            inner: Arc::new(Inner {
                hooks: HookHost::new(
                    self.hook_limits,
                    self.connector.hook_sender(),
                    self.hook_programs,
                    self.hooks,
                ),
                model: ReadModel::new(Arc::clone(&store)),
                repository: Repository { store },
                archive: Arc::new(archive),
                update_connector: self
                    .connector
                    .without_retries()
                    .unwrap_or_else(|| Arc::clone(&self.connector)),
                connector: self.connector,
                fleets: self.fleets,
                clock: self.clock,
                limits: self.limits,
                name: self.name,
                lease_ttl: self.lease_ttl,
                queue: Arc::new(UpdateQueue::new(self.update_limits)),
                spool: SpoolDirectory::new(spool),
                archive_grace: self.archive_grace,
                history_retention: self.history_retention,
                audit: Arc::new(AuditState::default()),
                audit_retention: self.audit_retention,
                history_indexed: HistoryIndexed::default(),
                references_indexed: ReferencesIndexed::default(),
                progress,
                running: Mutex::default(),
                life: Life::new(),
                presence: Presence::default(),
                left: Left::default(),
            }),
        }
    }
}
