use std::sync::{Arc, PoisonError, RwLock};

use crate::error::StoreError;
use crate::sealing::Sealer;

/// Seals with the key of the store, as far as this process knows it. The server refuses what another key sealed.
#[derive(Debug)]
pub(super) struct Seals {
    pub(super) sealer: Sealer,
    check: RwLock<Check>,
}

/// The value that the store keeps, which its key sealed; none without encryption.
pub(super) type Check = Option<Vec<u8>>;

impl Seals {
    pub(super) fn new(sealer: Sealer, check: Check) -> Self {
        Self { sealer, check: RwLock::new(check) }
    }

    pub(super) fn check(&self) -> Check {
        self.check.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of the key of the store. This process must have it, so that [`Sealer::seal`] finds it at once.
    pub(super) fn learn(&self, check: Check) {
        *self.check.write().unwrap_or_else(PoisonError::into_inner) = check;
    }
}

/// Work with keys where it may block: a key that is missing is asked for at its source, such as a command.
pub(super) async fn with_seals<T: Send + 'static>(
    action: &str,
    seals: &Arc<Seals>,
    work: impl FnOnce(&Seals) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let seals = Arc::clone(seals);
    let working = tokio::task::spawn_blocking(move || work(&seals));
    working.await.unwrap_or_else(|error| Err(StoreError::unavailable(action, error)))
}
