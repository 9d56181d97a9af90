use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};

use crate::archive::{ArchiveError, ByteStream, Damage};

/// Counts and hashes bytes that should have a digest and a length.
pub(crate) struct Tally {
    digest: BundleDigest,
    expected: u64,
    found: u64,
    hash: Sha256,
}

impl Tally {
    pub(crate) fn new(digest: &BundleDigest, expected: u64) -> Self {
        Self { digest: digest.clone(), expected, found: 0, hash: Sha256::new() }
    }

    pub(crate) fn digest(&self) -> &BundleDigest {
        &self.digest
    }

    /// Adds bytes, unless there are too many then.
    pub(crate) fn add(&mut self, piece: &[u8]) -> Result<(), Damage> {
        self.found = self.found.saturating_add(piece.len() as u64);
        if self.found > self.expected {
            return Err(self.wrong_length());
        }
        self.hash.update(piece);
        Ok(())
    }

    /// Whether there are as many bytes as expected.
    pub(crate) fn is_full(&self) -> bool {
        self.found == self.expected
    }

    /// Whether the bytes so far are the expected ones, as a whole.
    pub(crate) fn end(&self) -> Result<(), Damage> {
        if !self.is_full() {
            return Err(self.wrong_length());
        }
        let found = BundleDigest::from_bytes(self.hash.clone().finalize().into());
        if found == self.digest { Ok(()) } else { Err(Damage::Digest { found }) }
    }

    fn wrong_length(&self) -> Damage {
        Damage::Length { expected: self.expected, found: self.found }
    }
}

/// Stored bytes that end with [`ArchiveError::Damaged`] unless they are those of the digest.
pub(crate) fn checked(digest: &BundleDigest, length: u64, bytes: ByteStream) -> ByteStream {
    let begin = Some((Tally::new(digest, length), bytes));
    let next = |state: Option<(Tally, ByteStream)>| async move {
        let (mut tally, mut bytes) = state?;
        let taken = match bytes.next().await {
            Some(Ok(piece)) => take(&mut tally, piece).map(Some),
            Some(Err(error)) => return Some((Err(error), None)),
            None => tally.end().map(|()| None),
        };
        match taken {
            Ok(piece) => Some((Ok(piece?), Some((tally, bytes)))),
            Err(damage) => {
                let digest = tally.digest().clone();
                Some((Err(ArchiveError::Damaged { digest, damage }.into()), None))
            }
        }
    };
    stream::unfold(begin, next).boxed()
}

/// A receiver that has as many bytes as were announced reads no further. So the last ones are passed on only
/// when all are right.
fn take(tally: &mut Tally, piece: Bytes) -> Result<Bytes, Damage> {
    tally.add(&piece)?;
    if tally.is_full() {
        tally.end()?;
    }
    Ok(piece)
}
