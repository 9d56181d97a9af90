//! Fills an empty state with another one.

use project_deployer_core::BundleDigest;
use project_deployer_store::{Document, DocumentKey, Expected, Maintenance, MemoryStore};
use serde::Serialize;

use super::alone::Alone;
use super::archives::{self, CopyOutcome};
use super::marks::marked;
use super::recorded::with_copy;
use super::synchronize::{Written, synchronize};
use super::transfer::Archives;
use super::updates::end_updates;
use super::verify::verify_documents;
use super::{Progress, State, StateError};
use crate::state::{BundleRecord, Record as _, StateMark, VersionedRecord};

/// How often a backup begins again because a bundle was deleted meanwhile.
const ATTEMPTS: u32 = 5;

/// How many keys are read at once.
const PAGE: usize = 500;

/// What a copy contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Copied {
    /// The last commit that is in the copy, as the source counts them.
    pub revision: u64,
    /// The number of documents.
    pub documents: u64,
    /// The number of entries of journals.
    pub entries: u64,
    /// The number of archives that bundles need.
    pub archives: u64,
    /// Where the archives are, if they were not copied.
    pub archives_at: Option<String>,
}

/// A target that is being filled.
pub(super) struct Filling<'a> {
    pub(super) from: &'a State,
    pub(super) to: &'a State,
    pub(super) alone: &'a Alone,
    pub(super) progress: Progress<'a>,
    /// Whether the target takes the place of the source. Otherwise it is another Deployer.
    takes_its_place: bool,
    /// Archives that this process has stored, if there were none before.
    stored: Option<Vec<BundleDigest>>,
}

/// A published bundle and its archive.
struct Needed {
    bundle: String,
    digest: BundleDigest,
}

impl<'a> Filling<'a> {
    /// Marks the target, which must be empty, or marked by an earlier attempt with the same source.
    pub(super) async fn begin(
        (from, to): (&'a State, &'a State),
        takes_its_place: bool,
        alone: &'a Alone,
        progress: Progress<'a>,
    ) -> Result<Self, StateError> {
        match to.mark(StateMark::INCOMING).await? {
            Some(begun) if begun == from.name => {}
            Some(begun) => {
                return Err(StateError::Unfinished { url: to.name.clone(), from: begun });
            }
            None => {
                let found = to.store.inventory().await?;
                if !found.documents.is_empty() || found.journals > 0 {
                    return Err(StateError::NotEmpty { url: to.name.clone() });
                }
                let mark = StateMark::new(StateMark::INCOMING, from.name.clone());
                to.store.commit(marked(alone.commit(), &mark)?).await?;
            }
        }
        // Somebody else may use archives that were there before.
        let stored = to.archive.list(None, 1).await?.is_empty().then(Vec::new);
        Ok(Self { from, to, alone, progress, takes_its_place, stored })
    }

    /// Copies everything, and checks the copy. The target stays marked.
    pub(super) async fn fill(&mut self, archives: Archives) -> Result<Copied, StateError> {
        let mut attempt = 1;
        loop {
            let view = self.from.view().await?;
            let counters = view.inventory().await?.counters;
            self.to.store.advance(counters).await?;
            self.synchronize(&*view, self.progress).await?;
            let needed = needed(&*view).await?;
            let missing = match archives {
                Archives::Copy => self.copy_archives(&needed).await?,
                Archives::ByReference => None,
            };
            if let Some(missing) = missing {
                // A bundle that was deleted since does not need its archive.
                if attempt == ATTEMPTS || self.is_published(&missing).await? {
                    return Err(StateError::ArchiveMissing {
                        digest: missing.digest.to_string(),
                        bundle: missing.bundle,
                        archives: self.from.archives.clone(),
                    });
                }
                attempt += 1;
                continue;
            }
            self.check(&*view, archives).await?;
            let status = self.to.store.status().await?;
            return Ok(Copied {
                revision: counters.revision.0,
                // Without the mark.
                documents: status.documents.saturating_sub(1),
                entries: status.entries,
                archives: needed.len() as u64,
                archives_at: match archives {
                    Archives::Copy => None,
                    Archives::ByReference => Some(self.from.archives.clone()),
                },
            });
        }
    }

