//! Carries out updates: thin code around the decisions of [`crate::update`].

mod cancel;
mod carry_out;
mod code_env_logs;
mod deletion;
mod hooks;
mod journal;
mod lease;
mod node_session;
mod observe;
mod queue;
mod redaction;
mod resume;
mod steps;
mod webapps;
mod windows;

use std::error::Error as _;
use std::sync::Arc;

use project_deployer_client::TaskStopper;
use tokio::sync::{Notify, watch};
use tracing::Instrument as _;

use self::cancel::Cancel;
pub(crate) use self::deletion::log_left;
pub(crate) use self::journal::{Journal, encode};
pub(crate) use self::lease::LeaseKeeper;
pub(crate) use self::node_session::{NodeSession, NodeSessions, node_settings};
pub(crate) use self::observe::{observe, observe_deployment};
pub(crate) use self::queue::{Place, UpdateQueue};
pub use self::queue::{QueuedUpdate, UpdateLimits, WaitsFor};
pub(crate) use self::resume::Entries;
use self::steps::Steps;
pub(crate) use self::steps::Work;
use crate::deployer::Deployer;
use crate::life::{Member, Phase, caught};
use crate::shutdown::OpenUpdate;
use crate::state::CancelRequest;

/// An update to run in this process.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) deployer: Deployer,
    pub(crate) journal: Journal,
    pub(crate) keeper: LeaseKeeper,
    pub(crate) nodes: NodeSessions,
    pub(crate) member: Member,
}

/// An update that runs in this process, as others see it.
#[derive(Debug, Clone)]
pub(crate) struct RunningUpdate {
    /// Becomes true at the end.
    pub(crate) ended: watch::Receiver<bool>,
    /// Wakes it when it was cancelled here.
    pub(crate) hint: Arc<Notify>,
}

/// Notifies waiters that an update has ended, in whatever way.
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
        let (update, plan) = (&self.journal.update, &self.journal.plan);
        let (ended, watcher) = watch::channel(false);
        let hint = Arc::new(Notify::new());
        let open = OpenUpdate { deployment: update.deployment.clone(), start: update.start };
        let deployer = self.deployer.clone();
        let known = RunningUpdate { ended: watcher, hint: Arc::clone(&hint) };
        deployer.running().insert(task.clone(), known);
        deployer.inner.left.begin(&open);
        let (deployment, infra) = (&update.deployment, &plan.infra);
        let span =
            tracing::info_span!("update", update_id = %task, %deployment, infrastructure = %infra);
        let running = Running { deployer: deployer.clone(), task, ended };
        let queue = &deployer.inner.queue;
        let place = queue.join(update.deployment.clone(), update.start, plan.nodes.clone());
        let work = async move {
            let Self { journal, keeper, nodes: NodeSessions { nodes, stopper }, member, .. } = self;
            tracing::info!("an update begins, or goes on");
            let work = journal.work(nodes, stopper, &keeper, place, &hint).await;
            tracing::info!(?work, "the work of this process on the update is done");
            // Before the lease is free: this process may resume the update at once, under the same task.
            drop(running);
            let is_released = keeper.release().await;
            deployer.inner.left.end(&open, work, is_released, &deployer.inner.life);
            drop(member);
        };
        tokio::spawn(work.instrument(span));
    }
}

impl Journal {
    /// Works on the update until it has ended, until it is handed over, or until this process cannot go on.
    async fn work(
        self,
        nodes: Vec<NodeSession>,
        stopper: TaskStopper,
        keeper: &LeaseKeeper,
        place: Place,
        hint: &Notify,
    ) -> Work {
        let deployer = self.deployer.clone();
        let task = self.update.task.clone();
        let (found, request) = watch::channel::<Option<CancelRequest>>(self.cancel_request());
        let cancel = Cancel::new(request, stopper);
        let mut steps = Steps { deployer: deployer.clone(), journal: self, nodes, cancel };
        let carried_out = async {
            tokio::select! {
                biased;
                work = steps.run(place) => work,
                () = deployer.look_for_cancel(&task, hint, &found) => Ok(Work::Open),
            }
        };
        let carried_out = tokio::select! {
            biased;
            carried_out = caught(keeper.holding(carried_out)) => carried_out,
            () = deployer.inner.life.reached(Phase::HandingOver) => Ok(Ok(Work::Open)),
        };
        match carried_out {
            Ok(Ok(work)) => work,
            Ok(Err(error)) => {
                // The update stays open in the store: the next holder of its lease resumes it.
                let (task, cause) = (&task.0, error.source().map(ToString::to_string));
                let cause = cause.unwrap_or_default();
                tracing::warn!(%task, %error, %cause, "an update stopped here; it is resumed later");
                Work::Open
            }
            Err(panicked) => steps.close_after(keeper, panicked).await,
        }
    }
}
