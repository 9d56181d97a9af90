use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
// The clock of the runtime, which tests can advance.
use tokio::time::Instant;

use super::state::{Held, State};
use crate::commit::{Commit, CommitId, check_name};
use crate::document::{Document, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::lease::Lease;
use crate::page::{Changes, ListedDocument, Listing, StoreStatus};
use crate::store::Store;

/// State in memory. Clones share it, as processes share a database. `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub struct MemoryStore {
    pub(super) state: Arc<Mutex<State>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Commits check first and then write without a way to fail, so a panic elsewhere leaves
        // nothing half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn lasts(&self) -> bool {
        false
    }

    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        Ok(self.state().documents.get(key).cloned())
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError> {
        let state = self.state();
        let first = listing.after.as_deref().unwrap_or_default().max(&listing.prefix);
        let rest = state.documents.range(listing.collection.clone().key(first)..);
        let of_listing = rest
            .take_while(|(key, _)| key.collection == listing.collection)
            .take_while(|(key, _)| key.id.starts_with(&listing.prefix))
            .filter(|(key, _)| listing.after.as_ref().is_none_or(|after| key.id > *after))
            .take(listing.limit);
        let listed = |(key, document): (&DocumentKey, &Document)| {
            ListedDocument::new(key.id.clone(), document.revision, document.body.clone())
        };
        Ok(of_listing.map(listed).collect())
    }

    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let mut state = self.state();
        if let Some((revision, content)) = state.commits.get(&commit.id) {
            return commit.same_as(Some(&content.to_bytes())).map(|()| *revision);
        }
        state.check(&commit)?;
        Ok(state.write(commit))
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        Ok(self.state().commits.get(&id).map(|(revision, _)| *revision))
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        self.state().changes(after, limit)
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let state = self.state();
        let entries = state.journals.get(stream).into_iter().flatten().zip(1_u64..);
        Ok(entries
            .filter(|(_, sequence)| *sequence > after)
            .take(limit)
            .map(|(body, sequence)| JournalEntry::new(sequence, body.clone()))
            .collect())
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        check_name(name)?;
        check_name(holder)?;
        let mut state = self.state();
        let now = Instant::now();
        if let Some(held) = state.leases.get(name).filter(|held| held.until > now) {
            let holder = held.lease.holder.clone();
            return Err(StoreError::Held { name: name.to_owned(), holder });
        }
        state.token += 1;
        let lease = Lease::issue(name, holder, state.token);
        let held = Held { lease: lease.clone(), until: after(now, time) };
        state.leases.insert(name.to_owned(), held);
        Ok(lease)
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        let mut state = self.state();
        state.ours(lease)?;
        if let Some(held) = state.leases.get_mut(&lease.name) {
            held.until = after(Instant::now(), time);
        }
        Ok(())
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.ours(lease).is_ok() {
            state.leases.remove(&lease.name);
        }
        Ok(())
    }

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        self.state().compact(until);
        Ok(())
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        let state = self.state();
        let mut status = StoreStatus::new(state.revision, state.compacted);
        status.documents = state.documents.len() as u64;
        status.entries = state.journals.values().map(|entries| entries.len() as u64).sum();
        Ok(status)
    }
}

/// A time that the clock cannot count to is a day away.
fn after(now: Instant, time: Duration) -> Instant {
    const DAY: Duration = Duration::from_secs(86_400);
    now.checked_add(time).unwrap_or(now + DAY)
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod conformance {
    crate::store_conformance!(super::MemoryStore::new());
    crate::maintenance_conformance!(super::MemoryStore::new());
}
