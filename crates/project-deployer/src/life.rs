//! The life of a Deployer: its phases, the tasks that run for it, and what a panic in one of them becomes.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use project_deployer_client::DeployerError;
use tokio::sync::watch;
use tokio::time::{sleep, timeout_at};

/// How far a Deployer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It begins whatever is asked of it.
    Open,
    /// It begins nothing new, and what runs goes on.
    Draining,
    /// What still runs is handed over.
    HandingOver,
    /// Nothing runs any more.
    Closed,
}

/// The phase of a Deployer, and its tasks. Tasks hold it without holding the Deployer.
#[derive(Debug)]
pub(crate) struct Life {
    phase: watch::Sender<Phase>,
    tasks: watch::Sender<usize>,
    logged: Mutex<BTreeMap<String, String>>,
}

/// Counts as a task of the Deployer until it is dropped.
#[derive(Debug)]
pub(crate) struct Member(Arc<Life>);

/// Work of the Deployer that panicked. The message may name anything, so it stays on the standard error.
#[derive(Debug, thiserror::Error)]
#[error(
    "the Deployer panicked, which is a defect; its standard error has the message: please report it"
)]
pub(crate) struct Panicked;

impl Life {
    pub(crate) fn new() -> Arc<Self> {
        let (phase, _) = watch::channel(Phase::Open);
        let (tasks, _) = watch::channel(0);
        Arc::new(Self { phase, tasks, logged: Mutex::default() })
    }

    /// Begins a task, unless the Deployer shuts down.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Member, DeployerError> {
        // Counted before the phase is read, so that a shutdown waits for every task that it did not refuse.
        self.tasks.send_modify(|tasks| *tasks += 1);
        let member = Member(Arc::clone(self));
        let phase = *self.phase.borrow();
        if phase == Phase::Open { Ok(member) } else { Err(DeployerError::ShuttingDown) }
    }

    /// Enters a phase. None is entered twice, and none is left backwards.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_if_modified(|current| {
            let later = phase > *current;
            *current = phase.max(*current);
            later
        });
    }

    /// Whether a phase has come.
    pub(crate) fn has_reached(&self, phase: Phase) -> bool {
        *self.phase.borrow() >= phase
    }

    /// Waits until a phase has come.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender lives as long as `self`.
        let _ = self.phase.subscribe().wait_for(|current| *current >= phase).await;
    }

    /// Waits for the end of all tasks. Returns whether they ended in time.
    pub(crate) async fn tasks_ended(&self, by: tokio::time::Instant) -> bool {
        let mut tasks = self.tasks.subscribe();
        let none_left = tasks.wait_for(|tasks| *tasks == 0);
        timeout_at(by, none_left).await.is_ok()
    }

    /// Pauses between two rounds of a task in the background. Returns whether there is a next round.
    pub(crate) async fn next_round(&self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.reached(Phase::Draining) => false,
            () = sleep(pause) => true,
        }
    }

    /// Whether an error of an object is news: it was not logged, or another one was.
    pub(crate) fn is_news(&self, object: &str, error: &str) -> bool {
        let mut logged = self.logged();
        let is_news = logged.get(object).is_none_or(|known| known != error);
        if is_news {
            logged.insert(object.to_owned(), error.to_owned());
        }
        is_news
    }

    /// Forgets the error of an object that is well again: another one is news.
    pub(crate) fn is_well(&self, object: &str) {
        self.logged().remove(object);
    }

    /// Forgets the errors of all other objects.
    pub(crate) fn forget_except(&self, is_left: impl Fn(&str) -> bool) {
        self.logged().retain(|object, _| is_left(object));
    }

    fn logged(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.tasks.send_modify(|tasks| *tasks -= 1);
    }
}

/// Does work of the Deployer, of which a panic is an error.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests;
