use std::io;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream;
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};

use super::ByteStream;

/// How far a transfer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transferred {
    /// So many bytes are through.
    pub bytes: u64,
    /// So many there are.
    pub of: u64,
}

/// Bytes that are not the archive that was promised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTheArchive {
    /// They ended early, or went on.
    #[error("there are {found} bytes and not {promised}; fetch or publish the archive again")]
    Length {
        /// How many there should be.
        promised: u64,
        /// How many were seen.
        found: u64,
    },
    /// They are others.
    #[error("its digest is {found} and not {promised}; fetch or publish the archive again")]
    Digest {
        /// What it should be.
        promised: BundleDigest,
        /// What it is.
        found: BundleDigest,
    },
}

impl From<NotTheArchive> for io::Error {
    fn from(problem: NotTheArchive) -> Self {
        Self::new(io::ErrorKind::InvalidData, problem)
    }
}

pub(super) fn watched(
    bytes: ByteStream,
    of: u64,
    mut watch: impl FnMut(Transferred) + Send + 'static,
) -> ByteStream {
    let mut so_far = 0;
    let counted = bytes.inspect(move |piece| {
        if let Ok(piece) = piece {
            so_far += piece.len() as u64;
            watch(Transferred { bytes: so_far, of });
        }
    });
    counted.boxed()
}

/// What is known of bytes that are checked while they go by.
struct Check {
    bytes: ByteStream,
    length: u64,
    digest: Option<BundleDigest>,
    found: u64,
    hash: Sha256,
}

impl Check {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        match self.bytes.next().await {
            Some(Ok(piece)) => Some(self.take(piece).map_err(Into::into)),
            Some(Err(error)) => Some(Err(error)),
            None => self.end().err().map(|problem| Err(problem.into())),
        }
    }

    fn take(&mut self, piece: Bytes) -> Result<Bytes, NotTheArchive> {
        self.found = self.found.saturating_add(piece.len() as u64);
        if self.found > self.length {
            return Err(NotTheArchive::Length { promised: self.length, found: self.found });
        }
        if self.digest.is_some() {
            self.hash.update(&piece);
        }
        // Whoever has got as many bytes as were announced asks no further: the last ones are handed
        // out only when they are right.
        if self.found == self.length {
            self.end()?;
        }
        Ok(piece)
    }

    fn end(&self) -> Result<(), NotTheArchive> {
        if self.found != self.length {
            return Err(NotTheArchive::Length { promised: self.length, found: self.found });
        }
        let Some(promised) = &self.digest else {
            return Ok(());
        };
        let found = BundleDigest::from_bytes(self.hash.clone().finalize().into());
        if found == *promised {
            Ok(())
        } else {
            Err(NotTheArchive::Digest { promised: promised.clone(), found })
        }
    }
}

pub(super) fn checked(bytes: ByteStream, length: u64, digest: Option<BundleDigest>) -> ByteStream {
    let check = Check { bytes, length, digest, found: 0, hash: Sha256::new() };
    let next = |check: Option<Check>| async move {
        let mut check = check?;
        let piece = check.next().await?;
        // Nothing comes after an error.
        let rest = piece.is_ok().then_some(check);
        Some((piece, rest))
    };
    stream::unfold(Some(check), next).fuse().boxed()
}

pub(super) fn digested(
    bytes: ByteStream,
    tell: impl FnOnce(BundleDigest) + Send + 'static,
) -> ByteStream {
    let next = |state: Option<(ByteStream, Sha256, _)>| async move {
        let (mut bytes, mut hash, tell): (ByteStream, Sha256, _) = state?;
        match bytes.next().await {
            Some(Ok(piece)) => {
                hash.update(&piece);
                Some((Ok(piece), Some((bytes, hash, tell))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                digest_is(hash, tell);
                None
            }
        }
    };
    stream::unfold(Some((bytes, Sha256::new(), tell)), next).fuse().boxed()
}

fn digest_is(hash: Sha256, tell: impl FnOnce(BundleDigest)) {
    tell(BundleDigest::from_bytes(hash.finalize().into()));
}