    async fn synchronize(
        &self,
        from: &dyn Maintenance,
        progress: Progress<'_>,
    ) -> Result<Written, StateError> {
        synchronize((from, &*self.to.store), self.takes_its_place, self.alone, progress).await
    }

    /// The copy must be the same as its source, and whole.
    async fn check(&self, view: &dyn Maintenance, archives: Archives) -> Result<(), StateError> {
        self.progress.report("checking the copy");
        let changed = self.synchronize(view, Progress::silent()).await?;
        let url = || self.to.name.clone();
        if !changed.is_none() {
            return Err(StateError::Different { url: url() });
        }
        let found = verify_documents(self.to, archives == Archives::Copy, self.progress).await?;
        found.refuse_faults(url())
    }

    /// The first archive that is missing; none if all are there.
    async fn copy_archives(&mut self, needed: &[Needed]) -> Result<Option<Needed>, StateError> {
        for (number, Needed { bundle, digest }) in needed.iter().enumerate() {
            match archives::copy(&*self.from.archive, &*self.to.archive, digest).await? {
                CopyOutcome::Copied => {
                    if let Some(stored) = &mut self.stored {
                        stored.push(digest.clone());
                    }
                    let all = needed.len();
                    self.progress.report(format_args!("archive {} of {all}: {bundle}", number + 1));
                }
                CopyOutcome::Present => {}
                CopyOutcome::Missing => {
                    return Ok(Some(Needed { bundle: bundle.clone(), digest: digest.clone() }));
                }
            }
        }
        Ok(None)
    }

    async fn is_published(&self, needed: &Needed) -> Result<bool, StateError> {
        let key = BundleRecord::KIND.key(&needed.bundle);
        let Some(found) = self.from.store.read(&key).await? else { return Ok(false) };
        Ok(digest_of(&key, found).is_some())
    }

    /// Makes the target usable. A backup is a copy and no act on it; whatever else fills a target has an audit record there.
    pub(super) async fn finish(self, copied: &Copied, is_recorded: bool) -> Result<(), StateError> {
        if !self.takes_its_place {
            end_updates(self.to, self.alone).await?;
        }
        let mut commit =
            self.alone.commit().delete(StateMark::KIND.key(StateMark::INCOMING), Expected::Any);
        if let Some(place) = &copied.archives_at {
            commit = marked(commit, &StateMark::new(StateMark::ARCHIVES, place.clone()))?;
        }
        if is_recorded {
            commit = with_copy(commit, (self.from, self.to), self.takes_its_place, copied)?;
        }
        self.to.store.commit(commit).await?;
        Ok(())
    }

    /// Leaves an empty target after a failure. What cannot be removed stays marked, and is not used.
    pub(super) async fn undo(self) {
        let nothing = MemoryStore::new();
        let removed = self.synchronize(&nothing, Progress::silent()).await;
        for digest in self.stored.iter().flatten() {
            if let Err(error) = self.to.archive.delete(digest).await {
                tracing::warn!(%digest, %error, "an archive of a failed copy is left");
            }
        }
        let mark = StateMark::KIND.key(StateMark::INCOMING);
        let unmarked = match removed {
            Ok(_) => self.to.store.commit(self.alone.commit().delete(mark, Expected::Any)).await,
            Err(error) => {
                tracing::warn!(%error, "a failed copy is left, and marked as such");
                return;
            }
        };
        if let Err(error) = unmarked {
            tracing::warn!(%error, "a failed copy is left, and marked as such");
        }
    }
}

/// The archives of all published bundles.
async fn needed(view: &dyn Maintenance) -> Result<Vec<Needed>, StateError> {
    let mut needed = Vec::new();
    let mut after = BundleRecord::KIND.key("");
    loop {
        let page = view.keys(Some(&after), PAGE).await?;
        let is_last = page.len() < PAGE;
        for key in page {
            if key.collection != BundleRecord::KIND {
                return Ok(needed);
            }
            if let Some(found) = view.read(&key).await? {
                needed.extend(digest_of(&key, found));
            }
            after = key;
        }
        if is_last {
            return Ok(needed);
        }
    }
}

fn digest_of(key: &DocumentKey, found: Document) -> Option<Needed> {
    let record = VersionedRecord::<BundleRecord>::of(key, found).ok()?;
    let digest = record.value.published?.digest;
    Some(Needed { bundle: key.id.clone(), digest })
}
