use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
// The clock of the runtime, which tests can advance.
use tokio::time::Instant;

use crate::commit::{Commit, Expected, Write};
use crate::document::{Collection, Document, DocumentKey, Version};
use crate::error::StoreError;
use crate::lease::Lease;
use crate::store::{JournalEntry, JournalStream, Store};

/// State in memory. Clones share it, as processes share a database. `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    documents: BTreeMap<DocumentKey, Document>,
    /// The version of the newest write of any document, so that no version is ever reused.
    newest: u64,
    journals: BTreeMap<JournalStream, Vec<Value>>,
    leases: BTreeMap<String, Held>,
}

struct Held {
    lease: Lease,
    /// None after the release; the token stays.
    until: Option<Instant>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Commits check first and then write without a way to fail, so a panic elsewhere leaves
        // nothing half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self, commit: &Commit) -> Result<(), StoreError> {
        if let Some(lease) = &commit.fence {
            self.ours(lease)?;
        }
        for write in &commit.writes {
            let (key, expected) = write.expectation();
            let found = self.documents.get(key).map(|document| document.version);
            let holds = match expected {
                Expected::Any => true,
                Expected::Absent => found.is_none(),
                Expected::Version(version) => found == Some(version),
            };
            if !holds {
                return Err(StoreError::Conflict(key.clone()));
            }
        }
        Ok(())
    }

    fn write(&mut self, commit: Commit) {
        for write in commit.writes {
            match write {
                Write::Put { key, body, secrets, .. } => {
                    self.newest += 1;
                    let version = Version(self.newest);
                    self.documents.insert(key, Document { version, body, secrets });
                }
                Write::Delete { key, .. } => {
                    self.documents.remove(&key);
                }
                Write::Check { .. } => {}
            }
        }
        for (stream, entry) in commit.entries {
            self.journals.entry(stream).or_default().push(entry);
        }
    }

    /// An expired lease without a new holder still belongs to its old holder: no other holder wrote since.
    fn ours(&self, lease: &Lease) -> Result<(), StoreError> {
        match self.leases.get(&lease.name) {
            Some(held) if held.lease == *lease && held.until.is_some() => Ok(()),
            _ => Err(StoreError::LeaseLost { name: lease.name.clone() }),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        Ok(self.state().documents.get(key).cloned())
    }

    async fn list(&self, collection: Collection) -> Result<Vec<(String, Document)>, StoreError> {
        let state = self.state();
        let of_kind = state
            .documents
            .range(collection.key("")..)
            .take_while(|(key, _)| key.collection == collection);
        Ok(of_kind.map(|(key, document)| (key.id.clone(), document.clone())).collect())
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let mut state = self.state();
        state.check(&commit)?;
        state.write(commit);
        Ok(())
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let state = self.state();
        let entries = state.journals.get(stream).into_iter().flatten().zip(1_u64..);
        Ok(entries
            .filter(|(_, sequence)| *sequence > after)
            .map(|(body, sequence)| JournalEntry { sequence, body: body.clone() })
            .collect())
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        let mut state = self.state();
        let now = Instant::now();
        let token = match state.leases.get(name) {
            Some(held) if held.until.is_some_and(|until| until > now) => {
                let holder = held.lease.holder.clone();
                return Err(StoreError::Held { name: name.to_owned(), holder });
            }
            Some(held) => held.lease.token() + 1,
            None => 1,
        };
        let lease = Lease::issue(name, holder, token);
        let held = Held { lease: lease.clone(), until: Some(now + time) };
        state.leases.insert(name.to_owned(), held);
        Ok(lease)
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        let mut state = self.state();
        state.ours(lease)?;
        if let Some(held) = state.leases.get_mut(&lease.name) {
            held.until = Some(Instant::now() + time);
        }
        Ok(())
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(held) = state.leases.get_mut(&lease.name).filter(|held| held.lease == *lease) {
            held.until = None;
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod conformance {
    crate::store_conformance!(super::MemoryStore::new());
}
