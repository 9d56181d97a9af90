//! Rounds in the background. Each is a task of its own, so that none waits for another one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::{InfraId, Timestamp};
use project_deployer_ldap::DirectoryConnector;
use tokio::sync::Semaphore;

use super::finding::FindingKind;
use super::round::{Done, Task};
use super::schedule::Rhythm;
use super::setting::{Check, setting_of};
use super::state::{KeptRound, WatchRecord};
use crate::background::Looking;
use crate::deployer::Deployer;
use crate::life::{Phase, caught};

/// How many rounds this process does at a time: of what was known at the last round, and of what was not. A node that
/// hangs thus never takes the place of one that answers, but for the first time.
const MOST: usize = 256;
const MOST_UNKNOWN: usize = 64;

/// The name under which errors are logged.
const OBJECT: &str = "watch";

/// The rounds of watching.
struct Watching {
    directories: Arc<dyn DirectoryConnector>,
    known: Arc<Mutex<Known>>,
    usual: Arc<Semaphore>,
    slow: Arc<Semaphore>,
}

/// What this process knows of its rounds, by the id of the record.
#[derive(Debug, Default)]
struct Known {
    running: HashSet<String>,
    began: HashMap<String, Timestamp>,
    slow: HashSet<String>,
}

/// A round that runs. It is none any more when this is dropped.
struct Running {
    id: String,
    known: Arc<Mutex<Known>>,
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.known).running.remove(&self.id);
    }
}

/// A round that is due.
struct Due {
    infra: InfraId,
    check: Check,
    every: u64,
    since: Timestamp,
}

impl Due {
    fn id(&self) -> String {
        WatchRecord::record_id(self.check, &self.infra)
    }
}

impl Deployer {
    /// Watches infrastructures as their [settings](crate::watch::WatchSetting) say, from now on, in the background, until
    /// the last clone of this Deployer is gone or it is [shut down](Self::shutdown). Without a setting nothing is watched.
    /// Of several processes, one does a round. A failure is logged, and the next round continues.
    pub fn watch_always(&self, directories: Arc<dyn DirectoryConnector>) {
        self.in_rounds(Watching {
            directories,
            known: Arc::default(),
            usual: Arc::new(Semaphore::new(MOST)),
            slow: Arc::new(Semaphore::new(MOST_UNKNOWN)),
        });
    }
}

impl Looking for Watching {
    const PAUSE: Duration = Duration::from_secs(5);
    const OBJECT: &str = OBJECT;
    const FAILED: &str = "what is to be watched could not be read";

    async fn look(&mut self, deployer: &Deployer) -> Result<(), DeployerError> {
        self.begin_due(deployer).await
    }
}

impl Watching {
    async fn begin_due(&self, deployer: &Deployer) -> Result<(), DeployerError> {
        let settings = deployer.watch_settings().await?.readable;
        if settings.iter().all(|it| it.health_every.is_none() && it.parity_every.is_none()) {
            return Ok(());
        }
        let (model, now) = (deployer.snapshot().await?, deployer.now());
        for infra in model.infras().map(|kept| &**kept.value) {
            let Some(setting) = setting_of(&settings, &infra.id) else { continue };
            // If it cannot be read, the round says so.
            if matches!(model.maintenance_of(infra, now), Ok(Some(_))) {
                continue;
            }
            for check in Check::ALL {
                let Some(every) = setting.every(check) else { continue };
                let (infra, since) = (infra.id.clone(), setting.since);
                self.begin_if_due(deployer, Due { infra, check, every, since }, now);
            }
        }
        Ok(())
    }

    fn begin_if_due(&self, deployer: &Deployer, due: Due, now: Timestamp) {
        let id = due.id();
        let rhythm = Rhythm { of: &id, every: due.every, since: due.since };
        let is_slow = {
            let mut known = lock(&self.known);
            let last = known.began.get(&id).copied();
            if known.running.contains(&id) || !rhythm.is_due(last, now) {
                return;
            }
            known.running.insert(id.clone());
            known.slow.contains(&id)
        };
        let running = Running { id, known: Arc::clone(&self.known) };
        let Ok(member) = deployer.inner.life.begin() else { return };
        let lane = Arc::clone(if is_slow { &self.slow } else { &self.usual });
        let (deployer, directories) = (deployer.clone(), Arc::clone(&self.directories));
        tokio::spawn(async move {
            let _member = member;
            let life = Arc::clone(&deployer.inner.life);
            let id = running.id.clone();
            let known = Arc::clone(&running.known);
            let at = deployer.now();
            let work = do_one(lane, deployer, due, running, directories);
            tokio::select! {
                biased;
                () = life.reached(Phase::Draining) => {}
                done = caught(work) => {
                    if done.is_err() {
                        tracing::error!(watch = id, "a round of watching panicked");
                        lock(&known).began.insert(id, at);
                    }
                }
            }
        });
    }
}

/// It owns what it works with, so that it can be a task.
async fn do_one(
    lane: Arc<Semaphore>,
    deployer: Deployer,
    due: Due,
    running: Running,
    directories: Arc<dyn DirectoryConnector>,
) {
    // Semaphores are never closed.
    let _permit = lane.acquire().await.ok();
    let rhythm = Some(Rhythm { of: &running.id, every: due.every, since: due.since });
    let deadline = Duration::from_millis(due.check.deadline(due.every));
    let task = Task { infra: &due.infra, check: due.check, deadline, rhythm };
    let done = deployer.watch_round(task, &directories).await;
    let object = format!("{OBJECT}/{}", running.id);
    match done {
        Ok(Done::Run(run)) => {
            tracing::debug!(infra = %due.infra, check = %due.check, open = run.open.len(), "watched");
            running.was(&run.round);
            deployer.inner.life.is_well(&object);
        }
        Ok(Done::NotDue(round)) => running.was(&round),
        Ok(Done::Paused) => {}
        Ok(Done::By(holder)) => {
            tracing::debug!(infra = %due.infra, check = %due.check, holder, "another process watches it");
        }
        // What was seen is about another infrastructure: it is looked at again.
        Err(DeployerError::ChangedMeanwhile(_)) => {}
        Err(error) => {
            running.failed(deployer.now());
            if deployer.inner.life.is_news(&object, &error.to_string()) {
                tracing::warn!(infra = %due.infra, check = %due.check, %error, "a round of watching failed");
            }
        }
    }
}

impl Running {
    /// The next attempt waits for its time.
    fn failed(&self, at: Timestamp) {
        lock(&self.known).began.insert(self.id.clone(), at);
    }

    fn was(&self, round: &KeptRound) {
        let mut known = lock(&self.known);
        known.began.insert(self.id.clone(), round.began);
        let is_slow = round
            .unknown
            .iter()
            .any(|it| it.subject.kind == FindingKind::ParityUnknown || it.subject.node.is_some());
        if is_slow {
            known.slow.insert(self.id.clone());
        } else {
            known.slow.remove(&self.id);
        }
    }
}
