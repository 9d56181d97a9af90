use project_deployer_client::{DeployerError, Named};
use project_deployer_core::DeploymentId;
use project_deployer_store::{Lease, StoreError};

use crate::deployer::Deployer;
use crate::state::{DeploymentRecord, Record as _};

impl Deployer {
    /// The right to change the project of a deployment on its nodes: one process at a time (R5).
    pub(crate) async fn take_deployment(&self, id: &DeploymentId) -> Result<Lease, DeployerError> {
        let inner = &self.inner;
        let name = format!("deployment/{id}");
        let taken = inner.repository.store.take_lease(&name, &inner.name, inner.lease_time).await;
        taken.map_err(|error| match error {
            StoreError::Held { holder, .. } => DeployerError::UpdateRunning {
                deployment: Named::new(DeploymentRecord::KIND.0, id),
                holder,
            },
            other => DeployerError::state("the Deployer", other),
        })
    }

    /// Gives it back. A lease that cannot be given back runs out by itself.
    pub(crate) async fn release(&self, lease: &Lease) {
        if let Err(error) = self.inner.repository.store.release_lease(lease).await {
            tracing::warn!(%lease, %error, "a lease could not be given back");
        }
    }
}
