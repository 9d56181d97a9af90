//! The end of a Deployer: its updates end within a bound, or other processes go on with them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use project_deployer_core::{DeploymentId, Timestamp};
use tokio::time::Instant;

use crate::deployer::Deployer;
use crate::life::{Life, Phase};
use crate::runner::Work;

/// How much of the bound of a shutdown is kept for handing over: a fifth, at most this.
const LONGEST_HANDOVER: Duration = Duration::from_secs(2);

/// What a bound means that is too far away for a clock.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// What became of the updates of a Deployer that was shut down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it says which updates are still open"]
pub struct Shutdown {
    /// Those that ended while the shutdown waited.
    pub ended: Vec<OpenUpdate>,
    /// Those that are open and free: another process goes on with them at once.
    pub handed_over: Vec<OpenUpdate>,
    /// Those that are open and not free, since the store did not answer in time: another process goes on with them when
    /// their lease has expired.
    pub unreleased: Vec<OpenUpdate>,
    /// Whether all other work has stopped: recovery and the collection of archives.
    pub background_stopped: bool,
}

/// An update that ran when its Deployer was shut down.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenUpdate {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The start of the update, which identifies it.
    pub start: Timestamp,
}

/// The updates that this process works on, and what became of those that it worked on when it was shut down.
#[derive(Debug, Default)]
pub(crate) struct Left(Mutex<(Vec<OpenUpdate>, Shutdown)>);

impl Left {
    /// This process works on an update from now on.
    pub(crate) fn begin(&self, update: &OpenUpdate) {
        self.lock().0.push(update.clone());
    }

    /// Its work on an update has ended.
    pub(crate) fn end(&self, update: &OpenUpdate, work: Work, is_released: bool, life: &Life) {
        let (open, left) = &mut *self.lock();
        open.retain(|other| other != update);
        if !life.has_reached(Phase::Draining) {
            return;
        }
        let list = match (work, is_released) {
            (Work::Ended, _) => &mut left.ended,
            (Work::Open, true) => &mut left.handed_over,
            (Work::Open, false) => &mut left.unreleased,
        };
        list.push(update.clone());
    }

    fn report(&self) -> Shutdown {
        let (open, left) = &*self.lock();
        let mut report = left.clone();
        report.unreleased.extend(open.iter().cloned());
        report
    }

    fn lock(&self) -> MutexGuard<'_, (Vec<OpenUpdate>, Shutdown)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deployer {
    /// Shuts this Deployer down within a bound. From now on it begins no update: those are refused with
    /// [`DeployerError::ShuttingDown`](crate::DeployerError). Updates that wait are handed over at once. Updates that
    /// run may end; those that have not ended shortly before the bound stop where they are and are handed over, so
    /// that another process on the same state resumes them at once, as it does after a death. Recovery and the
    /// collection of archives stop as well. Reads still work.
    ///
    /// Called again, it waits again, and the earlier bound counts.
    pub async fn shutdown(&self, within: Duration) -> Shutdown {
        let life = &self.inner.life;
        let now = Instant::now();
        let bound = now.checked_add(within).unwrap_or_else(|| now + FOR_EVER);
        life.enter(Phase::Draining);
        let handover = (within / 5).min(LONGEST_HANDOVER);
        life.tasks_ended(bound - handover).await;
        life.enter(Phase::HandingOver);
        let background_stopped = life.tasks_ended(bound).await;
        life.enter(Phase::Closed);
        self.inner.presence.left(bound).await;
        Shutdown { background_stopped, ..self.inner.left.report() }
    }
}
