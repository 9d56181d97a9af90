use std::sync::Arc;
use std::time::Duration;

use project_deployer_store::{Commit, Lease, Maintenance, StoreError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::{State, StateError};
use crate::presence::{is_alone, release_all, take_all};

/// How long a store stays taken when the process dies that took it.
const TIME: Duration = Duration::from_secs(6);

/// A state on which no Deployer runs, and none can be opened.
#[derive(Debug)]
pub(super) struct Alone {
    store: Arc<dyn Maintenance>,
    leases: Vec<Lease>,
    renewal: JoinHandle<()>,
}

impl Alone {
    /// Takes a state alone. `what` is the operation, as others see it. Another operation of an administrator
    /// may have died: its leases expire, so they are waited for as long as that takes.
    pub(super) async fn on(state: &State, what: &str) -> Result<Self, StateError> {
        let store = Arc::clone(&state.store);
        let begun = Instant::now();
        let leases = loop {
            match take_all(&*store, what, TIME).await {
                Ok(leases) => break leases,
                Err(StoreError::Held { holder, .. }) => {
                    if !is_alone(&holder) || begun.elapsed() > TIME {
                        return Err(StateError::Running { url: state.name.clone(), holder });
                    }
                    sleep(TIME / 20).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        let renewal = tokio::spawn(keep(Arc::clone(&store), leases.clone()));
        Ok(Self { store, leases, renewal })
    }

    /// A commit that is refused if the state is no longer taken.
    pub(super) fn commit(&self) -> Commit {
        match self.leases.first() {
            Some(lease) => Commit::new().fenced_by(lease),
            None => Commit::new(),
        }
    }

    pub(super) async fn release(self) {
        self.renewal.abort();
        release_all(&*self.store, &self.leases).await;
    }
}

/// A lost lease refuses the next commit, so nothing has to happen here.
async fn keep(store: Arc<dyn Maintenance>, leases: Vec<Lease>) {
    loop {
        sleep(TIME / 4).await;
        futures::future::join_all(leases.iter().map(|lease| store.renew_lease(lease, TIME))).await;
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}
