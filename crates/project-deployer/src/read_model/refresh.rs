use std::sync::Arc;

use project_deployer_store::{
    Change, Changes, ListedDocument, Listing, Revision, Store, StoreError,
};

use super::snapshot::Snapshot;
use crate::read_model::apply::KINDS;

/// How many documents are read at once.
const PAGE: usize = 500;

/// How often one refresh starts over when changes are compacted while it lists. A store that is compacted
/// faster than it can be listed is in trouble.
const MOST_STARTS: usize = 5;

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
                Phase::Listing { since, kind, after } => match KINDS.get(*kind) {
                    Some((collection, _)) => {
                        let mut listing = Listing::of(collection.clone(), PAGE);
                        listing.after.clone_from(after);
                        let page = store.list(&listing).await?;
                        self.listed(&listing, page);
                    }
                    None => self.phase = Phase::Following(*since),
                },
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

    fn listed(&mut self, listing: &Listing, page: Vec<ListedDocument>) {
        let is_last = page.len() < listing.limit;
        let last = page.last().map(|document| document.id.clone());
        for ListedDocument { id, revision, body, damage, .. } in page {
            let key = listing.collection.clone().key(id);
            self.working.apply(key, revision, Some(body), damage);
        }
        if let Phase::Listing { kind, after, .. } = &mut self.phase {
            if is_last {
                (*kind, *after) = (*kind + 1, None);
            } else {
                *after = last;
            }
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
            self.published = Arc::new(self.working.clone());
        }
        Arc::clone(&self.published)
    }
}
