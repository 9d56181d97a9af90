use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::DeploymentId;
use project_deployer_store::{Lease, Store, StoreError};
use tokio::time::{Instant, sleep, timeout};

use crate::deployer::Deployer;
use crate::state::{DeploymentRecord, Record as _};

/// A lease, and when it was requested: its duration starts then.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) lease: Lease,
    asked: Instant,
}

/// Keeps a lease while work runs under it.
#[derive(Debug)]
pub(crate) struct LeaseKeeper {
    store: Arc<dyn Store>,
    taken: Taken,
    time: Duration,
}

impl LeaseKeeper {
    pub(crate) fn new(deployer: &Deployer, taken: Taken) -> Self {
        let store = Arc::clone(&deployer.inner.repository.store);
        Self { store, taken, time: deployer.inner.lease_ttl }
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.taken.lease
    }

    /// Runs work under the lease. The work stops at once when the lease is lost, since another
    /// deployer holds it then.
    pub(crate) async fn holding<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        tokio::select! {
            done = work => done,
            lost = self.keep() => Err(lost),
        }
    }

    /// Renews the lease three times within its duration. It returns only when the lease is lost, or
    /// when this is unknown. It then returns some time before the lease may expire, so that all
    /// work has stopped when another holder begins.
    async fn keep(&self) -> StoreError {
        let mut renewed = self.taken.asked;
        let pause = self.time / 3;
        let deadline = self.time * 2 / 3;
        loop {
            sleep(pause.saturating_sub(renewed.elapsed())).await;
            let asked = Instant::now();
            match timeout(pause, self.store.renew_lease(self.lease(), self.time)).await {
                Ok(Ok(())) => renewed = asked,
                // A store that is briefly unavailable is called again.
                Err(_) | Ok(Err(StoreError::Unavailable { .. } | StoreError::Unknown { .. })) => {
                    if renewed.elapsed() >= deadline {
                        return StoreError::LeaseLost { name: self.lease().name.clone() };
                    }
                    sleep(pause / 10).await;
                }
                Ok(Err(lost)) => return lost,
            }
        }
    }
}

impl Deployer {
    /// Takes the lease to change the project of a deployment on its nodes: one process at a time
    /// (R5).
    pub(crate) async fn take_deployment(&self, id: &DeploymentId) -> Result<Taken, DeployerError> {
        self.take(&format!("deployment/{id}")).await.map_err(|error| match error {
            StoreError::Held { holder, .. } => DeployerError::UpdateRunning {
                deployment: ResourceRef::new(DeploymentRecord::NOUN, id),
                holder,
            },
            other => DeployerError::state("the Deployer", other),
        })
    }

    /// Takes a lease for the lease time of this process.
    pub(crate) async fn take(&self, name: &str) -> Result<Taken, StoreError> {
        let inner = &self.inner;
        let asked = Instant::now();
        let taken = inner.repository.store.take_lease(name, &inner.name, inner.lease_ttl).await;
        taken.map(|lease| Taken { lease, asked })
    }

    /// Releases a lease. A lease that cannot be released expires by itself.
    pub(crate) async fn release(&self, lease: &Lease) {
        if let Err(error) = self.inner.repository.store.release_lease(lease).await {
            tracing::warn!(%lease, %error, "a lease could not be released");
        }
    }
}
