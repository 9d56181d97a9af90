use super::entry::Entry;
use super::error::{BundleError, LimitedBy};
use super::limits::BundleLimits;

/// The size that any archive may expand to, however small it is: one or two seconds of work.
const FREE: u64 = 1024 * 1024 * 1024;

/// Checks the total expanded size of all entries, before anything is expanded. No entry is expanded
/// beyond the size that the archive states.
pub(super) fn check(
    entries: &[Entry<'_>],
    archive_size: u64,
    limits: &BundleLimits,
) -> Result<(), BundleError> {
    let total = entries.iter().fold(0_u64, |total, entry| total.saturating_add(entry.expanded));
    BundleError::check_limit(LimitedBy::ExpandedBytes, total, limits.max_expanded_bytes, None)?;
    if total <= FREE {
        return Ok(());
    }
    let ratio = total.div_ceil(archive_size.max(1));
    BundleError::check_limit(LimitedBy::ArchiveRatio, ratio, limits.max_archive_ratio, None)
}
