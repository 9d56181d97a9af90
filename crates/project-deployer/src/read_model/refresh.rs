use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use project_deployer_store::{
    Change, Changes, Collection, HeldDocument, Listing, Revision, Store, StoreError,
};

use super::apply::{KINDS, Kind};
use super::snapshot::Snapshot;

/// How many documents are read at once.
const PAGE: usize = 500;

/// How often one refresh starts over when changes are compacted while it lists. A store that is compacted
/// faster than it can be listed is in trouble.
const MOST_STARTS: usize = 5;

/// How many snapshots of this process have a number.
static EDITIONS: AtomicU64 = AtomicU64::new(0);

/// Brings a snapshot up to date, one call to the store at a time. A refresh that was dropped continues where it
/// stopped.
#[derive(Default)]
pub(super) struct Refresh {
    phase: Phase,
    working: Snapshot,
    published: Arc<Snapshot>,
    has_changed: bool,
}

#[derive(Default)]
enum Phase {
    /// Nothing is known.
    #[default]
    Start,
    /// The documents of this kind are listed. What changes meanwhile is read afterwards.
    Listing { since: Revision, kind: usize, after: Option<String> },
    /// Every change up to this revision is known.
    Following(Revision),
}

impl Phase {
    /// The page to read; none if nothing is listed.
    fn listing(&self) -> Option<Listing> {
        let Self::Listing { kind, after, .. } = self else { return None };
        let Kind { collection, .. } = KINDS.get(*kind)?;
        let listing = Listing::of(collection.clone(), PAGE);
        Some(match after {
            Some(after) => listing.after(after.clone()),
            None => listing,
        })
    }

    /// What follows a page.
    fn after(&self, listing: &Listing, page: &[HeldDocument]) -> Self {
        let Self::Listing { since, kind, .. } = *self else { return Self::Start };
        match page.last() {
            Some(last) if page.len() >= listing.limit => {
                Self::Listing { since, kind, after: Some(last.id.clone()) }
            }
            _ if kind + 1 < KINDS.len() => Self::Listing { since, kind: kind + 1, after: None },
            _ => Self::Following(since),
        }
    }
}

type Page = Result<Vec<HeldDocument>, StoreError>;

fn reading(store: &dyn Store, listing: Listing) -> BoxFuture<'_, Page> {
    async move { store.list_held(&listing).await }.boxed()
}

/// A call to the store that has begun. Its answer is waited for later.
async fn begun(mut reading: BoxFuture<'_, Page>) -> BoxFuture<'_, Page> {
    match futures::poll!(reading.as_mut()) {
        Poll::Ready(page) => ready(page).boxed(),
        Poll::Pending => reading,
    }
}

impl Refresh {
    /// The snapshot of all commits that have returned before this call.
    pub(super) async fn run(&mut self, store: &dyn Store) -> Result<Arc<Snapshot>, StoreError> {
        let mut starts = 0;
        loop {
            match &self.phase {
                Phase::Start => {
                    // A store that is full or read-only has no status, and can be read all the same.
                    let newest = store.changes(Revision(u64::MAX), 1).await?.until;
                    starts += 1;
                    self.working = Snapshot::default();
                    self.phase = Phase::Listing { since: newest, kind: 0, after: None };
                }
                Phase::Listing { .. } => self.list(store).await?,
                Phase::Following(after) => match store.changes(*after, PAGE).await {
                    // The store is an older state of itself, from a backup perhaps.
                    Ok(page) if page.until < *after && starts < MOST_STARTS => {
                        self.phase = Phase::Start;
                    }
                    Ok(page) => {
                        let has_more = page.has_more;
                        self.follow(page);
                        if !has_more {
                            return Ok(self.publish());
                        }
                    }
                    Err(StoreError::Compacted { .. }) if starts < MOST_STARTS => {
                        self.phase = Phase::Start;
                    }
                    Err(error) => return Err(error),
                },
            }
        }
    }

    /// Lists what is left of all kinds. The store reads the next page while one is applied.
    async fn list(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        let mut asked = None;
        while let Some(listing) = self.phase.listing() {
            let page = asked.take().unwrap_or_else(|| reading(store, listing.clone())).await?;
            let then = self.phase.after(&listing, &page);
            asked = match then.listing() {
                Some(next) => Some(begun(reading(store, next)).await),
                None => None,
            };
            // Nothing waits from here on: a page is applied once, also if the caller is dropped.
            self.listed(&listing.collection, page);
            self.phase = then;
        }
        Ok(())
    }

    fn listed(&mut self, collection: &Collection, page: Vec<HeldDocument>) {
        if let Some(kind) = KINDS.iter().find(|kind| kind.collection == *collection) {
            page.into_iter().for_each(|document| self.working.apply_held(kind, document));
        }
        self.has_changed = true;
    }

    fn follow(&mut self, page: Changes) {
        for Change { key, revision, body, damage, .. } in page.changes {
            self.has_changed |= self.working.apply(key, revision, body, damage);
        }
        self.working.revision = page.until;
        self.phase = Phase::Following(page.until);
    }

    fn publish(&mut self) -> Arc<Snapshot> {
        if std::mem::take(&mut self.has_changed) {
            self.working.edition = EDITIONS.fetch_add(1, Ordering::Relaxed) + 1;
            self.published = Arc::new(self.working.clone());
        }
        Arc::clone(&self.published)
    }
}
