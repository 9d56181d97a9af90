use std::sync::Arc;

use tokio::sync::watch;

/// The changes that requests have begun. They go on when their client is gone, so a host that stops waits for them.
#[derive(Debug, Clone)]
pub struct RunningRequests(Arc<watch::Sender<usize>>);

/// Counts as a running request until it is dropped.
pub(super) struct Running(RunningRequests);

impl Default for RunningRequests {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl RunningRequests {
    pub(super) fn begin(&self) -> Running {
        self.0.send_modify(|running| *running += 1);
        Running(self.clone())
    }

    /// Waits until none is running.
    pub async fn ended(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|running| *running == 0).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.send_modify(|running| *running -= 1);
    }
}
