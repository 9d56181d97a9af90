//! Marks in a store that is copied, so that no Deployer opens half a state, or one that was moved away.

use project_deployer_store::{Commit, Store, StoreError};

use super::{State, StateError};
use crate::state::{Record as _, RecordCommit as _, StateMark, VersionedRecord};

impl StateMark {
    /// A copy into this store has begun, and has not ended.
    pub(super) const INCOMING: &str = "incoming";
    /// The state of this store was moved away.
    pub(super) const MOVED: &str = "moved";
    /// The archives are elsewhere.
    pub(super) const ARCHIVES: &str = "archives";
    /// A change of the key has begun, and has no audit record yet. It names the key before.
    pub(super) const ROTATING: &str = "rotating";
    /// A key is being removed from the key file, and that has no audit record yet. It names the key.
    pub(super) const FORGETTING: &str = "forgetting";

    pub(super) fn new(id: &str, place: impl Into<String>) -> Self {
        Self { id: id.to_owned(), place: place.into(), before: None }
    }
}

/// A commit that sets a mark as well.
pub(super) fn marked(commit: Commit, mark: &StateMark) -> Result<Commit, StateError> {
    let marked = commit.overwrite(mark);
    Ok(marked.map_err(|error| StoreError::unavailable("mark the state", error))?)
}

/// The place that a mark names; none without the mark.
pub(super) async fn mark(store: &dyn Store, id: &str) -> Result<Option<String>, StoreError> {
    Ok(whole_mark(store, id).await?.map(|mark| mark.place))
}

/// A mark; none without it.
pub(super) async fn whole_mark(
    store: &dyn Store,
    id: &str,
) -> Result<Option<StateMark>, StoreError> {
    let key = StateMark::KIND.key(id);
    let Some(found) = store.read(&key).await? else { return Ok(None) };
    let mark = VersionedRecord::<StateMark>::of(&key, found).map(|found| found.value);
    // A mark that cannot be read marks as well.
    Ok(Some(mark.unwrap_or_else(|_| StateMark::new(id, "an unknown place"))))
}

/// Refuses a state that is half a copy, or was moved away.
pub(crate) async fn refuse_unusable(store: &dyn Store, url: &str) -> Result<(), StateError> {
    let url = url.to_owned();
    if let Some(from) = mark(store, StateMark::INCOMING).await? {
        return Err(StateError::Unfinished { url, from });
    }
    match mark(store, StateMark::MOVED).await? {
        Some(to) => Err(StateError::Moved { url, to }),
        None => Ok(()),
    }
}

impl State {
    /// The place that a mark of this state names.
    pub(super) async fn mark(&self, id: &str) -> Result<Option<String>, StateError> {
        Ok(mark(&*self.store, id).await?)
    }
}
