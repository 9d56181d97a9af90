use project_deployer_store::Revision;
use serde::Serialize;

use super::{Progress, State, StateError};

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Compacted {
    /// Deletions and ids of commits up to this revision are forgotten.
    pub until: u64,
    /// About how many bytes the store took before.
    pub bytes_before: Option<u64>,
    /// About how many bytes it takes now.
    pub bytes_after: Option<u64>,
}

/// Forgets deletions and ids of commits, except those of the last `keep` commits, and gives unused space back.
/// A Deployer may run meanwhile; its commits may wait.
///
/// # Errors
///
/// The store failed.
pub async fn compact(
    state: &State,
    keep: u64,
    progress: Progress<'_>,
) -> Result<Compacted, StateError> {
    let before = state.store.status().await?;
    let until = before.revision.0.saturating_sub(keep);
    progress.report(format_args!("forgetting deletions up to revision {until}"));
    state.store.compact(Revision(until)).await?;
    progress.report("giving unused space back");
    state.store.shrink().await?;
    let after = state.store.status().await?;
    Ok(Compacted { until: after.compacted.0, bytes_before: before.bytes, bytes_after: after.bytes })
}
