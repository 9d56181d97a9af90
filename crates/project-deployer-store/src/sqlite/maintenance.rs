//! What an administrator does with a SQLite file.

mod counts;
mod faults;
mod reseal;

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::error::failed;
use super::open::connection;
use super::writer::Writer;
use crate::document::DocumentKey;
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::maintenance::{Counters, Inventory, Maintenance, Resealed, StoreDamage};
use crate::stored::number;

#[async_trait]
impl Maintenance for SqliteStore {
    async fn inventory(&self) -> Result<Inventory, StoreError> {
        self.readers.read("count what it holds", counts::inventory).await
    }

    async fn keys(
        &self,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<DocumentKey>, StoreError> {
        let after = after.cloned();
        let keys = move |file: &_| counts::keys(file, after.as_ref(), limit);
        self.readers.read("list keys", keys).await
    }

    async fn journals(
        &self,
        after: Option<&JournalStream>,
        limit: usize,
    ) -> Result<Vec<JournalStream>, StoreError> {
        let after = after.cloned();
        let journals = move |file: &_| counts::journals(file, after.as_ref(), limit);
        self.readers.read("list journals", journals).await
    }

    async fn damage(&self) -> Result<Vec<StoreDamage>, StoreError> {
        self.readers.read("check itself", |file| Ok(faults::damage(file))).await
    }

    async fn snapshot(&self) -> Result<Option<Arc<dyn Maintenance>>, StoreError> {
        let readers = self.readers.pinned("keep one state").await?;
        Ok(Some(Arc::new(Self { readers, writer: Writer::stopped(), ..self.clone() })))
    }

    async fn advance(&self, counters: Counters) -> Result<(), StoreError> {
        self.writer.write("advance", move |file| advance(file, counters)).await
    }

    async fn seal_again(&self, limit: usize) -> Result<Resealed, StoreError> {
        let sealer = Arc::clone(&self.sealer);
        let seal = move |file: &_| reseal::seal_again(file, &sealer, limit);
        self.writer.write("seal secrets again", seal).await
    }

    /// On a connection of its own: this is no transaction of the writer.
    async fn shrink(&self) -> Result<(), StoreError> {
        let path = Arc::clone(&self.path);
        let shrink = move || {
            let file = connection(&path, rusqlite::OpenFlags::empty());
            let file = file.map_err(|error| StoreError::unavailable("shrink", error))?;
            let shrunk = file.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
            shrunk.map_err(|error| failed("shrink", error))
        };
        let shrinking = tokio::task::spawn_blocking(shrink);
        shrinking.await.unwrap_or_else(|error| Err(StoreError::unavailable("shrink", error)))
    }
}

fn advance(file: &Connection, counters: Counters) -> Result<(), StoreError> {
    let advance = "UPDATE store SET compacted = max(compacted, iif(?1 > revision, ?1, 0)), \
                   revision = max(revision, ?1), token = max(token, ?2)";
    let counters = params![number(counters.revision.0), number(counters.token)];
    file.execute(advance, counters).map(|_| ()).map_err(|error| failed("advance", error))
}
