//! Files of the estate that are applied at a given time. Over HTTP a Deployer of this project has them.

use project_deployer::client::{NodeError, RemoteDeployer, SideEffect};
use project_deployer::estate::ScheduledEstate;
use project_deployer::schedule::ScheduleTime;
use project_deployer_client::request::frontend::estate::{self, ScheduledFileFound};
use serde::Serialize;
use serde_json::Value;

use super::{Face, service, service_task};
use crate::failure::Failure;
use crate::output::counted;

/// A file that is applied at a given time, or was, from here or from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduledFile {
    id: String,
    at: String,
    requester: String,
    requested: String,
    /// What it would change when it was requested.
    changes: Vec<String>,
    /// `waiting`, `applied`, `refused`, `withdrawn` or `stopped`.
    state: String,
    ended: Option<String>,
    /// Why it was refused, withdrawn or stopped.
    reason: Option<String>,
    /// How many objects were changed, if it was applied.
    changed: Option<usize>,
    updates: Option<usize>,
    failed_updates: Option<usize>,
}

impl ScheduledFile {
    /// That it was scheduled, with its id and its changes.
    pub(crate) fn sentence(&self) -> String {
        let changes = counted(self.changes.len(), "change");
        let mut text = format!("Scheduled as {} for {}: {changes}", self.id, self.at);
        for change in &self.changes {
            text.push_str("\n    ");
            text.push_str(change);
        }
        text
    }
}

/// Files that wait for their time.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
impl Face {
    /// The files that wait for their time, and those that did.
    pub(crate) async fn scheduled_files(&self) -> Result<Vec<ScheduledFile>, Failure> {
        match self {
            Self::Engine(session) => {
                Ok(session.scheduled_estates().await?.into_iter().map(Into::into).collect())
            }
            Self::Remote(remote) => {
                let what = "list files that wait for their time";
                let found = service::call(remote, &estate::scheduled(), what).await?;
                Ok(found.into_iter().map(Into::into).collect())
            }
        }
    }

    /// Withdraws a file that waits.
    pub(crate) async fn withdraw_file(&self, id: &str) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.unschedule_estate(id).await?),
            Self::Remote(remote) => {
                let what = "withdraw a file that waits for its time";
                service::call(remote, &estate::unschedule(id), what).await
            }
        }
    }
}

/// A file that may wait for its time, be it that the answer to its request was lost or that its task cannot be looked at.
fn unknown(error: &NodeError) -> Failure {
    let reason = service_task::lost(error);
    Failure::failed(format!(
        "whether the file was scheduled is unknown: {reason}; look with `deployer apply --scheduled`"
    ))
}

/// Has a service apply a file at a given time. `request` is what its API takes for a file.
///
/// # Errors
///
/// The Deployer refuses it, has no call for it, or what came of it cannot be read.
pub(crate) async fn schedule_at(
    remote: &RemoteDeployer,
    request: &Value,
    at: ScheduleTime,
) -> Result<ScheduledFile, Failure> {
    let at = match at {
        ScheduleTime::At(at) => Some(at),
        _ => None,
    };
    let call = estate::schedule(request, at);
    let task = match service_task::started(remote, &call).await {
        Ok(task) => task,
        // The answer was lost, and not the request: a second one would wait beside the first one.
        Err(error)
            if !service::has_no_such_page(&error)
                && error.kind.side_effect() == SideEffect::Unknown =>
        {
            return Err(unknown(&error));
        }
        Err(error) => {
            let what = "apply a file at a given time";
            return Err(service::failure_of(remote, error, what).await);
        }
    };
    let ended = service_task::ended(remote, task).await.map_err(|error| unknown(&error))?;
    match (ended.state.as_str(), ended.result) {
        ("done", Some(result)) => {
            let found = ScheduledFileFound::of_task(result);
            let found = found.map_err(|kind| Failure::failed(kind.about("the Deployer")))?;
            Ok(found.into())
        }
        (state, _) => Err(Failure::failed(format!(
            "the file was not scheduled: {}",
            ended.error.as_deref().unwrap_or(state)
        ))),
    }
}

impl From<ScheduledEstate> for ScheduledFile {
    fn from(file: ScheduledEstate) -> Self {
        let counts = file.counts();
        Self {
            state: file.state().to_owned(),
            ended: file.ended().map(|ended| ended.to_string()),
            reason: file.reason().map(str::to_owned),
            id: file.id,
            at: file.at.to_string(),
            requester: file.requester.to_string(),
            requested: file.requested.to_string(),
            changes: file.changes,
            changed: counts.map(|(changed, ..)| changed),
            updates: counts.map(|(_, updates, _)| updates),
            failed_updates: counts.map(|(.., failed)| failed),
        }
    }
}

impl From<ScheduledFileFound> for ScheduledFile {
    fn from(file: ScheduledFileFound) -> Self {
        Self {
            id: file.id,
            at: file.at.to_string(),
            requester: file.requester.to_string(),
            requested: file.requested.to_string(),
            changes: file.changes,
            state: file.state,
            ended: file.ended.map(|ended| ended.to_string()),
            reason: file.reason,
            changed: file.changed,
            updates: file.updates,
            failed_updates: file.failed_updates,
        }
    }
}
