//! The steps of an update, carried out one after the other.

use std::sync::Arc;

use project_deployer_core::status::UpdateStatus;
use project_deployer_store::StoreError;
use tracing::Instrument as _;

use super::cancel::Cancel;
use super::queue::{Place, QueuedUpdate, WaitsFor};
use super::{Journal, LeaseKeeper, NodeSession, carry_out};
use crate::deployer::Deployer;
use crate::life::{Panicked, Phase, caught};
use crate::state::CancelRequest;
use crate::update::{
    Next, NodeProgress, Step, StepOutcome, UpdateEvent, after_cancel, asks_windows, broken_off,
    hook_failures, is_cancelled, is_stopped_by_cancel, last_but_logs, next, refused_by_windows,
    where_failed,
};

/// How the work of this process on an update ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// The update has ended.
    Ended,
    /// It is open, and whoever takes its lease goes on with it.
    Open,
}

/// An update that this process carries out.
pub(super) struct Steps {
    pub(super) deployer: Deployer,
    pub(super) journal: Journal,
    pub(super) nodes: Vec<NodeSession>,
    pub(super) cancel: Cancel,
}

impl Steps {
    /// The place is kept until the end.
    pub(super) async fn run(&mut self, mut place: Place) -> Result<Work, StoreError> {
        self.note_queue(&place).await?;
        let life = Arc::clone(&self.deployer.inner.life);
        tokio::select! {
            biased;
            () = self.cancel.requested() => {}
            // Before the turn: the places of those that are handed over are free, and nobody begins something new then.
            () = life.reached(Phase::Draining) => return Ok(Work::Open),
            () = place.turn() => {}
        }
        if self.cancel.request().is_none()
            && asks_windows(&self.journal.plan, &self.journal.events)
            && let Some(work) = self.ask_windows().await?
        {
            return Ok(work);
        }
        loop {
            if let Some(request) = self.cancel.request() {
                self.heed(request).await;
            }
            match next(&self.journal.plan, &self.journal.events) {
                Next::Close(status) => {
                    if self.close(status).await? {
                        return Ok(Work::Ended);
                    }
                }
                Next::Hook { phase, index } => self.run_hook(phase, index).await?,
                Next::Take { node, step, pause } => {
                    if self.cancel.pause(pause).await {
                        self.take(node, step).await?;
                    }
                }
            }
        }
    }

    async fn note_queue(&mut self, place: &Place) -> Result<(), StoreError> {
        let Some(QueuedUpdate { position, waits_for, .. }) = place.queued() else { return Ok(()) };
        let at = self.deployer.now();
        let node = match waits_for {
            WaitsFor::Node(name) => Some(name),
            WaitsFor::AnyUpdate => None,
        };
        self.journal.append(UpdateEvent::Queued { at, position, node }).await
    }

    /// Takes a cancel into account. Whoever requested it has written it to the journal, which says what came before it.
    async fn heed(&mut self, request: CancelRequest) {
        self.cancel.begin();
        if !is_cancelled(&self.journal.events) {
            let CancelRequest { at, by } = request;
            self.journal.remember(UpdateEvent::CancelRequested { at, by });
            self.journal.in_stored_order().await;
        }
    }

    /// Takes the cancel into account that kept an entry from being written.
    pub(super) async fn heed_stored(&mut self) -> Result<(), StoreError> {
        if let Some(request) = self.journal.read_task().await? {
            self.heed(request).await;
        }
        Ok(())
    }

