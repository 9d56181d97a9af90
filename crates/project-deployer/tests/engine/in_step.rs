//! A store whose threads stay in step with the clock of a test: no time passes during a call, and leases expire on
//! that clock.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use project_deployer_store::{
    Changes, Commit, CommitId, Document, DocumentKey, JournalEntry, JournalStream, Lease,
    ListedDocument, Listing, Revision, Store, StoreError, StoreStatus,
};
use tokio::time::Instant;

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(1 << 31);

/// A store that several processes share. Its leases expire on a clock that the caller reads: that of the inner store
/// knows nothing of the time of a test.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) inner: Arc<dyn Store>,
    leases: Arc<Mutex<BTreeMap<String, (Lease, Duration)>>>,
    pub(crate) heals: Arc<AtomicBool>,
}

impl Shared {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, leases: Arc::default(), heals: Arc::default() }
    }

    /// The same store through another connection.
    pub(crate) fn through(&self, inner: Arc<dyn Store>) -> Self {
        Self { inner, ..self.clone() }
    }

    fn leases(&self) -> MutexGuard<'_, BTreeMap<String, (Lease, Duration)>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who had a lease last, if it was not released.
    pub(crate) fn holder(&self, name: &str) -> Option<String> {
        self.leases().get(name).map(|(lease, _)| lease.holder.clone())
    }

    pub(crate) fn list(&self, listing: &Listing) -> Vec<ListedDocument> {
        now(self.inner.list(listing)).unwrap()
    }

    pub(crate) fn journal(&self, stream: &JournalStream) -> Vec<JournalEntry> {
        now(self.inner.journal(stream, 0, usize::MAX >> 1)).unwrap()
    }

    pub(crate) fn take(
        &self,
        name: &str,
        holder: &str,
        at: Duration,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        let mut leases = self.leases();
        if let Some((lease, until)) = leases.get(name) {
            if *until > at {
                let (name, holder) = (name.to_owned(), lease.holder.clone());
                return Err(StoreError::Held { name, holder });
            }
            now(self.inner.release_lease(lease))?;
        }
        let lease = now(self.inner.take_lease(name, holder, FOR_EVER))?;
        leases.insert(name.to_owned(), (lease.clone(), at + time));
        Ok(lease)
    }

    pub(crate) fn renew(
        &self,
        lease: &Lease,
        at: Duration,
        time: Duration,
    ) -> Result<(), StoreError> {
        now(self.inner.renew_lease(lease, FOR_EVER))?;
        self.leases().insert(lease.name.clone(), (lease.clone(), at + time));
        Ok(())
    }

    pub(crate) fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        now(self.inner.release_lease(lease))?;
        let mut leases = self.leases();
        if leases.get(&lease.name).is_some_and(|(held, _)| held == lease) {
            leases.remove(&lease.name);
        }
        Ok(())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Waits while no clock goes on and no task runs, so that threads of a database change no order.
pub(crate) fn now<T>(call: impl Future<Output = T>) -> T {
    futures::executor::block_on(tokio::task::unconstrained(call))
}

/// A store on the clock of the runtime.
#[derive(Debug, Clone)]
pub(crate) struct InStep {
    shared: Shared,
    began: Instant,
}

impl InStep {
    pub(crate) fn new(inner: impl Store) -> Self {
        Self { shared: Shared::new(Arc::new(inner)), began: Instant::now() }
    }
}

#[async_trait]
impl Store for InStep {
    fn lasts(&self) -> bool {
        self.shared.inner.lasts()
    }

    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        now(self.shared.inner.read(key))
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError> {
        now(self.shared.inner.list(listing))
    }

    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        now(self.shared.inner.commit(commit))
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        now(self.shared.inner.committed(id))
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        now(self.shared.inner.changes(after, limit))
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        now(self.shared.inner.journal(stream, after, limit))
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        self.shared.take(name, holder, self.began.elapsed(), time)
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        self.shared.renew(lease, self.began.elapsed(), time)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.shared.release(lease)
    }

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        now(self.shared.inner.compact(until))
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        now(self.shared.inner.status())
    }
}
