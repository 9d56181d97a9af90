use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::commit::{Commit, CommitId};
use crate::document::Revision;
use crate::error::StoreError;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

/// A store that fails at a chosen commit. A deployer that dies there cannot use the store any more, and
/// its lease stays (R1, R2). Other users see the inner store.
#[derive(Debug, Clone)]
pub struct FailingStore<S> {
    inner: S,
    mode: FailureMode,
    commits: Arc<AtomicUsize>,
    dead: Arc<AtomicBool>,
}

/// What happens at which commit, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureMode {
    /// This commit is not written.
    Before(usize),
    /// This commit is written, and its answer is lost.
    After(usize),
    /// This commit is not written, and the deployer continues: the store was unavailable for a short time.
    Missed(usize),
    /// This commit is written, its answer is lost, and the deployer continues.
    AnswerLost(usize),
    /// This commit and all later ones are refused, and everything else works: the store became read-only.
    ReadOnlyFrom(usize),
    /// This commit is written, its answer is lost, and all later ones are refused.
    AnswerLostThenReadOnly(usize),
    /// From this commit on every write is refused, and everything can be read: the disk is full.
    FullFrom(usize),
}

/// What takes space, besides commits.
const WRITES: [&str; 5] =
    ["take a lease", "renew a lease", "release a lease", "compact", "report its status"];

impl<S> FailingStore<S> {
    /// A store on `inner` whose deployer dies.
    #[must_use]
    pub fn new(inner: S, mode: FailureMode) -> Self {
        Self { inner, mode, commits: Arc::default(), dead: Arc::default() }
    }

    /// The number of commits so far.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }
}

impl<S: Store> FailingStore<S> {
    async fn pass(&self, action: &str) -> Result<&S, StoreError> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(unavailable(action));
        }
        match self.mode {
            FailureMode::FullFrom(at) if self.commits() >= at && WRITES.contains(&action) => {
                Err(full(action))
            }
            _ => Ok(&self.inner),
        }
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let inner = self.pass("commit").await?;
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        let (at, dies, written) = match self.mode {
            FailureMode::Before(at) => (at, true, false),
            FailureMode::After(at) => (at, true, true),
            FailureMode::Missed(at) => (at, false, false),
            FailureMode::AnswerLost(at) => (at, false, true),
            FailureMode::ReadOnlyFrom(at) if number >= at => return Err(read_only()),
            FailureMode::FullFrom(at) if number >= at => return Err(full("commit")),
            FailureMode::AnswerLostThenReadOnly(at) if number > at => return Err(read_only()),
            FailureMode::ReadOnlyFrom(at) | FailureMode::FullFrom(at) => (at, false, false),
            FailureMode::AnswerLostThenReadOnly(at) => (at, false, true),
        };
        if number != at {
            return inner.commit(commit).await;
        }
        self.dead.store(dies, Ordering::SeqCst);
        let id = commit.id;
        if written {
            inner.commit(commit).await?;
        }
        Err(unknown(id))
    }
}

wrapper_of_a_store!(FailingStore);

fn unavailable(action: &str) -> StoreError {
    StoreError::unavailable(action, "the test says so")
}

fn full(action: &str) -> StoreError {
    StoreError::Full { action: action.to_owned(), source: "the test says so".into() }
}

fn read_only() -> StoreError {
    StoreError::ReadOnly { action: "commit".to_owned(), source: "the test says so".into() }
}

/// A caller cannot see whether the commit or its answer was lost.
fn unknown(commit: CommitId) -> StoreError {
    StoreError::Unknown { commit, source: "the test says so".into() }
}
