//! Audit records of what is done with a state as a whole: one for each act, in the commit that completes it. A change of keys
//! is marked before it begins, so that one that was interrupted is completed with its record.

use project_deployer_store::{Commit, Expected, StoreError};
use serde_json::json;

use super::marks::marked;
use super::{Copied, KeyUse, Rotation, State, StateError};
use crate::audit::{Action, Change, administered};
use crate::state::{Record as _, StateMark};

/// What the records call a state.
const KIND: &str = "state";

/// With the record of a copy that becomes a Deployer: a state that was moved here, or a backup that was restored.
pub(super) fn with_copy(
    commit: Commit,
    (from, to): (&State, &State),
    is_move: bool,
    copied: &Copied,
) -> Result<Commit, StateError> {
    let action = if is_move { Action::Move } else { Action::Restore };
    let after = json!({
        "place": to.name, "revision": copied.revision, "documents": copied.documents,
        "entries": copied.entries, "archives": copied.archives,
    });
    let change = Change::of(action, KIND, &to.name).with_before(json!({ "place": from.name }));
    with_change(commit, from, change.with_after(after))
}

/// Records a change of the key that seals, which has ended.
pub(super) async fn record_rotation(state: &State, done: &Rotation) -> Result<(), StateError> {
    let change = Change::of(Action::RotateKey, KIND, &state.name)
        .with_before(keys(&done.before))
        .with_after(keys(&done.after));
    complete(state, StateMark::ROTATING, change).await
}

/// Records that a key was removed from the key file.
pub(super) async fn record_forgotten(state: &State, key: &str) -> Result<(), StateError> {
    let change =
        Change::of(Action::ForgetKey, KIND, &state.name).with_before(json!({ "keyId": key }));
    complete(state, StateMark::FORGETTING, change).await
}

/// Marks that a change of keys begins. Key files are outside of the store, so the mark is what an interrupted change is
/// completed and recorded by.
pub(super) async fn mark_begun(state: &State, mark: &StateMark) -> Result<(), StateError> {
    written(state, marked(Commit::new(), mark)?).await
}

/// Records a change of keys, and takes its mark away.
async fn complete(state: &State, mark: &str, change: Change) -> Result<(), StateError> {
    let commit = Commit::new().delete(StateMark::KIND.key(mark), Expected::Any);
    written(state, with_change(commit, state, change)?).await
}

async fn written(state: &State, commit: Commit) -> Result<(), StateError> {
    // Repeated: a store writes a commit once.
    match state.store.commit(commit.clone()).await {
        Err(StoreError::Unknown { .. }) => state.store.commit(commit).await?,
        written => written?,
    };
    Ok(())
}

fn with_change(commit: Commit, by: &State, change: Change) -> Result<Commit, StateError> {
    let recorded = administered(commit, by.actor.as_deref(), change);
    Ok(recorded.map_err(|error| StoreError::unavailable("record what was done", error))?)
}

/// Ids of keys, which are no secrets, and how many secrets each one seals.
fn keys(used: &KeyUse) -> serde_json::Value {
    json!({ "sealedWith": used.current_key, "secrets": used.by_key })
}