    async fn take(&mut self, node: usize, step: Step) -> Result<(), StoreError> {
        let at = self.deployer.now();
        match self.journal.append(UpdateEvent::StepStarted { at, node, step }).await {
            Err(StoreError::Conflict(_)) => return self.heed_stored().await,
            appended => appended?,
        }
        let (plan, events) = (&self.journal.plan, &self.journal.events);
        let session = self.nodes.get(node);
        let mut logs = None;
        let outcome = match session {
            Some(session) => {
                let progress = NodeProgress::read(plan, events, node);
                logs = carry_out::logs_before(step, plan, &progress, session).await;
                let archive = &*self.deployer.inner.archive;
                let work = carry_out::carry_out(step, plan, &progress, session, archive);
                let name = plan.nodes.get(node).map_or("", |node| &node.name);
                let span = tracing::info_span!("step", %step, node = name);
                let watched = watched(&self.journal, node, step, work).instrument(span);
                let is_stopped = is_stopped_by_cancel(plan, events, node);
                let limited = self.cancel.limit(is_stopped, watched).await;
                limited.unwrap_or_else(|| given_up(step))
            }
            None => StepOutcome::Failed {
                reason: "the infrastructure no longer has this node; update again".to_owned(),
                retry_after_ms: None,
            },
        };
        let at = self.deployer.now();
        self.journal.append(UpdateEvent::StepFinished { at, node, step, outcome }).await?;
        // Afterwards: whether they can be read decides nothing.
        if let (Some(logs), Some(session)) = (logs, session) {
            for log in logs.written(&*session.key).await {
                let at = self.deployer.now();
                self.journal.append(UpdateEvent::StepLog { at, node, step, log }).await?;
            }
        }
        Ok(())
    }

    /// Ends the update, and returns whether it has ended: it has not if it was cancelled just before.
    async fn close(&mut self, status: UpdateStatus) -> Result<bool, StoreError> {
        let (plan, events) = (&self.journal.plan, &self.journal.events);
        let failed = where_failed(plan, events).filter(|_| status == UpdateStatus::Failed);
        let mut reasons: Vec<_> = failed.into_iter().chain(after_cancel(plan, events)).collect();
        reasons.extend(hook_failures(plan, events));
        reasons.extend(refused_by_windows(events));
        let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
        match self.journal.close(self.deployer.now(), status, reason).await {
            Err(StoreError::Conflict(_)) => self.heed_stored().await.map(|()| false),
            closed => closed.map(|()| true),
        }
    }

    /// Ends an update in which the program panicked: whoever resumed it would panic as well.
    pub(super) async fn close_after(&mut self, keeper: &LeaseKeeper, panicked: Panicked) -> Work {
        let deployment = &self.journal.update.deployment;
        tracing::error!(%deployment, %panicked, "an update is ended");
        let mut causes = vec![panicked.to_string()];
        causes.extend(self.where_it_was());
        let (status, reason) = broken_off(&self.journal.events, true, &causes.join("; "));
        // A cancel changes nothing any more.
        self.journal.task = None;
        let close = self.journal.close(self.deployer.now(), status, Some(reason));
        // Without a renewal, which may be what panics.
        let error = match caught(keeper.once(close)).await {
            Ok(Ok(())) => return Work::Ended,
            Ok(Err(error)) => error.to_string(),
            Err(panicked) => panicked.to_string(),
        };
        tracing::error!(%error, "the end of an update could not be recorded; it is resumed later");
        Work::Open
    }

    /// The step that runs, and what is unknown for that reason.
    fn where_it_was(&self) -> Option<String> {
        let UpdateEvent::StepStarted { node, step, .. } = last_but_logs(&self.journal.events)?
        else {
            return None;
        };
        let node = self.journal.plan.nodes.get(*node).map_or("a node", |node| node.name.as_str());
        let effect = if step.only_reads() {
            String::new()
        } else {
            ", and whether it had its effect is unknown: check the status of the deployment"
                .to_owned()
        };
        Some(format!("on {node} this step ran: {step}{effect}"))
    }
}

/// Waits for a step, and warns once when it outlives its expected time.
async fn watched<T>(
    journal: &Journal,
    node: usize,
    step: Step,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    match tokio::time::timeout(step.expected_time(), work.as_mut()).await {
        Ok(done) => done,
        Err(_) => {
            let deployment = &journal.plan.deployment;
            let node = journal.plan.nodes.get(node).map(|node| &node.name);
            tracing::warn!(%deployment, ?node, %step, "an update is stalled: check what the node does");
            work.await
        }
    }
}

/// The outcome of a step that a cancelled update waits for no longer.
fn given_up(step: Step) -> StepOutcome {
    let reason = "the update was cancelled, and the node did not answer in time".to_owned();
    if step.only_reads() {
        StepOutcome::Failed { reason, retry_after_ms: None }
    } else {
        StepOutcome::Ambiguous { reason, retry_after_ms: None }
    }
}
