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
    /// The bytes that were transferred.
    pub bytes: u64,
    /// The length of the archive, if it is known.
    pub of: Option<u64>,
}

/// The bytes are not those of the expected archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTheArchive {
    /// There are fewer or more bytes than expected.
    #[error("it has {found} bytes instead of {promised}; fetch or publish the archive again")]
    Length {
        /// How many there should be.
        promised: u64,
        /// How many were seen.
        found: u64,
    },
    /// The digest differs.
    #[error("its digest is {found} instead of {promised}; fetch or publish the archive again")]
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
    of: Option<u64>,
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

/// Checks bytes while they pass through.
struct Check {
    bytes: ByteStream,
    length: Option<u64>,
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
        if let Some(promised) = self.length
            && self.found > promised
        {
            return Err(NotTheArchive::Length { promised, found: self.found });
        }
        if self.digest.is_some() {
            self.hash.update(&piece);
        }
        // A receiver that has as many bytes as were announced reads no further. So the last ones are
        // passed on only when the check succeeds.
        if self.length == Some(self.found) {
            self.end()?;
        }
        Ok(piece)
    }

    fn end(&self) -> Result<(), NotTheArchive> {
        if let Some(promised) = self.length
            && self.found != promised
        {
            return Err(NotTheArchive::Length { promised, found: self.found });
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

pub(super) fn checked(
    bytes: ByteStream,
    length: Option<u64>,
    digest: Option<BundleDigest>,
) -> ByteStream {
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
    report: impl FnOnce(BundleDigest) + Send + 'static,
) -> ByteStream {
    let next = |state: Option<(ByteStream, Sha256, _)>| async move {
        let (mut bytes, mut hash, report): (ByteStream, Sha256, _) = state?;
        match bytes.next().await {
            Some(Ok(piece)) => {
                hash.update(&piece);
                Some((Ok(piece), Some((bytes, hash, report))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                digest_is(hash, report);
                None
            }
        }
    };
    stream::unfold(Some((bytes, Sha256::new(), report)), next).fuse().boxed()
}

fn digest_is(hash: Sha256, report: impl FnOnce(BundleDigest)) {
    report(BundleDigest::from_bytes(hash.finalize().into()));
}
