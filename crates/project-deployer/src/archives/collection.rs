//! Collection: archives that no bundle refers to, and what interrupted uploads left, are removed after a grace
//! time.

use std::time::SystemTime;

use project_deployer_client::DeployerError;
use project_deployer_core::BundleDigest;
use project_deployer_store::{Commit, Lease, ListedArchive};

use super::keeping::archive_failed;
use super::references::ReferencedDigests;
use crate::background::Cleaning;
use crate::deployer::Deployer;
use crate::state::{CollectionRecord, RecordCommit as _};

/// How many archives are listed at once.
const PAGE: usize = 1000;

/// What a collection found and removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ArchiveCollection {
    /// The archives that are there.
    pub examined: u64,
    /// The archives that were removed: no bundle referred to them.
    pub removed: u64,
    /// The size of these in bytes.
    pub removed_bytes: u64,
    /// The archives that no bundle refers to and that stay: they are younger than the grace time, or somebody
    /// publishes them.
    pub kept: u64,
    /// The archives that could not be removed. The log has the reasons.
    pub failed: u64,
    /// The leftovers of interrupted uploads that were removed.
    pub interrupted_uploads: u64,
}

/// Removes archives that nobody refers to.
struct Collecting;

/// A part of the archives, by digest: after the first one, up to the second one.
#[derive(Debug, Clone)]
struct Part {
    after: Option<BundleDigest>,
    until: Option<BundleDigest>,
}

/// A collection that runs.
#[derive(Debug)]
struct Round<'a> {
    deployer: &'a Deployer,
    lease: &'a Lease,
    older_than: SystemTime,
    found: ArchiveCollection,
}

impl Cleaning for Collecting {
    const LEASE: &str = "archive-collection";
    const OBJECT: &str = "the bundle archive";
    const GOES_ON: &str = "archives are being collected";

    type Found = ArchiveCollection;

    async fn clean(deployer: &Deployer, lease: &Lease) -> Result<ArchiveCollection, DeployerError> {
        deployer.collect(lease).await
    }
}

impl Deployer {
    /// Collects archives from now on and every six hours, in the background, until the last clone of this
    /// Deployer is gone or it is [shut down](Self::shutdown). A failure is logged, and the next collection continues.
    pub fn collect_archives_always(&self) {
        self.clean_always::<Collecting>();
    }

    /// Removes the archives that no bundle refers to and what interrupted uploads left, if they are older than
    /// the [grace time](crate::DeployerBuilder::archive_grace). One process at a time does this. A collection
    /// that was interrupted is continued by the next one. It continues if the caller is gone.
    ///
    /// # Errors
    ///
    /// Another process collects, this Deployer is shut down, the archives belong to another Deployer, or the store or
    /// the archive does not answer.
    pub async fn collect_archives(&self) -> Result<ArchiveCollection, DeployerError> {
        self.clean::<Collecting>().await
    }

    async fn collect(&self, lease: &Lease) -> Result<ArchiveCollection, DeployerError> {
        self.claim_archives().await?;
        self.index_references().await?;
        let archive = &self.inner.archive;
        let now = archive.now().await.map_err(archive_failed)?;
        let grace = self.inner.archive_grace;
        let older_than = now.checked_sub(grace).unwrap_or(SystemTime::UNIX_EPOCH);
        let interrupted = archive.remove_interrupted(older_than).await.map_err(archive_failed)?;
        let found =
            ArchiveCollection { interrupted_uploads: interrupted, ..ArchiveCollection::default() };
        let mut round = Round { deployer: self, lease, older_than, found };
        // How far an interrupted collection came.
        let done = self.inner.repository.find::<CollectionRecord>(CollectionRecord::ID).await?;
        for part in parts(done.and_then(|done| done.value.after)) {
            round.sweep(part).await?;
        }
        round.note(CollectionRecord { after: None, finished: Some(self.now()) }).await?;
        Ok(round.found)
    }
}

/// First what an interrupted collection did not reach, then the rest.
fn parts(reached: Option<BundleDigest>) -> Vec<Part> {
    match reached {
        None => vec![Part { after: None, until: None }],
        Some(reached) => vec![
            Part { after: Some(reached.clone()), until: None },
            Part { after: None, until: Some(reached) },
        ],
    }
}

impl Round<'_> {
    async fn sweep(&mut self, part: Part) -> Result<(), DeployerError> {
        let repository = &self.deployer.inner.repository;
        let mut referenced = ReferencedDigests::after(repository, part.after.as_ref());
        let mut after = part.after;
        loop {
            let listed = self.deployer.inner.archive.list(after.as_ref(), PAGE).await;
            let page = listed.map_err(archive_failed)?;
            let is_last = page.len() < PAGE;
            for archive in page {
                if part.until.as_ref().is_some_and(|until| archive.digest > *until) {
                    return Ok(());
                }
                self.found.examined += 1;
                if !referenced.include(&archive.digest).await? {
                    self.remove(&archive).await?;
                }
                after = Some(archive.digest);
            }
            if is_last {
                return Ok(());
            }
            let finished = None;
            self.note(CollectionRecord { after: after.clone(), finished }).await?;
        }
    }

    /// Removes an archive that seems to be in use by none: its lease decides.
    async fn remove(&mut self, archive: &ListedArchive) -> Result<(), DeployerError> {
        if archive.stored > self.older_than {
            self.found.kept += 1;
            return Ok(());
        }
        match self.deployer.forget_archive(&archive.digest).await {
            Ok(true) => {
                self.found.removed += 1;
                self.found.removed_bytes += archive.length;
            }
            Ok(false) => self.found.kept += 1,
            Err(error) => {
                let digest = &archive.digest;
                tracing::warn!(%digest, %error, "an archive that nothing refers to could not be removed");
                self.found.failed += 1;
            }
        }
        Ok(())
    }

    /// Records how far the collection has come.
    async fn note(&self, progress: CollectionRecord) -> Result<(), DeployerError> {
        let repository = &self.deployer.inner.repository;
        let commit = Commit::new().fenced_by(self.lease);
        let commit = match repository.find::<CollectionRecord>(CollectionRecord::ID).await? {
            Some(found) => commit.replace(&found, &progress)?,
            None => commit.create(&progress)?,
        };
        repository.commit_unaudited(commit).await
    }
}
