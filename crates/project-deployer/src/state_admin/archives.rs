use std::collections::BTreeMap;

use futures::StreamExt as _;
use project_deployer_core::BundleDigest;
use project_deployer_store::{ArchiveError, BundleArchive};
use sha2::{Digest as _, Sha256};

use crate::causes::with_causes;

/// How many archives are listed at once.
const PAGE: usize = 500;

/// The stored archives with their lengths.
pub(super) async fn stored(
    archive: &dyn BundleArchive,
) -> Result<BTreeMap<BundleDigest, u64>, ArchiveError> {
    let mut all = BTreeMap::new();
    let mut after: Option<BundleDigest> = None;
    loop {
        let page = archive.list(after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|found| found.digest.clone());
        all.extend(page.into_iter().map(|found| (found.digest, found.length)));
        if is_last {
            return Ok(all);
        }
    }
}

/// What is wrong with the bytes of an archive; none if they have this digest.
pub(super) async fn fault_of(archive: &dyn BundleArchive, digest: &BundleDigest) -> Option<String> {
    match digest_of(archive, digest).await {
        Ok(Some(found)) if found == *digest => None,
        Ok(Some(found)) => Some(format!("its bytes have the digest {found}")),
        Ok(None) => Some("it was removed meanwhile".to_owned()),
        Err(error) => Some(with_causes(&error)),
    }
}

async fn digest_of(
    archive: &dyn BundleArchive,
    digest: &BundleDigest,
) -> Result<Option<BundleDigest>, ArchiveError> {
    let Some(mut found) = archive.open(digest, 0).await? else { return Ok(None) };
    let mut hash = Sha256::new();
    while let Some(piece) = found.bytes.next().await {
        hash.update(piece.map_err(|error| ArchiveError::of(format!("read {digest}"), error))?);
    }
    Ok(Some(BundleDigest::from_bytes(hash.finalize().into())))
}

/// What became of an archive that has to be copied.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CopyOutcome {
    Copied,
    /// It was there already.
    Present,
    /// It is not where it should be copied from.
    Missing,
}

/// Copies an archive, unless it is there. Its bytes are checked on their way.
pub(super) async fn copy(
    from: &dyn BundleArchive,
    to: &dyn BundleArchive,
    digest: &BundleDigest,
) -> Result<CopyOutcome, ArchiveError> {
    if to.open(digest, u64::MAX).await?.is_some() {
        return Ok(CopyOutcome::Present);
    }
    let Some(found) = from.open(digest, 0).await? else { return Ok(CopyOutcome::Missing) };
    to.put(digest, found.length, found.bytes).await?;
    Ok(CopyOutcome::Copied)
}
