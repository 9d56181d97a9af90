use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};

use crate::archive::{ArchiveError, BundleArchive, ByteStream, StoredArchive};

/// Bundles in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryArchive {
    archives: Arc<Mutex<BTreeMap<BundleDigest, Bytes>>>,
}

impl MemoryArchive {
    /// An empty archive.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn archives(&self) -> MutexGuard<'_, BTreeMap<BundleDigest, Bytes>> {
        // A map is never left half-changed, so a panic elsewhere does not spoil it.
        self.archives.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BundleArchive for MemoryArchive {
    async fn put(&self, mut bytes: ByteStream) -> Result<(BundleDigest, u64), ArchiveError> {
        let mut all = BytesMut::new();
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(|source| {
                let action = "store a bundle, since its bytes did not arrive".to_owned();
                ArchiveError { action, source }
            })?;
            all.extend_from_slice(&piece);
        }
        let digest = BundleDigest::from_bytes(Sha256::digest(&all).into());
        let length = all.len() as u64;
        self.archives().insert(digest.clone(), all.freeze());
        Ok((digest, length))
    }

    async fn open(&self, digest: &BundleDigest) -> Result<Option<StoredArchive>, ArchiveError> {
        let bytes = self.archives().get(digest).cloned();
        Ok(bytes.map(|bytes| StoredArchive {
            length: bytes.len() as u64,
            bytes: stream::once(async { Ok(bytes) }).boxed(),
        }))
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        self.archives().remove(digest);
        Ok(())
    }

    async fn digests(&self) -> Result<Vec<BundleDigest>, ArchiveError> {
        Ok(self.archives().keys().cloned().collect())
    }
}

#[cfg(test)]
mod conformance {
    crate::archive_conformance!(super::MemoryArchive::new());
}
