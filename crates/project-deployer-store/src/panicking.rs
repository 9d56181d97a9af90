use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::commit::Commit;
use crate::document::Revision;
use crate::error::StoreError;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

/// A store with a defect: one of its operations panics, from an order on. Clones share the order.
#[derive(Debug, Clone)]
pub struct PanickingStore<S> {
    inner: S,
    action: &'static str,
    panics: Arc<AtomicBool>,
}

impl<S> PanickingStore<S> {
    /// A store on `inner` of which an operation will panic, by its name in errors, such as `renew a lease`.
    #[must_use]
    pub fn new(inner: S, action: &'static str) -> Self {
        Self { inner, action, panics: Arc::default() }
    }

    /// Sets whether the operation panics from now on.
    pub fn set_panics(&self, panics: bool) {
        self.panics.store(panics, Ordering::SeqCst);
    }
}

impl<S: Store> PanickingStore<S> {
    #[expect(clippy::panic, reason = "a test ordered it")]
    async fn pass(&self, action: &str) -> Result<&S, StoreError> {
        if action == self.action && self.panics.load(Ordering::SeqCst) {
            panic!("a test ordered a panic in: {action}");
        }
        Ok(&self.inner)
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        self.pass("commit").await?.commit(commit).await
    }
}

wrapper_of_a_store!(PanickingStore);
