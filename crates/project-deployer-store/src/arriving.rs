use bytes::{Bytes, BytesMut};
use futures::stream::StreamExt as _;
use project_deployer_core::BundleDigest;

use crate::archive::{ArchiveError, ByteStream};
use crate::tally::Tally;

/// New bytes of an archive: they are counted and hashed on their way.
pub(crate) struct Arriving {
    tally: Tally,
    bytes: ByteStream,
}

impl Arriving {
    pub(crate) fn new(digest: &BundleDigest, length: u64, bytes: ByteStream) -> Self {
        Self { tally: Tally::new(digest, length), bytes }
    }

    /// The next piece; none at the end, if all bytes are those that were announced.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ArchiveError> {
        match self.bytes.next().await {
            Some(Ok(piece)) => match self.tally.add(&piece) {
                Ok(()) => Ok(Some(piece)),
                Err(_) => Err(self.mismatch()),
            },
            Some(Err(source)) => {
                Err(ArchiveError::Interrupted { digest: self.tally.digest().clone(), source })
            }
            None => self.tally.end().map(|()| None).map_err(|_| self.mismatch()),
        }
    }

    /// All bytes at once.
    pub(crate) async fn all(mut self) -> Result<Bytes, ArchiveError> {
        let mut all = BytesMut::new();
        while let Some(piece) = self.next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    fn mismatch(&self) -> ArchiveError {
        ArchiveError::Mismatch { digest: self.tally.digest().clone() }
    }
}
