//! A Deployer in a process of its own: a runtime whose clock stands still while the process does, and which is gone
//! with everything in it when the process is killed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use project_deployer::Deployer;
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, FakeFleet, Warnings};
use project_deployer_core::DeploymentId;
use project_deployer_store::MemoryArchive;
use serde_json::{Map, json};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{advance, sleep};

use super::checks::Watch;
use super::journal::{Chronicle, ProcessTime};
use super::network::{Network, Wire};
use super::nodes::Wires;
use super::set_up::prepare;
use super::state::View;
use crate::in_step::Shared;
use crate::installation::{dana, parsed};

/// The time of a lease.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// What every process reaches.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    pub(super) chronicle: Chronicle,
    pub(super) network: Network,
    pub(super) watch: Watch,
    pub(super) fleet: FakeFleet,
    pub(super) archive: MemoryArchive,
}

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    runtime: Runtime,
    deployer: Deployer,
    time: ProcessTime,
    chronicle: Chronicle,
}

/// A runtime whose clock goes on when all of its tasks wait.
pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

impl Process {
    pub(super) fn start(outside: &Outside, shared: Shared, name: String, seed: u64) -> Self {
        let runtime = runtime();
        let at = outside.chronicle.now();
        let Outside { chronicle, network, watch, fleet, archive } = outside.clone();
        chronicle.note(at, format_args!("{name} starts"));
        let random = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        let (deployer, time) = runtime.block_on(async {
            let time = ProcessTime::starting(at);
            let wire = Wire {
                network,
                chronicle: chronicle.clone(),
                process: name.clone(),
                time: time.clone(),
                random: Arc::clone(&random),
            };
            let view = View {
                shared,
                watch: watch.clone(),
                chronicle: chronicle.clone(),
                process: name.clone(),
                time: time.clone(),
                random,
            };
            let deployer = Deployer::builder(Wires { fleet, wire, watch })
                .name(&*name)
                .lease_ttl(LEASE)
                .clock(time.clone())
                .on(view, archive);
            deployer.resume_always();
            (deployer, time)
        });
        Self { name, runtime, deployer, time, chronicle }
    }

    /// Writes what is there at the beginning, and returns the time when it is.
    pub(super) fn prepare(&self) -> Duration {
        self.runtime.block_on(async {
            prepare(&self.deployer).await;
            self.time.now()
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Runs until a time of the whole. A process that stood still finds its clock far ahead, as one that was
    /// stopped and continued.
    pub(super) fn run(&self, from: Duration, until: Duration) {
        self.runtime.block_on(async {
            let stood_still = from.saturating_sub(self.time.now());
            if !stood_still.is_zero() {
                self.chronicle.note(from, format_args!("{} goes on", self.name));
                advance(stood_still).await;
            }
            sleep(until.saturating_sub(self.time.now())).await;
        });
    }

    /// Asks for an update with another bundle and another value of a variable.
    pub(super) fn redeploy(&self, id: &'static str, bundle: &'static str, value: u64) {
        let (session, name) = (self.deployer.acting_as(dana()), self.name.clone());
        let (chronicle, time) = (self.chronicle.clone(), self.time.clone());
        let redeploying = async move {
            let id: DeploymentId = parsed(id);
            let asked: Result<_, DeployerError> = async {
                let mut settings = session.deployment_settings(&id).await?;
                settings.bundle_id = parsed(bundle);
                settings.local_variables =
                    [("run".to_owned(), json!(value))].into_iter().collect::<Map<_, _>>().into();
                session.save_deployment_settings(&settings, Warnings::AsErrors).await?;
                session.start_update(&id).await
            }
            .await;
            let word = match asked {
                Ok(_) => "begun",
                Err(error) => error.code(),
            };
            chronicle.note(time.now(), format_args!("{name} updates {id} to {bundle}: {word}"));
        };
        self.runtime.block_on(async { drop(tokio::spawn(redeploying)) });
    }

    /// The statuses of the updates of a deployment, as this Deployer shows them, the newest first.
    pub(super) fn statuses(&self, id: &str) -> Vec<String> {
        let session = self.deployer.acting_as(dana());
        let updates = self.runtime.block_on(async { session.updates(&parsed(id)).await }).unwrap();
        updates.iter().map(|update| format!("{:?}", update.status).to_uppercase()).collect()
    }

    /// The process is gone, without a word to anybody.
    pub(super) fn kill(self) {
        self.chronicle.note(self.chronicle.now(), format_args!("{} is killed", self.name));
        drop(self.deployer);
        drop(self.runtime);
    }
}
