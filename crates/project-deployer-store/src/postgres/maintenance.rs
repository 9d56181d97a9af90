//! What an administrator does with a database.

mod counts;
mod faults;
mod reseal;

use std::sync::Arc;

use async_trait::async_trait;
use tokio_postgres::types::Type;

use super::PostgresStore;
use super::writer::Writer;
use crate::document::DocumentKey;
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::maintenance::{Counters, Inventory, Maintenance, Resealed, StoreDamage};
use crate::stored::number;

#[async_trait]
impl Maintenance for PostgresStore {
    async fn inventory(&self) -> Result<Inventory, StoreError> {
        counts::inventory(&self.pool).await
    }

    async fn keys(
        &self,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<DocumentKey>, StoreError> {
        counts::keys(&self.pool, after, limit).await
    }

    async fn journals(
        &self,
        after: Option<&JournalStream>,
        limit: usize,
    ) -> Result<Vec<JournalStream>, StoreError> {
        counts::journals(&self.pool, after, limit).await
    }

    /// What does not fit together, such as a part of a dump. Bits that flip on the disk are found by the server, if
    /// its `data_checksums` are on.
    async fn damage(&self) -> Result<Vec<StoreDamage>, StoreError> {
        faults::damage(&self.pool).await
    }

    /// It keeps a connection and a transaction open, which a server that vacuums waits for.
    async fn snapshot(&self) -> Result<Option<Arc<dyn Maintenance>>, StoreError> {
        let pool = self.pool.snapshot().await?;
        Ok(Some(Arc::new(Self { pool, writer: Writer::stopped(), seals: Arc::clone(&self.seals) })))
    }

    async fn advance(&self, counters: Counters) -> Result<(), StoreError> {
        let action = "advance";
        self.pool.refuse_snapshot(action)?;
        let advance = "UPDATE {schema}.store SET \
                       compacted = CASE WHEN $1 > revision THEN $1 ELSE compacted END, \
                       revision = greatest(revision, $1), token = greatest(token, $2)";
        let (revision, token) = (number(counters.revision.0), number(counters.token));
        let to = [(&revision as _, Type::INT8), (&token as _, Type::INT8)];
        self.pool.rows(action, advance, &to).await.map(|_| ())
    }

    async fn seal_again(&self, limit: usize) -> Result<Resealed, StoreError> {
        reseal::seal_again(&self.pool, &self.seals, limit).await
    }

    /// The server reuses the space of old rows, and gives back what is at the end of a table. Commits do not wait.
    async fn shrink(&self) -> Result<(), StoreError> {
        let action = "shrink";
        self.pool.refuse_snapshot(action)?;
        let tables = ["store", "document", "journal", "lease", "written"];
        let tables = tables.map(|table| format!("{{schema}}.{table}")).join(", ");
        let pool = self.pool.patient();
        let vacuum = format!("VACUUM (ANALYZE) {tables}");
        pool.rows(action, &vacuum, &[]).await.map(|_| ())
    }
}
