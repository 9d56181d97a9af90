//! The events of one update: its log, and its end.

use std::time::Duration;

use axum::response::sse::Event;
use futures::{Stream, stream};
use project_deployer::core::{DeploymentId, Timestamp};
use project_deployer::{Deployer, ProgressEvents, UpdateLogPart};
use tokio::time::{Instant, timeout};

use super::HEARTBEAT;
use crate::api::request::Caller;
use crate::api::steps;
use crate::api::updates::LogPart;

/// How often the log of an update is read that another process runs, and whether the caller may still read it.
const INTERVAL: Duration = Duration::from_millis(500);

/// How far a client is.
pub(super) struct LogStream {
    deployer: Deployer,
    caller: Caller,
    /// The deployment, and the start of the update.
    update: (DeploymentId, Timestamp),
    progress: ProgressEvents,
    /// What was read and not sent. None after the last event.
    part: Option<UpdateLogPart>,
}

impl LogStream {
    /// Goes on after what was read. `progress` was subscribed to before that, so that no line is between the two.
    pub(super) fn new(
        deployer: Deployer,
        caller: Caller,
        update: (DeploymentId, Timestamp),
        (progress, first): (ProgressEvents, UpdateLogPart),
    ) -> Self {
        Self { deployer, caller, update, progress, part: Some(first) }
    }

    pub(super) fn messages(self) -> impl Stream<Item = Event> + Send + 'static {
        let messages = stream::unfold(self, |mut this| async move {
            let event = this.next().await?;
            Some((event, this))
        });
        Box::pin(messages)
    }

    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        let mut part = self.part.take()?;
        let begun = Instant::now();
        loop {
            if !part.lines.is_empty() {
                let event = Event::default().event("log").id(part.next.to_string());
                let lines = std::mem::take(&mut part.lines);
                let data = LogPart { lines, next: part.next, ended: part.ended };
                self.part = Some(part);
                return event.json_data(data).ok();
            }
            let (id, start) = &self.update;
            if part.ended {
                let trace = self.caller.update_trace(id, *start).await.ok()?;
                let event = Event::default().event("end").id(part.next.to_string());
                return event.json_data(steps::details(&trace)).ok();
            }
            if begun.elapsed() >= HEARTBEAT {
                self.part = Some(part);
                return Some(Event::default().comment("alive"));
            }
            // A line of this process hastens the next look; other processes' lines wait for it.
            let _ = timeout(INTERVAL, line_of(&mut self.progress, id, *start)).await;
            self.deployer.check_principal(&self.caller.principal).await.ok()?;
            part = self.caller.update_log(id, *start, part.next).await.ok()?;
        }
    }
}

/// Waits for a line of an update that runs in this process.
async fn line_of(progress: &mut ProgressEvents, id: &DeploymentId, start: Timestamp) {
    while let Some(event) = progress.next().await {
        if event.deployment == *id && event.start == start {
            return;
        }
    }
    // The Deployer is gone.
    std::future::pending().await
}
