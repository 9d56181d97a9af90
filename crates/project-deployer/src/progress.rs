use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::deployer::UpdateProgress;

/// The progress of updates that run in this process, from the subscription on.
#[derive(Debug)]
#[must_use = "events are received with `next`"]
pub struct ProgressEvents(pub(crate) Receiver<UpdateProgress>);

impl ProgressEvents {
    /// The next event, as soon as there is one; none when the Deployer is gone. No event is lost if the future is
    /// dropped.
    pub async fn next(&mut self) -> Option<UpdateProgress> {
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(event),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
