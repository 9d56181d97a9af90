use std::path::Path;

use project_deployer_store::{KeyFile, KeySource, Keyring, Sealing, StoreError};
use serde::Serialize;

use super::marks::whole_mark;
use super::recorded::{mark_begun, record_forgotten, record_rotation};
use super::{KeyUse, Progress, State, StateError};
use crate::state::StateMark;

/// How many secrets are sealed in one transaction.
const BATCH: usize = 100;

/// How many transactions may seal nothing, one after the other.
const MOST_IDLE: u32 = 10;

/// What a change of the key did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rotation {
    /// Whether an earlier change was continued, which had not ended.
    pub resumed: bool,
    /// How many secrets were sealed again.
    pub sealed: u64,
    /// The secrets by their keys before.
    pub before: KeyUse,
    /// The secrets by their keys now.
    pub after: KeyUse,
    /// Keys that no secret needs any more. Older backups may need them.
    pub unused_keys: Vec<String>,
}

/// Changes the key that seals, and seals every secret with it. Deployers may run meanwhile: they read their
/// keys again. The audit gets one record at its end. A change that was interrupted is continued, with the key that it
/// began with, also if only its record is missing.
///
/// A key file gets a new random key. Other sources need a new key in front before.
///
/// # Errors
///
/// The secrets are not sealed, there is no new key, or the store failed. The old key stays valid then.
pub async fn rotate_key(state: &State, progress: Progress<'_>) -> Result<Rotation, StateError> {
    let source = source_of(state).await?;
    // Kept to the end: another process must not change the file meanwhile.
    let file = match source {
        KeySource::File(path) => Some(KeyFile::lock(path)?),
        _ => None,
    };
    let ring = source.read()?;
    if file.is_some() {
        record_interrupted_removal(state, &ring).await?;
    }
    let begun = begin(state, &ring, file.is_some()).await?;
    match &file {
        _ if begun.resumed => progress.report("continuing with the newest key"),
        Some(file) => progress.report(format_args!("the new key is {}", file.add()?)),
        None => return Err(StateError::NoNewKey { source_of_keys: source.to_string() }),
    }
    let sealed = seal_all(state, progress).await?;
    let after = state.store.inventory().await?.sealing;
    let done = Rotation {
        resumed: begun.resumed,
        sealed,
        before: begun.before,
        unused_keys: unused(&source.read()?, &after),
        after: after.into(),
    };
    record_rotation(state, &done).await?;
    Ok(done)
}

/// A change of the key that begins or goes on.
struct Begun {
    resumed: bool,
    /// The secrets by their keys before it, also if it began in another process.
    before: KeyUse,
}

/// Finds the change that was interrupted, or marks that one begins if there can be a new key.
async fn begin(state: &State, ring: &Keyring, can_add: bool) -> Result<Begun, StateError> {
    let now = state.store.inventory().await?.sealing;
    let earlier = whole_mark(&*state.store, StateMark::ROTATING).await?;
    let earlier = earlier.and_then(|mark| serde_json::from_value::<KeyUse>(mark.before?).ok());
    // Of an earlier change whose key is there, at most the record is missing. One whose key is not there begins anew.
    let newest = Some(ring.newest().as_str());
    let earlier = earlier.filter(|before| before.current_key.as_deref() != newest);
    let resumed = has_work(ring, &now) || earlier.is_some();
    let is_marked = earlier.is_some();
    let before = earlier.unwrap_or_else(|| now.into());
    if (resumed || can_add) && !is_marked {
        let place = before.current_key.clone().unwrap_or_default();
        let mut mark = StateMark::new(StateMark::ROTATING, place);
        mark.before = serde_json::to_value(&before).ok();
        mark_begun(state, &mark).await?;
    }
    Ok(Begun { resumed, before })
}

