use project_deployer_client::{BundleOperations as _, DeployerError};
use project_deployer_core::{BundleId, ProjectKey};

use super::DeployerSession;
use crate::bundle_difference::{BundleDifference, differing, read_inventory};

impl DeployerSession {
    /// Compares two bundles of a published project: what `to` adds, removes and changes (E5).
    ///
    /// It reads both archives, one after the other, and needs the right to download them.
    ///
    /// # Errors
    ///
    /// The project or a bundle does not exist for the caller, the caller may not download it, or its archive is
    /// missing or damaged.
    pub async fn compare_bundles(
        &self,
        project: &ProjectKey,
        from: &BundleId,
        to: &BundleId,
    ) -> Result<BundleDifference, DeployerError> {
        let inner = &self.deployer.inner;
        // A bundle that is not there is a quick answer. Its stream would wait for the other one, and is opened again.
        drop(self.download_bundle(project, to).await?);
        let from = self.download_bundle(project, from).await?;
        let from = read_inventory(&inner.spool, from, &inner.limits).await?;
        let to = self.download_bundle(project, to).await?;
        let to = read_inventory(&inner.spool, to, &inner.limits).await?;
        differing(from, to).await
    }
}
