//! The events of one client.

use std::collections::VecDeque;
use std::time::Duration;

use axum::response::sse::Event;
use futures::{Stream, stream};
use project_deployer::core::{DeploymentId, Timestamp};
use project_deployer::store::Revision;
use project_deployer::{
    ChangeBatch, ChangesError, Deployer, DeployerSession, ObjectChange, ProgressEvents,
    UpdateLogPart, VisibleChanges,
};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::hub::Found;
use super::{ChangeEvent, Changed, HEARTBEAT};
use crate::api::request::Caller;
use crate::api::updates::LogPart;

/// How far a client is.
pub(super) struct Following {
    deployer: Deployer,
    session: DeployerSession,
    receiver: Receiver<Found>,
    /// The client knows all changes up to here.
    at: Revision,
    /// Whether there may be changes that were committed before the receiver began.
    is_behind: bool,
    /// Events that wait for the connection.
    ready: VecDeque<Event>,
}

impl Following {
    pub(super) fn new(
        deployer: Deployer,
        session: DeployerSession,
        receiver: Receiver<Found>,
        at: Revision,
        is_behind: bool,
    ) -> Self {
        let mut ready = VecDeque::new();
        if !is_behind {
            // The client learns from where on it would resume.
            ready.push_back(alive(at));
        }
        Self { deployer, session, receiver, at, is_behind, ready }
    }

    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if std::mem::take(&mut self.is_behind) {
                let batch = self.deployer.changes_after(self.at).await;
                self.caught_up(batch).await?;
                continue;
            }
            match timeout(HEARTBEAT, self.receiver.recv()).await {
                Err(_) => return Some(alive(self.at)),
                Ok(Ok(Found::Changes(batch))) if batch.until <= self.at => {}
                // What is between is read from the store.
                Ok(Ok(Found::Changes(batch))) if batch.after > self.at => self.is_behind = true,
                Ok(Ok(Found::Changes(batch))) => self.take(&batch)?,
                Ok(Ok(Found::StartOver(at))) => self.start_over(at),
                // A client that is too slow reconnects, and goes on where it is.
                Ok(Err(RecvError::Lagged(_) | RecvError::Closed)) => return None,
            }
        }
    }

    async fn caught_up(&mut self, batch: Result<ChangeBatch, ChangesError>) -> Option<()> {
        match batch {
            Ok(batch) => self.take(&batch),
            Err(ChangesError::StartOver { .. }) => {
                let at = self.deployer.revision().await.ok()?;
                self.start_over(at);
                Some(())
            }
            // The client reconnects.
            Err(_) => None,
        }
    }

    /// Takes over the changes that the client does not know. None if the caller may not log in any more.
    fn take(&mut self, batch: &ChangeBatch) -> Option<()> {
        match self.session.visible_changes(batch).ok()? {
            VisibleChanges::Changes(changes) => {
                let new: Vec<_> =
                    changes.into_iter().filter(|change| change.revision > self.at).collect();
                let commits = new.chunk_by(|one, other| one.revision == other.revision);
                self.ready.extend(commits.filter_map(commit));
                // Also where the caller sees none of the changes, so that a resume does not read them again.
                if self.ready.is_empty() {
                    self.ready.push_back(alive(batch.until));
                }
            }
            _ => self.start_over(batch.until),
        }
        self.at = batch.until;
        Some(())
    }

    fn start_over(&mut self, at: Revision) {
        self.at = at;
        self.ready.push_back(Event::default().event("reset").id(at.to_string()).data("{}"));
    }
}

pub(super) fn messages(following: Following) -> impl Stream<Item = Event> + Send + 'static {
    stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((event, following))
    })
}

/// The event of one commit.
fn commit(changes: &[ObjectChange]) -> Option<Event> {
    let revision = changes.first()?.revision;
    let data =
        ChangeEvent { revision: revision.0, changes: changes.iter().map(Changed::from).collect() };
    let event = Event::default().event("change").id(revision.to_string());
    event.json_data(data).ok()
}

/// No event for a page: it says that the stream lives, and from where on to resume.
fn alive(at: Revision) -> Event {
    Event::default().comment("alive").id(at.to_string())
}

/// The next event of an update's log, what was read after it, and whether it is the last one.
pub(super) async fn log_message(
    caller: &Caller,
    id: &DeploymentId,
    start: Timestamp,
    read: Option<UpdateLogPart>,
    mut progress: ProgressEvents,
    interval: Duration,
) -> Option<(Event, Option<UpdateLogPart>, ProgressEvents, bool)> {
    let mut part = read?;
    let mut quiet = Duration::ZERO;
    loop {
        if !part.lines.is_empty() {
            let event = Event::default().event("log").id(part.next.to_string());
            let data = LogPart { lines: part.lines, next: part.next, ended: part.ended };
            let mut rest = UpdateLogPart::default();
            (rest.next, rest.ended) = (part.next, part.ended);
            return Some((event.json_data(data).ok()?, Some(rest), progress, false));
        }
        if part.ended {
            let trace = caller.update_trace(id, start).await.ok()?;
            let event = Event::default().event("end").id(part.next.to_string());
            let event = event.json_data(super::super::steps::details(&trace)).ok()?;
            return Some((event, None, progress, true));
        }
        if quiet >= HEARTBEAT {
            let event = Event::default().comment("alive");
            return Some((event, Some(part), progress, false));
        }
        // A line of this process hastens the next look; other processes' lines wait for it.
        let _ = timeout(interval, progress.next()).await;
        quiet += interval;
        part = caller.update_log(id, start, part.next).await.ok()?;
    }
}