/// Seals every secret with the newest key. Writers with an older key may be in the way, but not for ever.
async fn seal_all(state: &State, progress: Progress<'_>) -> Result<u64, StateError> {
    let (mut sealed, mut idle) = (0, 0);
    loop {
        let batch = state.store.seal_again(BATCH).await?;
        sealed += batch.sealed;
        progress.report(format_args!("sealed: {sealed}, left: {}", batch.left));
        if batch.left == 0 {
            return Ok(sealed);
        }
        idle = if batch.sealed == 0 { idle + 1 } else { 0 };
        if idle == MOST_IDLE {
            let why = format!("{} secrets stay sealed with another key", batch.left);
            return Err(StoreError::unavailable("seal secrets again", why).into());
        }
    }
}

/// Removes a key from the key file, if no secret needs it. Backups that it sealed can no longer be opened
/// with this file. A removal that was interrupted is completed by a repetition, and by the next change of a key.
///
/// # Errors
///
/// The key is in use, or it is not in a key file.
pub async fn forget_key(state: &State, key: &str) -> Result<KeyUse, StateError> {
    let source = source_of(state).await?;
    refuse_used(key, &state.store.inventory().await?.sealing)?;
    match source {
        KeySource::File(path) => forget(state, path, key, source.to_string()).await,
        _ => Err(StateError::KeysElsewhere { source_of_keys: source.to_string() }),
    }
}

async fn forget(
    state: &State,
    path: &Path,
    key: &str,
    source_of_keys: String,
) -> Result<KeyUse, StateError> {
    let file = KeyFile::lock(path)?;
    // Under the lock nobody else changes the key, so no secret is sealed with an older one any more.
    let sealing = state.store.inventory().await?.sealing;
    refuse_used(key, &sealing)?;
    let ring = file.ring()?;
    let completed = record_interrupted_removal(state, &ring).await?;
    if !ring.ids().any(|id| id.as_str() == key) {
        return match completed {
            Some(completed) if completed == key => Ok(sealing.into()),
            _ => Err(StateError::KeyUnknown { key: key.to_owned(), source_of_keys }),
        };
    }
    mark_begun(state, &StateMark::new(StateMark::FORGETTING, key)).await?;
    file.forget(key)?;
    record_forgotten(state, key).await?;
    Ok(sealing.into())
}

/// Records a removal that was interrupted after its key left the file, and returns the key. The caller holds the lock of the file.
async fn record_interrupted_removal(
    state: &State,
    ring: &Keyring,
) -> Result<Option<String>, StateError> {
    let Some(key) = state.mark(StateMark::FORGETTING).await? else { return Ok(None) };
    // It has not begun yet: the mark stays for the removal that will be asked for again.
    if ring.ids().any(|id| id.as_str() == key) {
        return Ok(None);
    }
    record_forgotten(state, &key).await?;
    Ok(Some(key))
}

/// Where the keys of a state that is sealed come from.
async fn source_of(state: &State) -> Result<&KeySource, StateError> {
    let sealing = state.store.inventory().await?.sealing;
    match (&state.keys, &sealing.current) {
        (Some(source), Some(_)) => Ok(source),
        _ => Err(StateError::NotSealed { url: state.name.clone() }),
    }
}

/// Whether the newest key does not seal everything yet.
fn has_work(ring: &Keyring, sealing: &Sealing) -> bool {
    let newest = ring.newest().as_str();
    let others = sealing.by_key.iter().filter(|(key, secrets)| *key != newest && **secrets > 0);
    sealing.current.as_deref() != Some(newest) || others.count() > 0
}

fn unused(ring: &Keyring, sealing: &Sealing) -> Vec<String> {
    let ids = ring.ids().map(|id| id.as_str());
    ids.filter(|id| refuse_used(id, sealing).is_ok()).map(str::to_owned).collect()
}

fn refuse_used(key: &str, sealing: &Sealing) -> Result<(), StateError> {
    let secrets = sealing.sealed_with(key);
    if secrets == 0 && sealing.current.as_deref() != Some(key) {
        return Ok(());
    }
    Err(StateError::KeyInUse { key: key.to_owned(), secrets })
}
