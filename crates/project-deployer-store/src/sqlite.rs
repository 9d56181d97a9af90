//! State in one SQLite file.

mod checksum;
mod clock;
mod error;
mod leases;
mod maintenance;
mod open;
mod prepared;
mod readers;
mod reads;
mod sealing;
mod writer;
mod writes;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::error::OpenError;
use self::prepared::Prepared;
use self::readers::Readers;
use self::writer::Writer;
use crate::commit::{Commit, CommitId, check_name};
use crate::document::{Document, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::lease::Lease;
use crate::page::{Changes, HeldDocument, ListedDocument, Listing, StoreStatus};
use crate::sealing::Sealer;
use crate::store::Store;

/// State in one SQLite file, which several processes of one machine may share. A commit is on disk when it
/// returns. Commits that wait together share one transaction.
///
/// Beside the file, SQLite keeps `-wal` and `-shm` while it is open. All three belong together.
#[derive(Clone)]
pub struct SqliteStore {
    path: Arc<PathBuf>,
    readers: Readers,
    writer: Writer,
    sealer: Arc<Sealer>,
}

#[async_trait]
impl Store for SqliteStore {
    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        let (key, sealer) = (key.clone(), Arc::clone(&self.sealer));
        self.readers.read("read", move |file| reads::document(file, &sealer, &key)).await
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError> {
        let listing = listing.clone();
        self.readers.read("list", move |file| reads::list(file, &listing)).await
    }

    async fn list_held(&self, listing: &Listing) -> Result<Vec<HeldDocument>, StoreError> {
        let listing = listing.clone();
        self.readers.read("list", move |file| reads::list_held(file, &listing)).await
    }

    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        commit.well_formed()?;
        let (id, sealer) = (commit.id, Arc::clone(&self.sealer));
        let prepared = Prepared::new(commit);
        self.writer.commit(id, move |group| writes::commit(group, &sealer, &prepared)).await
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        self.readers.read("look for a commit", move |file| reads::committed(file, id)).await
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        self.readers.read("read changes", move |file| reads::changes(file, after, limit)).await
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let stream = stream.clone();
        let read = move |file: &_| reads::journal(file, &stream, after, limit);
        self.readers.read("read a journal", read).await
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        check_name(name)?;
        check_name(holder)?;
        let (name, holder) = (name.to_owned(), holder.to_owned());
        let take = move |file: &_| leases::take(file, &name, &holder, time);
        self.writer.write_or_undo("take a lease", take, leases::release).await
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.writer.write("renew a lease", move |file| leases::renew(file, &lease, time)).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.writer.write("release a lease", move |file| leases::release(file, &lease)).await
    }

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        self.writer.write("compact", move |file| writes::compact(file, until)).await
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        // A full disk and a read-only file can be read all the same.
        if !self.writer.is_stopped() {
            self.writer.write("report its status", writes::probe).await?;
        }
        self.readers.read("report its status", reads::status).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
