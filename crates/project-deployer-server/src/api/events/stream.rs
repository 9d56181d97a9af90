//! The events of one client.

use std::collections::VecDeque;

use axum::response::sse::Event;
use futures::{Stream, stream};
use project_deployer::store::Revision;
use project_deployer::{ChangeBatch, ChangesError, Deployer, ObjectChange, VisibleChanges};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::hub::Found;
use super::{ChangeEvent, Changed, HEARTBEAT};
use crate::api::request::Caller;

/// How far a client is.
pub(super) struct Following {
    deployer: Deployer,
    caller: Caller,
    receiver: Receiver<Found>,
    /// Up to here, it is known that the caller may go on.
    checked: Revision,
    /// The client knows all changes up to here.
    at: Revision,
    /// Whether there may be changes that were committed before the receiver began.
    is_behind: bool,
    /// Events that wait for the connection.
    ready: VecDeque<Event>,
}

impl Following {
    /// After a revision; from now on without one. `now` is one at which the caller could log in.
    pub(super) fn new(
        deployer: Deployer,
        caller: Caller,
        receiver: Receiver<Found>,
        now: Revision,
        after: Option<Revision>,
    ) -> Self {
        let (at, is_behind, ready) = (after.unwrap_or(now), after.is_some(), VecDeque::new());
        Self { deployer, caller, receiver, checked: now, at, is_behind, ready }
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
                Ok(Ok(Found::StartOver(at))) => self.start_over_checked(at).await?,
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
                self.start_over_checked(at).await
            }
            // The client reconnects.
            Err(_) => None,
        }
    }

    /// Takes over the changes that the client does not know. None if the caller may not log in any more.
    fn take(&mut self, batch: &ChangeBatch) -> Option<()> {
        if self.caller.session.is_ended_by(batch, self.checked) {
            return None;
        }
        match self.caller.session.visible_changes(batch).ok()? {
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

    /// Starts over where changes are missing: one of them may have ended what the caller was authenticated with.
    async fn start_over_checked(&mut self, at: Revision) -> Option<()> {
        self.deployer.check_principal(&self.caller.principal).await.ok()?;
        let _ = self.caller.session.caller().await.ok()?;
        self.checked = at;
        self.start_over(at);
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
