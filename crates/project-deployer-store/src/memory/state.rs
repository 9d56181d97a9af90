use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
// The clock of the runtime, which tests can advance.
use tokio::time::Instant;

use crate::commit::{Commit, CommitId, Expected, Write};
use crate::content::ContentDigest;
use crate::document::{Collection, Document, DocumentKey, Revision};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::lease::Lease;
use crate::page::{Change, Changes};

/// What a store in memory holds.
#[derive(Default)]
pub(super) struct State {
    pub(super) documents: BTreeMap<DocumentKey, Document>,
    pub(super) journals: BTreeMap<JournalStream, Vec<Value>>,
    pub(super) leases: BTreeMap<String, Held>,
    /// The commits that were written, with what they wrote.
    pub(super) commits: HashMap<CommitId, (Revision, ContentDigest)>,
    pub(super) revision: Revision,
    pub(super) compacted: Revision,
    /// The last token of a lease.
    pub(super) token: u64,
    /// The last change of each document that exists or was deleted.
    changed: BTreeMap<(Revision, DocumentKey), ()>,
    deleted: HashMap<DocumentKey, Revision>,
}

/// A lease that was not released.
pub(super) struct Held {
    pub(super) lease: Lease,
    pub(super) until: Instant,
}

impl State {
    /// Commits first check, then write without a way to fail.
    pub(super) fn check(&self, commit: &Commit) -> Result<(), StoreError> {
        commit.well_formed()?;
        if let Some(lease) = &commit.fence {
            self.ours(lease)?;
        }
        for write in &commit.writes {
            let (key, expected) = write.expectation();
            let found = self.documents.get(key).map(|document| document.revision);
            let holds = match expected {
                Expected::Any => true,
                Expected::Absent => found.is_none(),
                Expected::Revision(revision) => found == Some(revision),
            };
            if !holds {
                return Err(StoreError::Conflict(key.clone()));
            }
        }
        Ok(())
    }

    pub(super) fn write(&mut self, commit: Commit) -> Revision {
        let revision = Revision(self.revision.0 + 1);
        self.revision = revision;
        self.commits.insert(commit.id, (revision, commit.content()));
        for write in commit.writes {
            match write {
                Write::Put { key, body, secrets, .. } => {
                    self.mark(&key, revision);
                    self.documents.insert(key, Document { revision, body, secrets });
                }
                Write::Delete { key, .. } => {
                    if self.documents.contains_key(&key) {
                        self.mark(&key, revision);
                        self.documents.remove(&key);
                        self.deleted.insert(key, revision);
                    }
                }
                Write::Check { .. } => {}
            }
        }
        for stream in commit.removed_journals {
            self.journals.remove(&stream);
        }
        for (stream, entry) in commit.entries {
            self.journals.entry(stream).or_default().push(entry);
        }
        revision
    }

    /// Records the change of a document in place of its last one.
    fn mark(&mut self, key: &DocumentKey, revision: Revision) {
        let written = self.documents.get(key).map(|document| document.revision);
        if let Some(last) = self.deleted.remove(key).or(written) {
            self.changed.remove(&(last, key.clone()));
        }
        self.changed.insert((revision, key.clone()), ());
    }

    pub(super) fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        if after < self.compacted {
            return Err(StoreError::Compacted { after });
        }
        let mut changes: Vec<Change> = Vec::new();
        for ((revision, key), ()) in self.changed.range(first_after(after)..) {
            match changes.last() {
                Some(last) if changes.len() >= limit && last.revision != *revision => {
                    let until = last.revision;
                    return Ok(Changes::new(changes, until, true));
                }
                _ => {
                    let document = self.documents.get(key);
                    let body = document.map(|document| document.body.clone());
                    changes.push(Change::new(key.clone(), *revision, body));
                }
            }
        }
        Ok(Changes::new(changes, self.revision, false))
    }

    pub(super) fn compact(&mut self, until: Revision) {
        self.compacted = self.compacted.max(until.min(self.revision));
        let kept = self.compacted;
        let gone: Vec<_> = self.deleted.iter().filter(|(_, at)| **at <= kept).collect();
        for (key, at) in gone {
            self.changed.remove(&(*at, key.clone()));
        }
        self.deleted.retain(|_, at| *at > kept);
        self.commits.retain(|_, (at, _)| *at > kept);
    }

    /// An expired lease without a new holder still belongs to its old holder: no other holder wrote since.
    pub(super) fn ours(&self, lease: &Lease) -> Result<(), StoreError> {
        match self.leases.get(&lease.name) {
            Some(held) if held.lease == *lease => Ok(()),
            _ => Err(StoreError::LeaseLost { name: lease.name.clone() }),
        }
    }
}

/// The least key of a change after a revision.
fn first_after(revision: Revision) -> (Revision, DocumentKey) {
    (Revision(revision.0.saturating_add(1)), Collection::new("").key(""))
}
