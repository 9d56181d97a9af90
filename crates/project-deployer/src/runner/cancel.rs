//! The cancel of an update: a document that any process writes, and that the process of the update reads.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use project_deployer_client::TaskStopper;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout_at};

use crate::deployer::Deployer;
use crate::state::{CancelRequest, Task, TaskId};

/// How often the process of an update reads whether it was cancelled. A cancel in the same process is noticed at
/// once.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// How long a step may take to stop.
const STEP_STOPS_WITHIN: Duration = Duration::from_secs(10);

/// How long a cancelled update asks its nodes what they have. With the interval and the last entries of its journal,
/// it ends within 30 s.
const ENDS_WITHIN: Duration = Duration::from_secs(25);

/// What a running update knows of its cancel.
#[derive(Debug)]
pub(super) struct Cancel {
    request: watch::Receiver<Option<CancelRequest>>,
    /// Once cancelled: no call to a node is waited for after this.
    ends_by: Option<Instant>,
    /// Stops the tasks of nodes, once.
    stopper: Option<TaskStopper>,
}

impl Cancel {
    pub(super) fn new(
        request: watch::Receiver<Option<CancelRequest>>,
        stopper: TaskStopper,
    ) -> Self {
        Self { request, ends_by: None, stopper: Some(stopper) }
    }

    /// The request, if there is one by now. Its time runs from the first call that returns one.
    pub(super) fn request(&mut self) -> Option<CancelRequest> {
        let request = self.request.borrow().clone();
        if request.is_some() {
            self.begin();
        }
        request
    }

    /// Begins the time of a cancelled update.
    pub(super) fn begin(&mut self) {
        self.ends_by.get_or_insert_with(|| Instant::now() + ENDS_WITHIN);
    }

    /// Waits for a request.
    pub(super) async fn requested(&mut self) {
        if self.request.wait_for(Option::is_some).await.is_err() {
            // Nobody looks for one any more.
            pending::<()>().await;
        }
    }

    /// Pauses. A cancel ends the pause: what comes next has to be decided again. Returns whether it came to its end.
    pub(super) async fn pause(&mut self, pause: Duration) -> bool {
        let end = Instant::now() + pause;
        match self.ends_by {
            Some(by) => tokio::time::sleep_until(end.min(by)).await,
            None => tokio::select! {
                biased;
                () = self.requested() => return false,
                () = tokio::time::sleep_until(end) => {}
            },
        }
        true
    }

    /// Waits for a step. Once cancelled, a step that the cancel stops has some seconds for that, and any other one
    /// what is left of the time. None if it was given up.
    pub(super) async fn limit<T>(
        &mut self,
        is_stopped: bool,
        step: impl Future<Output = T>,
    ) -> Option<T> {
        let mut step = pin!(step);
        let by = match self.ends_by {
            Some(by) => by,
            None => {
                tokio::select! {
                    biased;
                    done = step.as_mut() => return Some(done),
                    () = self.requested() => self.begin(),
                }
                self.stops_by(is_stopped)
            }
        };
        timeout_at(by, step).await.ok()
    }

    fn stops_by(&mut self, is_stopped: bool) -> Instant {
        let soon = Instant::now() + STEP_STOPS_WITHIN;
        if is_stopped && let Some(stopper) = self.stopper.take() {
            stopper.stop();
        }
        match self.ends_by {
            Some(by) if !is_stopped => by,
            _ => soon,
        }
    }
}

impl Deployer {
    /// Looks for the cancel of a task as long as its update runs. It never returns.
    pub(super) async fn look_for_cancel(
        &self,
        task: &TaskId,
        hint: &Notify,
        found: &watch::Sender<Option<CancelRequest>>,
    ) {
        loop {
            tokio::select! {
                biased;
                () = hint.notified() => {}
                () = sleep(POLL_INTERVAL) => {}
            }
            match self.inner.repository.find::<Task>(&task.0).await {
                Ok(Some(task)) if task.value.cancel.is_some() => {
                    found.send_replace(task.value.cancel);
                    pending::<()>().await;
                }
                Ok(_) => {}
                // It is asked again, and the end of the update is not written without this document.
                Err(error) => {
                    tracing::debug!(task = %task.0, %error, "it is unknown whether an update was cancelled")
                }
            }
        }
    }

    /// Wakes an update of this process that was cancelled. Returns whether it runs here.
    pub(crate) fn hasten_cancel(&self, task: &TaskId) -> bool {
        let running = self.running();
        let found = running.get(&task.0);
        if let Some(update) = found {
            update.hint.notify_one();
        }
        found.is_some()
    }
}
