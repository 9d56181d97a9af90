use super::alone::Alone;
use super::fill::Filling;
use super::marks::marked;
use super::{Copied, Progress, State, StateError, StatePlace, verify};
use crate::state::StateMark;

/// What others see of a restore.
const RESTORE: &str = "restore";

/// What a backup does with bundle archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Archives {
    /// They are copied.
    Copy,
    /// They stay where they are, and the backup names the place.
    ByReference,
}

/// Copies a state into an empty one, which opens as a store. Deployers may run meanwhile: the copy is one state
/// of the store. It is checked before it can be used. Without other keys, those of the state seal the copy.
///
/// # Errors
///
/// The target is not empty, or either of them cannot be used. The target is empty then.
pub async fn backup(
    from: &State,
    to: &StatePlace,
    archives: Archives,
    progress: Progress<'_>,
) -> Result<Copied, StateError> {
    refuse_unfinished(from).await?;
    let inventory = from.store.inventory().await?;
    let to = to.clone().sealed_like(from, inventory.sealing.current.is_some())?;
    let to = match archives {
        Archives::Copy => to,
        // Nothing is written there.
        Archives::ByReference => to.or_archives_of(from),
    };
    let to = to.create().await?;
    // Where a store cannot keep one state, nobody may change it.
    let quiet = match from.store.snapshot().await? {
        Some(_) => None,
        None => Some(Alone::on(from, "backup").await?),
    };
    let copied = copy(from, &to, archives, ("backup", progress)).await;
    if let Some(quiet) = quiet {
        quiet.release().await;
    }
    copied
}

/// Copies a backup into an empty state, whose audit gets a record of it. The backup is checked first. Without other
/// keys, the target gets a new one.
///
/// # Errors
///
/// The backup has faults, the target is not empty, or either of them cannot be used. The target is empty then.
pub async fn restore(
    from: &State,
    to: &StatePlace,
    progress: Progress<'_>,
) -> Result<Copied, StateError> {
    refuse_unfinished(from).await?;
    progress.report("checking the backup");
    verify(from, progress).await?.refuse_faults(from.name.clone())?;
    let to = to.create().await?;
    copy(from, &to, Archives::Copy, (RESTORE, progress)).await
}

async fn copy(
    from: &State,
    to: &State,
    archives: Archives,
    (what, progress): (&str, Progress<'_>),
) -> Result<Copied, StateError> {
    let alone = Alone::on(to, what).await?;
    let is_recorded = what == RESTORE;
    let copied = filled((from, to), &alone, (archives, is_recorded), progress).await;
    alone.release().await;
    let copied = copied?;
    // A backup of one file must be whole in it.
    to.store.shrink().await?;
    Ok(copied)
}

async fn filled(
    (from, to): (&State, &State),
    alone: &Alone,
    (archives, is_recorded): (Archives, bool),
    progress: Progress<'_>,
) -> Result<Copied, StateError> {
    let mut filling = Filling::begin((from, to), false, alone, progress).await?;
    match filling.fill(archives).await {
        Ok(copied) => {
            filling.finish(&copied, is_recorded).await?;
            Ok(copied)
        }
        Err(error) => {
            filling.undo().await;
            Err(error)
        }
    }
}

/// Moves a state to another place, such as from a file to a database. No Deployer may run on either. The state
/// stays where it is until the copy is checked; then it is marked, so that no Deployer opens it there any more, and
/// the audit of the target gets a record. A move that was interrupted goes on when it is repeated.
///
/// # Errors
///
/// A Deployer runs, the state has faults, the target is not empty, or either of them cannot be used.
pub async fn move_state(
    from: &State,
    to: &StatePlace,
    progress: Progress<'_>,
) -> Result<Copied, StateError> {
    refuse_unfinished(from).await?;
    let url = to.url().to_owned();
    if from.name == url {
        return Err(StateError::NotEmpty { url });
    }
    let moved = from.mark(StateMark::MOVED).await?;
    if let Some(elsewhere) = moved.filter(|place| *place != url) {
        return Err(StateError::Moved { url: from.name.clone(), to: elsewhere });
    }
    let here = Alone::on(from, "move").await?;
    let done = moved_alone((from, &here), to, progress).await;
    here.release().await;
    done
}

async fn moved_alone(
    (from, here): (&State, &Alone),
    to: &StatePlace,
    progress: Progress<'_>,
) -> Result<Copied, StateError> {
    progress.report("checking the state");
    verify(from, progress).await?.refuse_faults(from.name.clone())?;
    let to = to.create().await?;
    if from.mark(StateMark::MOVED).await?.is_some() && to.mark(StateMark::INCOMING).await?.is_none()
    {
        return Err(StateError::Moved { url: from.name.clone(), to: to.name });
    }
    let there = Alone::on(&to, "move").await?;
    let done = async {
        let mut filling = Filling::begin((from, &to), true, &there, progress).await?;
        let copied = filling.fill(Archives::Copy).await?;
        // From here on, only the target can be used; it can be when its own mark is gone.
        let moved = StateMark::new(StateMark::MOVED, to.name.clone());
        from.store.commit(marked(here.commit(), &moved)?).await?;
        filling.finish(&copied, true).await?;
        Ok(copied)
    };
    let done: Result<Copied, StateError> = done.await;
    there.release().await;
    let done = done?;
    to.store.shrink().await?;
    Ok(done)
}

async fn refuse_unfinished(state: &State) -> Result<(), StateError> {
    match state.mark(StateMark::INCOMING).await? {
        Some(from) => Err(StateError::Unfinished { url: state.name.clone(), from }),
        None => Ok(()),
    }
}
