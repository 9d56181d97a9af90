//! Bytes are written and removed under a lease, which a dead process loses as it loses its updates.

use std::time::Duration;

use futures::StreamExt as _;
use project_deployer_client::DeployerError;
use project_deployer_core::BundleDigest;
use project_deployer_store::{ArchiveError, Commit, Lease, StoreError};
use tokio::time::{Instant, sleep};

use crate::deployer::Deployer;
use crate::runner::LeaseKeeper;
use crate::spool::Spool;

/// How often a lease that somebody holds is asked for.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// What became of bytes that were to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// They were stored already, and are whole.
    Present,
    /// They were missing or damaged, and are stored now.
    Written,
}

impl Deployer {
    /// Takes the lease to write or remove bytes. Somebody else who publishes or removes the same bytes is
    /// waited for, long enough for the lease of a dead process to expire.
    pub(crate) async fn take_bytes(
        &self,
        digest: &BundleDigest,
    ) -> Result<LeaseKeeper, DeployerError> {
        let (name, begun) = (bytes(digest), Instant::now());
        loop {
            match self.take(&name).await {
                Ok(keeper) => return Ok(keeper),
                Err(StoreError::Held { .. }) if begun.elapsed() < self.inner.lease_ttl * 2 => {
                    sleep(POLL_INTERVAL).await;
                }
                Err(StoreError::Held { holder, .. }) => {
                    return Err(DeployerError::not_possible(
                        format!("the same bundle is being published or deleted by {holder}"),
                        "try again later",
                    ));
                }
                Err(other) => return Err(DeployerError::state("the Deployer", other)),
            }
        }
    }

    /// Stores the bytes of a spool, unless they are stored and whole. Damaged bytes are replaced.
    pub(crate) async fn store_bytes(
        &self,
        keeper: &LeaseKeeper,
        spool: &Spool,
    ) -> Result<Bytes, DeployerError> {
        let storing = async { Ok(self.store_now(spool).await) };
        let stored = keeper.holding(storing).await;
        let lost = |error| DeployerError::state("the bundle archive", error);
        stored.map_err(lost)?
    }

    async fn store_now(&self, spool: &Spool) -> Result<Bytes, DeployerError> {
        let (archive, digest, length) = (&self.inner.archive, spool.digest(), spool.length());
        match self.is_whole(digest, length).await {
            Ok(true) => return Ok(Bytes::Present),
            Ok(false) => {}
            Err(damaged @ ArchiveError::Damaged { .. }) => {
                tracing::warn!(%digest, %damaged, "a bundle archive is replaced");
                archive.delete(digest).await.map_err(archive_failed)?;
            }
            Err(error) => return Err(archive_failed(error)),
        }
        archive.put_file(spool.file()).await.map_err(archive_failed)?;
        Ok(Bytes::Written)
    }

    /// Whether bytes are stored, read to their end: [`ArchiveError::Damaged`] if they are others.
    async fn is_whole(&self, digest: &BundleDigest, length: u64) -> Result<bool, ArchiveError> {
        let Some(stored) = self.inner.archive.open(digest, 0).await? else { return Ok(false) };
        let mut stored = stored.checked(digest, Some(length))?;
        while let Some(piece) = stored.bytes.next().await {
            if let Err(source) = piece {
                return Err(match ArchiveError::damage_in(&source).cloned() {
                    Some(damage) => ArchiveError::Damaged { digest: digest.clone(), damage },
                    None => ArchiveError::of(format!("read {digest}"), source),
                });
            }
        }
        Ok(true)
    }

    /// Removes bytes that no bundle refers to any more. A failure only costs disk space until the next
    /// collection, so it does not fail the operation that called this.
    pub(crate) async fn forget_archives(&self, digests: impl IntoIterator<Item = BundleDigest>) {
        for digest in digests {
            if let Err(error) = self.forget_archive(&digest).await {
                tracing::warn!(%digest, %error, "an archive that nothing refers to could not be removed");
            }
        }
    }

    /// Removes bytes unless a bundle refers to them, and returns whether it did. Another holder of their lease
    /// publishes them, or removes them itself.
    pub(super) async fn forget_archive(
        &self,
        digest: &BundleDigest,
    ) -> Result<bool, DeployerError> {
        let taken = self.take_unless_held(&bytes(digest), "the Deployer").await?;
        let Ok(keeper) = taken else { return Ok(false) };
        let lease = keeper.lease().clone();
        keeper.until_done("the bundle archive", self.forget_under(&lease, digest)).await
    }

    /// Removes bytes unless a bundle refers to them, by the holder of their lease.
    pub(crate) async fn forget_under(
        &self,
        lease: &Lease,
        digest: &BundleDigest,
    ) -> Result<bool, DeployerError> {
        if self.is_referenced(digest).await? {
            return Ok(false);
        }
        // A process that lost the lease removes nothing.
        self.inner.repository.commit_unaudited(Commit::new().fenced_by(lease)).await?;
        self.inner.archive.delete(digest).await.map_err(archive_failed)?;
        Ok(true)
    }
}

fn bytes(digest: &BundleDigest) -> String {
    format!("bytes/{digest}")
}

pub(crate) fn archive_failed(error: ArchiveError) -> DeployerError {
    DeployerError::state("the bundle archive", error)
}
