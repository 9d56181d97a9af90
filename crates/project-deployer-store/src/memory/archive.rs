use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;

use crate::archive::{
    ArchiveError, BundleArchive, ByteStream, ListedArchive, StoredArchive, machine_time,
};
use crate::arriving::Arriving;

/// Bundles in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryArchive {
    archives: Arc<Mutex<BTreeMap<BundleDigest, Kept>>>,
    owner: Arc<OnceLock<String>>,
}

#[derive(Debug)]
struct Kept {
    bytes: Bytes,
    stored: SystemTime,
}

impl MemoryArchive {
    /// An empty archive.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn archives(&self) -> MutexGuard<'_, BTreeMap<BundleDigest, Kept>> {
        // A map is never left half-changed, so a panic elsewhere does not spoil it.
        self.archives.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BundleArchive for MemoryArchive {
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError> {
        if self.archives().contains_key(digest) {
            return Ok(());
        }
        let bytes = Arriving::new(digest, length, bytes).all().await?;
        let kept = Kept { bytes, stored: machine_time() };
        self.archives().entry(digest.clone()).or_insert(kept);
        Ok(())
    }

    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError> {
        let bytes = self.archives().get(digest).map(|kept| kept.bytes.clone());
        Ok(bytes.map(|mut bytes| {
            let length = bytes.len() as u64;
            let skipped = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let rest = bytes.split_off(skipped);
            StoredArchive::new(length, stream::once(async { Ok(rest) }).boxed())
        }))
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        self.archives().remove(digest);
        Ok(())
    }

    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError> {
        let first = after.map_or(Bound::Unbounded, Bound::Excluded);
        let archives = self.archives();
        let rest = archives.range::<BundleDigest, _>((first, Bound::Unbounded)).take(limit);
        let listed = |(digest, kept): (&BundleDigest, &Kept)| {
            ListedArchive::new(digest.clone(), kept.bytes.len() as u64, kept.stored)
        };
        Ok(rest.map(listed).collect())
    }

    async fn claim(&self, owner: &str) -> Result<String, ArchiveError> {
        Ok(self.owner.get_or_init(|| owner.to_owned()).clone())
    }
}

#[cfg(test)]
mod conformance {
    crate::archive_conformance!(super::MemoryArchive::new());
}
