use std::sync::{Mutex, PoisonError};

use crate::commit::Commit;
use crate::document::Revision;
use crate::error::StoreError;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

/// A store that fails now and then, by a seed: an operation is refused, or the answer to a commit is lost after it
/// was written.
#[derive(Debug)]
pub struct FlakyStore<S> {
    inner: S,
    random: Mutex<fastrand::Rng>,
    one_in: u32,
}

impl<S> FlakyStore<S> {
    /// A store on `inner` of which one operation in so many fails.
    #[must_use]
    pub fn new(inner: S, seed: u64, one_in: u32) -> Self {
        let random = Mutex::new(fastrand::Rng::with_seed(seed));
        Self { inner, random, one_in: one_in.max(1) }
    }

    fn fails(&self) -> bool {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).u32(..self.one_in) == 0
    }
}

impl<S: Store> FlakyStore<S> {
    async fn pass(&self, action: &str) -> Result<&S, StoreError> {
        match self.fails() {
            true => Err(StoreError::unavailable(action, "the test says so")),
            false => Ok(&self.inner),
        }
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let id = commit.id;
        let written = self.pass("commit").await?.commit(commit).await?;
        match self.fails() {
            true => Err(StoreError::Unknown { commit: id, source: "the test says so".into() }),
            false => Ok(written),
        }
    }
}

wrapper_of_a_store!(FlakyStore);
