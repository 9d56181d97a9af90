use bytes::Bytes;
use futures::stream::StreamExt as _;
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};

use crate::archive::{ArchiveError, ByteStream};

/// New bytes of an archive: they are counted and hashed on their way.
pub(crate) struct Arriving<'a> {
    digest: &'a BundleDigest,
    missing: u64,
    hash: Sha256,
    bytes: ByteStream,
}

impl<'a> Arriving<'a> {
    pub(crate) fn new(digest: &'a BundleDigest, length: u64, bytes: ByteStream) -> Self {
        Self { digest, missing: length, hash: Sha256::new(), bytes }
    }

    /// The next piece; none at the end, if all bytes are those that were announced.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ArchiveError> {
        let mismatch = || ArchiveError::Mismatch { digest: self.digest.clone() };
        match self.bytes.next().await {
            Some(Ok(piece)) => {
                self.missing = self.missing.checked_sub(piece.len() as u64).ok_or_else(mismatch)?;
                self.hash.update(&piece);
                Ok(Some(piece))
            }
            Some(Err(source)) => {
                Err(ArchiveError::Interrupted { digest: self.digest.clone(), source })
            }
            None => {
                let found = BundleDigest::from_bytes(self.hash.clone().finalize().into());
                let is_whole = self.missing == 0 && found == *self.digest;
                if is_whole { Ok(None) } else { Err(mismatch()) }
            }
        }
    }
}
