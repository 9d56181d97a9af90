use std::time::Duration;

use tokio::task::JoinHandle;

/// Tokio's clock, which is paused until a test advances it. A paused clock alone would jump to the next
/// timer whenever all tasks wait for the network; a task that is never idle keeps it from that.
pub(super) struct StoppedClock(JoinHandle<()>);

impl StoppedClock {
    pub(super) fn new() -> Self {
        tokio::time::pause();
        Self(tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        }))
    }

    pub(super) async fn advance(&self, time: Duration) {
        tokio::time::advance(time).await;
    }

    /// Moves the clock until something has come.
    pub(super) async fn advance_until(&self, has_come: impl Fn() -> bool) {
        while !has_come() {
            self.advance(Duration::from_millis(1)).await;
        }
    }
}

impl Drop for StoppedClock {
    fn drop(&mut self) {
        self.0.abort();
    }
}
