use std::ops::Bound;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::store::MemoryStore;
use crate::document::DocumentKey;
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::maintenance::{Counters, Inventory, Maintenance, Resealed, StoreDamage};

#[async_trait]
impl Maintenance for MemoryStore {
    async fn inventory(&self) -> Result<Inventory, StoreError> {
        let state = self.state();
        let mut inventory = Inventory::new(Counters::new(state.revision, state.token));
        for (key, document) in &state.documents {
            *inventory.documents.entry(key.collection.clone()).or_default() += 1;
            inventory.sealing.unsealed += document.secrets.len() as u64;
        }
        let filled = state.journals.values().filter(|entries| !entries.is_empty());
        inventory.journals = filled.count() as u64;
        Ok(inventory)
    }

    async fn keys(
        &self,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<DocumentKey>, StoreError> {
        let state = self.state();
        let rest = state
            .documents
            .range((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
        Ok(rest.take(limit).map(|(key, _)| key.clone()).collect())
    }

    async fn journals(
        &self,
        after: Option<&JournalStream>,
        limit: usize,
    ) -> Result<Vec<JournalStream>, StoreError> {
        let state = self.state();
        let rest = state
            .journals
            .range((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
        let filled = rest.filter(|(_, entries)| !entries.is_empty());
        Ok(filled.take(limit).map(|(stream, _)| stream.clone()).collect())
    }

    async fn damage(&self) -> Result<Vec<StoreDamage>, StoreError> {
        Ok(Vec::new())
    }

    async fn snapshot(&self) -> Result<Option<Arc<dyn Maintenance>>, StoreError> {
        let state = self.state().clone();
        Ok(Some(Arc::new(Self { state: Arc::new(Mutex::new(state)) })))
    }

    async fn advance(&self, counters: Counters) -> Result<(), StoreError> {
        let mut state = self.state();
        if counters.revision > state.revision {
            state.compacted = counters.revision;
            state.revision = counters.revision;
        }
        state.token = state.token.max(counters.token);
        Ok(())
    }

    async fn seal_again(&self, _limit: usize) -> Result<Resealed, StoreError> {
        Ok(Resealed::new(0, 0))
    }

    async fn shrink(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
