//! An update from its start to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use project_deployer::client::{DeployerError, SideEffect, Warnings};
use project_deployer::core::deployment::DeploymentSettings;
use project_deployer::core::node::{FutureOutcome, FutureState};
use project_deployer::core::status::{UpdateDetail, UpdateStatus, UpdateSummary};
use project_deployer::core::{BundleId, DeploymentId, Timestamp};
use serde_json::{Value, json};

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::ObjectsView;
use crate::target::Seen;

/// What an update is called.
pub(super) const KIND: &str = "update";

/// How often the progress is read.
const LOOK: Duration = Duration::from_millis(250);

/// An update that was started.
#[derive(Debug)]
pub(crate) struct Started {
    task: FutureState,
    /// The updates that were there before, which are others.
    before: BTreeSet<Timestamp>,
}

/// Starts an update by this call, and follows it to its end if asked to. On this machine it always does: the update runs in
/// this process.
///
/// # Errors
///
/// The Deployer does not answer or refuses the update.
pub(super) async fn start<E>(
    connection: &Connection,
    id: &DeploymentId,
    call: impl Future<Output = Result<FutureState, E>>,
    wait: bool,
) -> Result<Exit, Failure>
where
    Failure: From<E>,
{
    let started = begin(connection, id, call).await?;
    report(connection, id, started, wait).await
}

/// Follows an update that was started, or says how to find it.
pub(super) async fn report(
    connection: &Connection,
    id: &DeploymentId,
    started: Started,
    wait: bool,
) -> Result<Exit, Failure> {
    if wait || connection.is_local() {
        let ended = to_the_end(connection, id, started).await?;
        connection.show(ObjectsView::document(KIND, &ended))?;
        return Ok(exit_of(ended.status));
    }
    let job = started.task.job_id.unwrap_or_default();
    let sentence = format!("started an update of `{id}`; `deployer update abort {job}` stops it");
    let object = json!({ "deploymentId": id, "jobId": job });
    connection.write(&ObjectsView::done(KIND, "started", object, sentence))
}

/// Starts an update by this call.
async fn begin<E>(
    connection: &Connection,
    id: &DeploymentId,
    call: impl Future<Output = Result<FutureState, E>>,
) -> Result<Started, Failure>
where
    Failure: From<E>,
{
    let before = starts(connection, id).await?;
    let task = call.await?;
    Ok(Started { task, before })
}

/// Sets a bundle in the settings of a deployment and starts an update. Where the update is refused, the settings are put
/// back: nobody else's update is to bring a bundle that was refused. With a reason to break the glass it also starts
/// outside windows, by one call that leaves the settings as they are where it is refused.
pub(crate) async fn begin_with(
    connection: &Connection,
    id: &DeploymentId,
    bundle: &BundleId,
    warnings: Warnings,
    break_glass: Option<&str>,
) -> Result<Started, Failure> {
    let deployer = connection.deployer();
    if let Some(reason) = break_glass {
        let call = deployer.update_anyway(id, bundle, warnings, reason);
        return begin(connection, id, call).await;
    }
    let seen = deployer.deployment_seen(id).await?;
    if seen.value.bundle_id == *bundle {
        return begin(connection, id, deployer.start_update(id)).await;
    }
    let before = starts(connection, id).await?;
    let mut changed = seen.value.clone();
    changed.bundle_id = bundle.clone();
    deployer.change_deployment(&changed, &seen.revision, warnings).await?;
    let from = &seen.value.bundle_id;
    connection.progress.report(&format!("`{id}` goes from bundle `{from}` to `{bundle}`"));
    match deployer.start_update(id).await {
        Ok(task) => Ok(Started { task, before }),
        Err(error) if may_have_started(&error) => Err(error.into()),
        Err(error) => {
            put_back(connection, &seen, &changed, warnings).await;
            Err(error.into())
        }
    }
}

/// Whether an update may run although its start failed.
fn may_have_started(error: &DeployerError) -> bool {
    match error {
        DeployerError::Node(error) => error.kind.side_effect() == SideEffect::Unknown,
        DeployerError::State { .. } => true,
        _ => false,
    }
}

/// Puts the bundle back if the settings still name the one of this command. What else somebody has changed stays.
async fn put_back(
    connection: &Connection,
    before: &Seen<DeploymentSettings>,
    changed: &DeploymentSettings,
    warnings: Warnings,
) {
    let (deployer, id) = (connection.deployer(), &changed.id);
    let undone = match deployer.deployment_seen(id).await {
        Ok(now) if now.value.bundle_id == changed.bundle_id => {
            let mut restored = now.value.clone();
            restored.bundle_id = before.value.bundle_id.clone();
            deployer.change_deployment(&restored, &now.revision, warnings).await
        }
        // Somebody else has changed them since.
        Ok(_) => return,
        Err(error) => Err(error),
    };
    match undone {
        Ok(()) => {
            let old = &before.value.bundle_id;
            crate::report("note", &format!("the settings of `{id}` name bundle `{old}` again"));
        }
        Err(error) => {
            let (old, new) = (&before.value.bundle_id, &changed.bundle_id);
            crate::report(
                "warning",
                &format!(
                    "the settings of `{id}` still name bundle `{new}` instead of `{old}`, since they cannot be put back: {}",
                    error.reason()
                ),
            );
        }
    }
}

async fn starts(
    connection: &Connection,
    id: &DeploymentId,
) -> Result<BTreeSet<Timestamp>, Failure> {
    let known = connection.deployer().updates(id).await?;
    Ok(known.iter().map(|update| update.start_timestamp).collect())
}

