//! One reader of changes for all streams of a process.

use std::sync::{Arc, Mutex, PoisonError};

use axum::response::sse::Event;
use futures::Stream;
use project_deployer::store::Revision;
use project_deployer::{ChangeBatch, ChangeFollower, ChangesError, Deployer};
use tokio::sync::broadcast::{self, Receiver, Sender};

use super::stream::{self, Following};
use crate::api::request::{Answer, Caller};

/// How many batches a stream may be behind. One that is further behind is dropped.
const BEHIND: usize = 256;

/// What the reader found.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Changes(Arc<ChangeBatch>),
    /// Changes are missing before this revision.
    StartOver(Revision),
}

/// Reads changes while there are streams.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    sender: Mutex<Option<Sender<Found>>>,
}

impl Hub {
    /// The events of a caller after a revision, from now on without one; and that revision, from where on the client would
    /// resume.
    pub(super) async fn messages(
        &self,
        deployer: &Deployer,
        caller: Caller,
        after: Option<Revision>,
    ) -> Answer<(Revision, impl Stream<Item = Event> + Send + 'static)> {
        // Before the current revision is read, so that nothing is between both.
        let receiver = self.subscribe(deployer).await?;
        let at = deployer.revision().await?;
        // Later changes of them are in what is followed.
        deployer.check_principal(&caller.principal).await?;
        let following = Following::new(deployer.clone(), caller, receiver, at, after);
        Ok((after.unwrap_or(at), stream::messages(following)))
    }

    async fn subscribe(&self, deployer: &Deployer) -> Answer<Receiver<Found>> {
        if let Some(receiver) = self.running() {
            return Ok(receiver);
        }
        let follower = deployer.follow_changes().await?;
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        // Another stream may have begun meanwhile.
        if let Some(running) = sender.as_ref().filter(|running| running.receiver_count() > 0) {
            return Ok(running.subscribe());
        }
        let (new, receiver) = broadcast::channel(BEHIND);
        *sender = Some(new.clone());
        tokio::spawn(read(follower, new));
        Ok(receiver)
    }

    fn running(&self) -> Option<Receiver<Found>> {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let running = sender.as_ref().filter(|running| running.receiver_count() > 0)?;
        Some(running.subscribe())
    }
}

/// Reads until nobody listens. A stream that begins at that moment finds no listener, and begins a reader of its own.
async fn read(mut follower: ChangeFollower, sender: Sender<Found>) {
    let mut pause = tokio::time::interval(ChangeFollower::INTERVAL);
    pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        pause.tick().await;
        let found = match follower.next().await {
            Ok(None) if sender.receiver_count() == 0 => return,
            Ok(None) => continue,
            Ok(Some(batch)) => Found::Changes(Arc::new(batch)),
            Err(ChangesError::StartOver { .. }) => Found::StartOver(follower.revision()),
            Err(error) => {
                let reason: &dyn std::error::Error = &error;
                tracing::warn!(error = reason, "changes cannot be read; trying again");
                if sender.receiver_count() == 0 {
                    return;
                }
                continue;
            }
        };
        if sender.send(found).is_err() {
            return;
        }
    }
}
