//! Whether Deployers run on a store. Each of them holds one of a fixed number of leases, and whoever needs the
//! store alone takes all of them. So nothing has to be listed, and no commit is written.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use project_deployer_client::DeployerError;
use project_deployer_store::{Lease, Store, StoreError};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

use crate::deployer::Deployer;
use crate::life::{Phase, caught};

/// What was found out about the store before the first operation on it.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// The store knows that this Deployer runs.
    reported: OnceCell<()>,
    /// Its state is whole, and was not moved away.
    #[cfg(feature = "sqlite")]
    usable: OnceCell<()>,
    /// The task that renews the lease, and releases it at the end.
    staying: Mutex<Option<JoinHandle<()>>>,
}

impl Presence {
    /// Waits until the store knows that this Deployer runs no more, at most until then. A process that ends before would
    /// leave its lease, and so many of them in a minute would leave no place for another one.
    pub(crate) async fn left(&self, bound: Instant) {
        let staying = self.staying.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(staying) = staying {
            let _ = timeout_at(bound, staying).await;
        }
    }
}

/// How many processes may share a store.
const SLOTS: usize = 64;

/// What the holders are called that need a store alone.
const ALONE: &str = "deployer state ";

fn slot(number: usize) -> String {
    format!("presence/{}", number % SLOTS)
}

/// Whether somebody works on the store alone, rather than a Deployer on it.
pub(crate) fn is_alone(holder: &str) -> bool {
    holder.starts_with(ALONE)
}

/// Takes a free slot; [`StoreError::Held`] if somebody needs the store alone, or every slot is taken.
async fn enter(store: &dyn Store, holder: &str, time: Duration) -> Result<Lease, StoreError> {
    let first = fastrand::usize(..SLOTS);
    let mut refused = StoreError::Held { name: slot(first), holder: String::new() };
    for number in first..first + SLOTS {
        match store.take_lease(&slot(number), holder, time).await {
            Err(error @ StoreError::Held { .. }) => {
                let is_final =
                    matches!(&error, StoreError::Held { holder, .. } if is_alone(holder));
                refused = error;
                if is_final {
                    break;
                }
            }
            other => return other,
        }
    }
    Err(refused)
}

/// Takes every slot, or none: [`StoreError::Held`] names who is there.
#[cfg(feature = "sqlite")]
pub(crate) async fn take_all(
    store: &dyn Store,
    what: &str,
    time: Duration,
) -> Result<Vec<Lease>, StoreError> {
    let holder = format!("{ALONE}{what}");
    let names: Vec<_> = (0..SLOTS).map(slot).collect();
    let taken = join_all(names.iter().map(|name| store.take_lease(name, &holder, time))).await;
    let mut leases = Vec::new();
    let mut refused = None;
    for lease in taken {
        match lease {
            Ok(lease) => leases.push(lease),
            Err(error) => {
                refused = Some(match refused {
                    Some(first) => preferred(first, error),
                    None => error,
                });
            }
        }
    }
    match refused {
        None => Ok(leases),
        Some(refused) => {
            release_all(store, &leases).await;
            Err(refused)
        }
    }
}

/// A Deployer says more than somebody else who needs the store alone: both may have tried at the same time.
#[cfg(feature = "sqlite")]
fn preferred(first: StoreError, other: StoreError) -> StoreError {
    match &first {
        StoreError::Held { holder, .. } if is_alone(holder) => other,
        _ => first,
    }
}

/// Releases leases. One that cannot be released expires by itself.
pub(crate) async fn release_all(store: &dyn Store, leases: &[Lease]) {
    join_all(leases.iter().map(|lease| store.release_lease(lease))).await;
}

impl Deployer {
    /// Reports in a store that lasts that a Deployer runs on it, once, until the last clone of this one is gone.
    /// [`StoreError::Held`] if somebody needs the store alone.
    pub(crate) async fn be_present(&self) -> Result<(), StoreError> {
        if !self.inner.repository.store.lasts() {
            return Ok(());
        }
        match self.inner.presence.reported.get_or_try_init(|| self.enter()).await {
            Ok(()) => Ok(()),
            // It can be read all the same, and nobody can take it alone.
            Err(StoreError::ReadOnly { .. } | StoreError::Full { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The same for an operation, which a state that is half a copy or was moved away refuses as well.
    pub(crate) async fn reported(&self) -> Result<(), DeployerError> {
        self.be_known().await?;
        #[cfg(feature = "sqlite")]
        if self.inner.repository.store.lasts() {
            let store = &*self.inner.repository.store;
            let check = || crate::state_admin::refuse_unusable(store, "the state");
            let checked = self.inner.presence.usable.get_or_try_init(check).await;
            checked.map_err(|error| DeployerError::state("the Deployer", error))?;
        }
        Ok(())
    }

    async fn be_known(&self) -> Result<(), DeployerError> {
        self.be_present().await.map_err(|error| match error {
            StoreError::Held { holder, .. } if is_alone(&holder) => DeployerError::not_possible(
                format!("`{holder}` works on the whole state"),
                "wait for its end, then try again",
            ),
            other => DeployerError::state("the Deployer", other),
        })
    }

    /// Takes a slot, and stays in it.
    async fn enter(&self) -> Result<(), StoreError> {
        let inner = &self.inner;
        let store = Arc::clone(&inner.repository.store);
        let (name, time) = (inner.name.clone(), inner.lease_ttl);
        let lease = enter(&*store, &name, time).await?;
        // It ends when the Deployer is gone, and with it the sender.
        let mut progress = self.progress();
        let life = Arc::clone(&self.inner.life);
        let staying = tokio::spawn(async move {
            let mut lease = lease;
            let gone = async { while progress.next().await.is_some() {} };
            let stayed = async {
                while let Err(panicked) = caught(stay(&*store, &name, &mut lease, time)).await {
                    tracing::error!(%panicked, "the store may not know that this Deployer runs");
                    sleep(time / 3).await;
                }
            };
            tokio::select! {
                biased;
                () = gone => {}
                () = life.reached(Phase::Closed) => {}
                () = stayed => {}
            }
            release_all(&*store, &[lease]).await;
        });
        let mut kept = self.inner.presence.staying.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(staying);
        Ok(())
    }
}

/// Renews a slot for ever. One that was lost, because the process was suspended, is replaced by another one.
async fn stay(store: &dyn Store, holder: &str, lease: &mut Lease, time: Duration) {
    loop {
        sleep(time / 3).await;
        match store.renew_lease(lease, time).await {
            Ok(()) => {}
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "the store does not know that this Deployer runs");
            }
            Err(_) => match enter(store, holder, time).await {
                Ok(new) => *lease = new,
                Err(error) => {
                    tracing::error!(%error, "this Deployer was suspended, and `deployer state` works on its store; stop it");
                }
            },
        }
    }
}

#[cfg(test)]
mod tests;
