#[cfg(test)]
mod tests;
mod turns;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use project_deployer_core::{DeploymentId, Timestamp};
use tokio::sync::watch;

use self::turns::turns;
pub use self::turns::{UpdateLimits, WaitsFor};
use crate::update::PlannedNode;

/// An update that waits until it may start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueuedUpdate {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The start of the update, which identifies it.
    pub start: Timestamp,
    /// Its place among those that wait; 1 is the next one.
    pub position: usize,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

/// The updates of this process that run, and those that wait.
#[derive(Debug)]
pub(crate) struct UpdateQueue {
    limits: UpdateLimits,
    members: Mutex<Vec<Member>>,
}

#[derive(Debug)]
struct Member {
    number: u64,
    deployment: DeploymentId,
    start: Timestamp,
    nodes: Vec<PlannedNode>,
    runs: watch::Sender<bool>,
}

/// The place of an update in the queue, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    queue: Arc<UpdateQueue>,
    number: u64,
    runs: watch::Receiver<bool>,
}

impl UpdateQueue {
    pub(crate) fn new(limits: UpdateLimits) -> Self {
        Self { limits, members: Mutex::default() }
    }

    /// Takes a place behind all others.
    pub(crate) fn join(
        self: &Arc<Self>,
        deployment: DeploymentId,
        start: Timestamp,
        nodes: Vec<PlannedNode>,
    ) -> Place {
        let (sender, runs) = watch::channel(false);
        let mut members = self.members();
        let number = members.last().map_or(0, |last| last.number + 1);
        members.push(Member { number, deployment, start, nodes, runs: sender });
        self.start_next(&members);
        Place { queue: Arc::clone(self), number, runs }
    }

    /// The updates that wait, in order.
    pub(crate) fn waiting(&self) -> Vec<QueuedUpdate> {
        let members = self.members();
        self.queued(&members).map(|(_, queued)| queued).collect()
    }

    fn queued<'a>(&self, members: &'a [Member]) -> impl Iterator<Item = (u64, QueuedUpdate)> + 'a {
        let waiting = members.iter().filter(|member| !member.runs());
        let queued = waiting.zip(self.reasons(members)).zip(1..);
        queued.filter_map(|((member, reason), position)| {
            let (deployment, start) = (member.deployment.clone(), member.start);
            let waits_for = reason?;
            Some((member.number, QueuedUpdate { deployment, start, position, waits_for }))
        })
    }

    fn start_next(&self, members: &[Member]) {
        let reasons = self.reasons(members);
        let waiting: Vec<_> = members.iter().filter(|member| !member.runs()).collect();
        for (member, reason) in waiting.into_iter().zip(reasons) {
            if reason.is_none() {
                member.runs.send_replace(true);
            }
        }
    }

    fn reasons(&self, members: &[Member]) -> Vec<Option<WaitsFor>> {
        let nodes = |runs: bool| {
            let some = members.iter().filter(move |member| member.runs() == runs);
            some.map(|member| member.nodes.as_slice())
        };
        turns(self.limits, nodes(true), nodes(false))
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    fn runs(&self) -> bool {
        *self.runs.borrow()
    }
}

impl Place {
    /// The update in the queue; `None` when it may start.
    pub(crate) fn queued(&self) -> Option<QueuedUpdate> {
        let members = self.queue.members();
        let mut queued = self.queue.queued(&members);
        queued.find(|(number, _)| *number == self.number).map(|(_, queued)| queued)
    }

    /// Waits until the update may start.
    pub(crate) async fn turn(&mut self) {
        // The sender lives as long as the place.
        let _ = self.runs.wait_for(|runs| *runs).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut members = self.queue.members();
        members.retain(|member| member.number != self.number);
        self.queue.start_next(&members);
    }
}
