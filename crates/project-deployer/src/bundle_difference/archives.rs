use project_deployer_client::{DeployerError, Upload};

use super::{BundleDifference, compare};
use crate::bundle_reader::ArrivingData;
use crate::bundle_reader::{BundleInventory, BundleLimits, read_bundle_inventory};
use crate::spool::{Spool, SpoolDirectory, SpoolError};

/// Reads two archives, for example downloads, and compares them. Each is on disk while it is read, without a name.
///
/// # Errors
///
/// The bytes of an archive do not arrive, it is no bundle or exceeds a limit, or there is no disk space.
pub async fn compare_archives(
    from: Upload,
    to: Upload,
    limits: &BundleLimits,
) -> Result<BundleDifference, DeployerError> {
    let directory = SpoolDirectory::new(None);
    let from = read_inventory(&directory, from, limits).await?;
    let to = read_inventory(&directory, to, limits).await?;
    differing(from, to).await
}

/// Reads one archive.
pub(crate) async fn read_inventory(
    directory: &SpoolDirectory,
    archive: Upload,
    limits: &BundleLimits,
) -> Result<BundleInventory, DeployerError> {
    let name = archive.file_name.clone();
    let most = limits.max_archive_bytes;
    // Every file is read later.
    let spool = Spool::receive(directory, archive, most, ArrivingData::unchecked()).await;
    let spool = spool.map_err(|error| match error {
        SpoolError::Disk { .. } => DeployerError::state("the archive of a bundle", error),
        refused => unreadable(&name, refused),
    })?;
    let limits = limits.clone();
    let read = spool.read(move |file| read_bundle_inventory(file, &limits)).await;
    let read = read.map_err(|error| DeployerError::state("the archive of a bundle", error))?;
    read.map_err(|error| unreadable(&name, error))
}

/// Compares in a thread that may be busy for long: bundles may have many files.
pub(crate) async fn differing(
    from: BundleInventory,
    to: BundleInventory,
) -> Result<BundleDifference, DeployerError> {
    let compared = tokio::task::spawn_blocking(move || compare(&from, &to)).await;
    compared.map_err(|error| DeployerError::state("the difference of two bundles", error))
}

fn unreadable(name: &str, error: impl std::error::Error + Send + Sync + 'static) -> DeployerError {
    let reason = format!("the archive `{name}` cannot be compared: {error}");
    DeployerError::Bundle { reason, source: Some(error.into()) }
}