/// Reports each line of the log once, until the update has ended.
///
/// # Errors
///
/// The Deployer does not answer, or it is unknown which of several updates it is.
pub(crate) async fn to_the_end(
    connection: &Connection,
    id: &DeploymentId,
    started: Started,
) -> Result<UpdateDetail, Failure> {
    connection.progress.report(&format!("updating `{id}`"));
    let (deployer, Started { mut task, before }) = (connection.deployer(), started);
    let (mut shown, mut start) = (0, None);
    let failure = loop {
        if start.is_none() {
            start = bound(&before, &task, &deployer.updates(id).await?);
        }
        if let Some(start) = start {
            let detail = deployer.update(id, start).await?;
            shown = show_log(connection, &detail, shown);
            if detail.status != UpdateStatus::Running {
                connection
                    .progress
                    .report(&format!("the update of `{id}` ended: {}", detail.status));
                return Ok(detail);
            }
        }
        let FutureOutcome::Running(job) = task.clone().outcome() else { break None };
        tokio::time::sleep(LOOK).await;
        match deployer.future(&job).await {
            Ok(looked) => {
                let start_time = task.start_time;
                task = looked;
                task.start_time = start_time;
            }
            // A task whose update failed answers with an error. The update itself says how it ended.
            Err(error) => break Some(error),
        }
    };
    end_of(connection, id, (&before, &task), failure).await
}

/// How an update ended whose task has ended.
async fn end_of(
    connection: &Connection,
    id: &DeploymentId,
    (before, task): (&BTreeSet<Timestamp>, &FutureState),
    failure: Option<DeployerError>,
) -> Result<UpdateDetail, Failure> {
    let updates = connection.deployer().updates(id).await?;
    if let Some(start) = bound(before, task, &updates) {
        let detail = connection.deployer().update(id, start).await?;
        if detail.status != UpdateStatus::Running {
            show_log(connection, &detail, 0);
            return Ok(detail);
        }
    }
    Err(match failure {
        Some(error) => error.into(),
        None => Failure::failed(format!(
            "the update of `{id}` has ended, and its result is unknown; look for it with `deployer update list {id}`"
        )),
    })
}

/// Which update a task carries out: the one that its result names, or that started with it, or the only new one. Another
/// one is never taken for it.
fn bound(
    before: &BTreeSet<Timestamp>,
    task: &FutureState,
    updates: &[UpdateSummary],
) -> Option<Timestamp> {
    let new: BTreeSet<Timestamp> = updates
        .iter()
        .map(|update| update.start_timestamp)
        .filter(|start| !before.contains(start))
        .collect();
    let named = task.result.as_ref().and_then(|result| result.get("startTimestamp"));
    let named = named.and_then(Value::as_i64).into_iter().chain([task.start_time]);
    let named = named.map(Timestamp::from_millis).find(|start| new.contains(start));
    let only = || new.first().filter(|_| new.len() == 1).copied();
    named.or_else(only)
}

/// Follows an update that runs already, or has ended.
///
/// # Errors
///
/// There is no update, or the Deployer does not answer.
pub(super) async fn existing(
    connection: &Connection,
    id: &DeploymentId,
    start: Option<Timestamp>,
) -> Result<UpdateDetail, Failure> {
    let deployer = connection.deployer();
    let start = match start {
        Some(start) => start,
        None => deployer.last_update(id).await?.start_timestamp,
    };
    let mut shown = 0;
    loop {
        let detail = deployer.update(id, start).await?;
        shown = show_log(connection, &detail, shown);
        if detail.status != UpdateStatus::Running {
            return Ok(detail);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Reports the lines after the first ones, and returns how many there are.
fn show_log(connection: &Connection, detail: &UpdateDetail, shown: usize) -> usize {
    let Some(log) = &detail.logs else { return shown };
    for line in log.lines.iter().skip(shown) {
        connection.progress.report(line);
    }
    log.lines.len().max(shown)
}

/// The exit code of an update that has ended.
pub(super) fn exit_of(status: UpdateStatus) -> Exit {
    match status {
        UpdateStatus::Success => Exit::Clean,
        UpdateStatus::Running => Exit::Transient,
        UpdateStatus::Aborted | UpdateStatus::Failed => Exit::Failed,
        // Warnings, and a value that a later version adds, which is no success.
        _ => Exit::Findings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn updates(starts: &[i64]) -> Vec<UpdateSummary> {
        let update = |start: &i64| UpdateSummary::new(at(*start), "UPDATE", UpdateStatus::Success);
        starts.iter().map(update).collect()
    }

    fn task(start: i64, result: Option<Value>) -> FutureState {
        let mut task = FutureState::default();
        task.start_time = start;
        task.result = result;
        task
    }

    #[test]
    fn an_earlier_update_is_never_the_result_of_a_later_task() {
        let before = BTreeSet::from([at(1), at(2)]);
        let named = Some(json!({"startTimestamp": 2}));
        assert_eq!(bound(&before, &task(2, named), &updates(&[2, 1])), None);
        assert_eq!(bound(&before, &task(0, None), &updates(&[3, 2, 1])), Some(at(3)));
    }

    #[test]
    fn of_two_new_updates_the_one_that_the_task_names_is_its_own_or_none() {
        let before = BTreeSet::new();
        let both = updates(&[4, 3]);
        let named = Some(json!({"startTimestamp": 4}));
        assert_eq!(bound(&before, &task(0, named), &both), Some(at(4)));
        assert_eq!(bound(&before, &task(3, None), &both), Some(at(3)));
        assert_eq!(bound(&before, &task(9, None), &both), None);
    }
}
