//! State in PostgreSQL.

mod commit;
mod error;
mod independent;
mod leases;
mod maintenance;
mod open;
mod open_error;
mod options;
mod pool;
mod reads;
mod seals;
mod tls;
mod url;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::open_error::PostgresOpenError;
pub use self::options::PostgresOptions;
use self::pool::Pool;
use self::seals::Seals;
use self::writer::Writer;
use crate::commit::{Commit, CommitId, check_name};
use crate::document::{Document, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::lease::Lease;
use crate::page::{Changes, HeldDocument, ListedDocument, Listing, StoreStatus};
use crate::store::Store;

/// State in a PostgreSQL database, version 14 or newer, which any number of processes may share. A commit is on
/// disk when it returns. Commits of one process that wait together share one statement.
///
/// Each operation is one statement, and nothing is kept in a session, so a pooler between transactions may be in
/// front of the server.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    writer: Writer,
    seals: Arc<Seals>,
}

#[async_trait]
impl Store for PostgresStore {
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        reads::document(&self.pool, &self.seals, key).await
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError> {
        Ok(self.list_held(listing).await?.into_iter().map(ListedDocument::from).collect())
    }

    async fn list_held(&self, listing: &Listing) -> Result<Vec<HeldDocument>, StoreError> {
        reads::list_held(&self.pool, listing).await
    }

    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        commit.well_formed()?;
        self.writer.commit(commit, &self.seals).await
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        reads::committed(&self.pool, id).await
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        reads::changes(&self.pool, after, limit).await
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        reads::journal(&self.pool, stream, after, limit).await
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        check_name(name)?;
        check_name(holder)?;
        leases::take_or_release(&self.pool, name, holder, time).await
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        leases::renew(&self.pool, lease, time).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        leases::release(&self.pool, lease).await
    }

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        leases::compact(&self.pool, until.0).await
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        reads::status(&self.pool).await
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("place", &self.pool.place).finish_non_exhaustive()
    }
}
