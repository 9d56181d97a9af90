//! Updates in a copy of a state.

use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Listing, Store, StoreError};

use super::alone::Alone;
use super::{State, StateError};
use crate::clock::{Clock as _, SystemClock};
use crate::runner::encode;
use crate::state::{EndOfUpdate as _, HistoryRecord, LatestUpdate, Record as _, Stored, decode};
use crate::update::UpdateEvent;

/// How many updates are read at once.
const PAGE: usize = 200;

/// Why an update of a copy has ended.
const REASON: &str = "it ran when this state was copied. What the nodes have is unknown: check the status of the \
                      deployment, then update again";

/// Ends the updates that run in a copy of a state. The original goes on with them, or has ended them long ago: the
/// copy must not write on the nodes by itself.
pub(super) async fn end_updates(copy: &State, alone: &Alone) -> Result<(), StateError> {
    let mut next = Some(Listing::of(LatestUpdate::KIND, PAGE));
    while let Some(listing) = next.take() {
        let page = copy.store.list(&listing).await?;
        if let Some(last) = page.last().filter(|_| page.len() >= listing.limit) {
            next = Some(listing.after(last.id.clone()));
        }
        for found in page {
            let key = LatestUpdate::KIND.key(&found.id);
            let stored = Stored { body: found.body, secrets: Default::default() };
            // The check of the copy has read it.
            if let Ok(LatestUpdate(update)) = decode(&key, stored)
                && update.is_running()
            {
                end(&*copy.store, alone, &LatestUpdate(update)).await?;
            }
        }
    }
    Ok(())
}

async fn end(store: &dyn Store, alone: &Alone, running: &LatestUpdate) -> Result<(), StateError> {
    let (update, at) = (&running.0, SystemClock.now());
    let status = UpdateStatus::Failed;
    let entry = encode(&UpdateEvent::Closed { at, status, reason: Some(REASON.to_owned()) })?;
    let commit = alone.commit().append(update.task.journal(), entry);
    let ended = update.ended(at, status);
    let commit = commit.with_end(&ended, &HistoryRecord::of(&ended));
    let commit = commit.map_err(|error| StoreError::unavailable("end an update", error))?;
    store.commit(commit).await?;
    Ok(())
}
