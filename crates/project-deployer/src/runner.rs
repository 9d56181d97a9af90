//! Carries out updates: thin code around the decisions of [`crate::update`].

mod carry_out;
mod deletion;
mod journal;
mod lease;
mod node_session;
mod observe;
mod queue;
mod resume;

use std::error::Error as _;
use std::pin::pin;

use project_deployer_core::status::UpdateStatus;
use project_deployer_store::StoreError;
use tokio::sync::watch;

pub(crate) use self::deletion::log_left;
pub(crate) use self::journal::{Journal, encode};
pub(crate) use self::lease::LeaseKeeper;
pub(crate) use self::node_session::{NodeSession, node_settings};
pub(crate) use self::observe::observe_deployment;
pub(crate) use self::queue::{Place, UpdateQueue};
pub use self::queue::{QueuedUpdate, UpdateLimits, WaitsFor};
pub(crate) use self::resume::Entries;
use crate::deployer::Deployer;
use crate::update::{Next, NodeProgress, Step, StepOutcome, UpdateEvent, next, where_failed};

/// An update that runs in this process.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) deployer: Deployer,
    pub(crate) journal: Journal,
    pub(crate) keeper: LeaseKeeper,
    pub(crate) nodes: Vec<NodeSession>,
}

/// Notifies waiters that an update has ended, in whatever way: a panic counts as an end.
struct Running {
    deployer: Deployer,
    task: String,
    ended: watch::Sender<bool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.deployer.running().remove(&self.task);
        // There may be no waiter.
        let _ = self.ended.send(true);
    }
}

impl Run {
    /// Runs the update in a Tokio task of its own, under its task id.
    pub(crate) fn spawn(self) {
        let task = self.journal.update.task.0.clone();
        let (ended, watcher) = watch::channel(false);
        let deployer = self.deployer.clone();
        deployer.running().insert(task.clone(), watcher);
        let running = Running { deployer: deployer.clone(), task, ended };
        let (update, plan) = (&self.journal.update, &self.journal.plan);
        let queue = &deployer.inner.queue;
        let place = queue.join(update.deployment.clone(), update.start, plan.nodes.clone());
        tokio::spawn(async move {
            let Self { journal, keeper, nodes, .. } = self;
            let mut steps = Steps { deployer: deployer.clone(), journal, nodes };
            if let Err(error) = keeper.holding(steps.run(place)).await {
                // The update stays open in the store: the next holder of its lease resumes it.
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                let task = &running.task;
                tracing::warn!(%task, %error, %cause, "an update stopped here; it is resumed later");
            }
            keeper.release().await;
            drop(running);
        });
    }
}

/// The steps of an update, carried out one after the other.
struct Steps {
    deployer: Deployer,
    journal: Journal,
    nodes: Vec<NodeSession>,
}

impl Steps {
    /// The place is kept until the end.
    async fn run(&mut self, mut place: Place) -> Result<(), StoreError> {
        if let Some(QueuedUpdate { position, waits_for, .. }) = place.queued() {
            let at = self.deployer.now();
            let node = match waits_for {
                WaitsFor::Node(name) => Some(name),
                WaitsFor::AnyUpdate => None,
            };
            self.journal.append(UpdateEvent::Queued { at, position, node }).await?;
        }
        place.turn().await;
        loop {
            match next(&self.journal.plan, &self.journal.events) {
                Next::Close(status) => return self.close(status).await,
                Next::Take { node, step, pause } => {
                    tokio::time::sleep(pause).await;
                    self.take(node, step).await?;
                }
            }
        }
    }

    async fn take(&mut self, node: usize, step: Step) -> Result<(), StoreError> {
        let at = self.deployer.now();
        self.journal.append(UpdateEvent::StepStarted { at, node, step }).await?;
        let outcome = match self.nodes.get(node) {
            Some(session) => {
                let progress = NodeProgress::read(&self.journal.plan, &self.journal.events, node);
                let archive = &*self.deployer.inner.archive;
                let plan = &self.journal.plan;
                let outcome = carry_out::carry_out(step, plan, &progress, session, archive);
                self.watched(node, step, outcome).await
            }
            None => StepOutcome::Failed {
                reason: "the infrastructure no longer has this node; update again".to_owned(),
                retry_after_ms: None,
            },
        };
        let at = self.deployer.now();
        self.journal.append(UpdateEvent::StepFinished { at, node, step, outcome }).await
    }

    /// Waits for a step, and warns once when it outlives its expected time.
    async fn watched<T>(&self, node: usize, step: Step, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        match tokio::time::timeout(step.expected_time(), work.as_mut()).await {
            Ok(done) => done,
            Err(_) => {
                let deployment = &self.journal.plan.deployment;
                let node = self.journal.plan.nodes.get(node).map(|node| &node.name);
                tracing::warn!(%deployment, ?node, %step, "an update is stalled: check what the node does");
                work.await
            }
        }
    }

    async fn close(&mut self, status: UpdateStatus) -> Result<(), StoreError> {
        let at = self.deployer.now();
        let failed = status == UpdateStatus::Failed;
        let why = where_failed(&self.journal.plan, &self.journal.events).filter(|_| failed);
        self.journal.close(at, status, why).await
    }
}
