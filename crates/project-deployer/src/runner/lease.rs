use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::DeploymentId;
use project_deployer_store::{Lease, Store, StoreError};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

use crate::deployer::Deployer;
use crate::state::{DeployedKey, DeployedProject, DeploymentRecord, LatestUpdate, Record as _};

/// A lease that this process holds, and renews while work runs under it.
///
/// Whoever drops it releases the lease: a cancelled call must not keep others away until the lease expires.
#[derive(Debug)]
pub(crate) struct LeaseKeeper {
    store: Arc<dyn Store>,
    lease: Lease,
    time: Duration,
    /// When it was last requested or renewed: its duration starts then.
    renewed: Mutex<Instant>,
    is_released: bool,
}

impl LeaseKeeper {
    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Releases the lease, and returns whether that worked. A lease that cannot be released expires by itself.
    pub(crate) async fn release(mut self) -> bool {
        let is_released = released(&*self.store, &self.lease).await;
        self.is_released = true;
        is_released
    }

    /// Runs work under the lease. The work stops at once when the lease is lost, since another
    /// deployer holds it then. A process that stood still goes on with the work after it has renewed the lease,
    /// not before.
    pub(crate) async fn holding<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut work = pin!(work);
        let work = poll_fn(|context| match self.ends_soon() {
            // `keep` runs in the same task, and wakes it.
            true => Poll::Pending,
            false => work.as_mut().poll(context),
        });
        tokio::select! {
            biased;
            lost = self.keep() => Err(lost),
            done = work => done,
        }
    }

    /// Runs work under the lease, as [`holding`](Self::holding) does, and releases the lease. That it is lost is an
    /// error of the state of `object`.
    pub(crate) async fn until_done<T>(
        self,
        object: &str,
        work: impl Future<Output = Result<T, DeployerError>>,
    ) -> Result<T, DeployerError> {
        let done = self.holding(async { Ok(work.await) }).await;
        self.release().await;
        done.map_err(|error| DeployerError::state(object, error))?
    }

    /// Runs a short piece of work under the lease as it is. It stops before the lease may expire.
    pub(crate) async fn once<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        // `keep` renews it after a third of its duration at the latest, and gives up after two.
        match timeout(self.time / 3, work).await {
            Ok(done) => done,
            Err(_) => Err(StoreError::LeaseLost { name: self.lease.name.clone() }),
        }
    }

    /// Renews the lease three times within its duration. It returns only when the lease is lost, or
    /// when this is unknown. It then returns some time before the lease may expire, so that all
    /// work has stopped when another holder begins.
    async fn keep(&self) -> StoreError {
        let pause = self.time / 3;
        loop {
            sleep(pause.saturating_sub(self.age())).await;
            let asked = Instant::now();
            match timeout(pause, self.store.renew_lease(self.lease(), self.time)).await {
                Ok(Ok(())) => {
                    *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
                }
                Ok(Err(lost)) if !lost.is_transient() => return lost,
                // A store that is briefly unavailable is called again.
                Err(_) | Ok(Err(_)) => {
                    if self.is_overdue() {
                        return StoreError::LeaseLost { name: self.lease().name.clone() };
                    }
                    sleep(pause / 10).await;
                }
            }
        }
    }

    /// How long ago the duration of the lease started.
    fn age(&self) -> Duration {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Whether it should have been renewed by now.
    fn is_overdue(&self) -> bool {
        self.age() >= self.time * 2 / 3
    }

    /// Whether another deployer may hold the lease soon, or holds it already.
    fn ends_soon(&self) -> bool {
        self.age() >= self.time * 5 / 6
    }
}

impl Deployer {
    /// Takes the lease to write a project on the nodes of an infrastructure: one process at a time, whichever
    /// of the project's deployments it works for (R5).
    pub(crate) async fn take_project(
        &self,
        project: &DeployedProject,
    ) -> Result<LeaseKeeper, StoreError> {
        self.take(&project.lease_name()).await
    }

    /// Takes a lease for the lease time of this process.
    pub(crate) async fn take(&self, name: &str) -> Result<LeaseKeeper, StoreError> {
        self.be_present().await?;
        let (inner, asked) = (&self.inner, Instant::now());
        let (store, time) = (Arc::clone(&inner.repository.store), inner.lease_ttl);
        let lease = store.take_lease(name, &inner.name, time).await?;
        Ok(LeaseKeeper { store, lease, time, renewed: Mutex::new(asked), is_released: false })
    }

    /// The same. If another process holds it, this says who. Another failure is an error of the state of `object`.
    pub(crate) async fn take_unless_held(
        &self,
        name: &str,
        object: &str,
    ) -> Result<Result<LeaseKeeper, String>, DeployerError> {
        match self.take(name).await {
            Ok(keeper) => Ok(Ok(keeper)),
            Err(StoreError::Held { holder, .. }) => Ok(Err(holder)),
            Err(error) => Err(DeployerError::state(object, error)),
        }
    }

    /// The same as [`take`](Self::take), for a caller: the error says what prevents the change of this deployment.
    pub(crate) async fn take_for(
        &self,
        project: &DeployedProject,
        id: &DeploymentId,
    ) -> Result<LeaseKeeper, DeployerError> {
        match self.take_project(project).await {
            Ok(keeper) => Ok(keeper),
            Err(StoreError::Held { holder, .. }) => Err(self.busy(project, id, holder).await),
            Err(other) => Err(DeployerError::state("the Deployer", other)),
        }
    }

    /// Why the project is busy. Another deployment is not named: the caller may not see it (R-P8).
    async fn busy(
        &self,
        project: &DeployedProject,
        id: &DeploymentId,
        holder: String,
    ) -> DeployerError {
        let own = DeployerError::UpdateRunning {
            deployment: ResourceRef::new(DeploymentRecord::NOUN, id),
            holder: holder.clone(),
        };
        let repository = &self.inner.repository;
        let is_updated = async |id: &DeploymentId| {
            let latest = repository.find::<LatestUpdate>(id).await.ok().flatten();
            latest.is_some_and(|latest| latest.value.0.is_running())
        };
        if is_updated(id).await {
            return own;
        }
        let known = repository.find::<DeployedKey>(project.record_id()).await.ok().flatten();
        let Some(known) = known else { return own };
        for other in known.value.deployments().filter(|other| *other != id) {
            if is_updated(other).await {
                return DeployerError::ProjectBusy { project: project.to_string(), holder };
            }
        }
        own
    }
}

/// Releases a lease. A lease that cannot be released expires by itself.
async fn released(store: &dyn Store, lease: &Lease) -> bool {
    let released = store.release_lease(lease).await;
    if let Err(error) = &released {
        tracing::warn!(%lease, %error, "a lease could not be released");
    }
    released.is_ok()
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        if self.is_released {
            return;
        }
        // Without a runtime the process is about to end.
        if let Ok(runtime) = Handle::try_current() {
            let (store, lease) = (Arc::clone(&self.store), self.lease.clone());
            runtime.spawn(async move {
                released(&*store, &lease).await;
            });
        }
    }
}
