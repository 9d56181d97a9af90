//! The file of the estate: exported, planned and applied, now or at a given time.

use project_deployer_core::{Login, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Call, NodeRequest};
use super::{ServiceTask, get, items, ours};
use crate::error::NodeErrorKind;
use crate::response::decode;

/// A file of the estate that is applied at a given time, or was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduledFileFound {
    /// Its id.
    pub id: String,
    /// Whose rights it is applied with.
    pub requester: Login,
    /// When it was requested.
    pub requested: Timestamp,
    /// When it is applied.
    pub at: Timestamp,
    /// What it would change when it was requested.
    pub changes: Vec<String>,
    /// `waiting`, `applied`, `refused`, `withdrawn` or `stopped`.
    pub state: String,
    /// When it was applied, refused, withdrawn or stopped.
    pub ended: Option<Timestamp>,
    /// Why it was refused, withdrawn or stopped.
    pub reason: Option<String>,
    /// How many objects were created, changed or deleted, if it was applied.
    pub changed: Option<usize>,
    /// How many updates were started, if it was applied.
    pub updates: Option<usize>,
    /// How many of these updates did not succeed.
    pub failed_updates: Option<usize>,
}

/// The file of what is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EstateFileFound {
    /// The text of the file.
    pub file: String,
    /// What was left out, each in words.
    pub left_out: Vec<String>,
}

impl ScheduledFileFound {
    /// The result of a task that scheduled a file.
    ///
    /// # Errors
    ///
    /// It is not what such a task results in.
    pub fn of_task(result: Value) -> Result<Self, NodeErrorKind> {
        decode(result)
    }
}

/// The file of what is there, in `yaml`, `json` or `toml`. `include` has `variables`, `hooks` and `users` where they are
/// wanted.
pub fn export(format: &str, include: &[&'static str]) -> Call<EstateFileFound> {
    let request = get("export the estate", &["estate"]).with_query("format", format);
    let request = include.iter().fold(request, |request, name| request.with_query(name, "true"));
    request.list().task().json()
}

/// Plans a file of the estate, which is as [`schedule`] takes it. Nothing is changed. The result of the task has
/// `changes` and `notes`.
pub fn plan(estate: &Value) -> Call<ServiceTask> {
    let request = NodeRequest::post("plan a file of the estate", &["estate", "plan"]);
    ours(request).with_body(estate).json()
}

/// Applies a file of the estate, unless something prevents its plan. It is not sent again: what was changed is known
/// after the first one only. The result of the task is that of [`plan`], with what was `applied`.
pub fn apply(estate: &Value) -> Call<ServiceTask> {
    let request = NodeRequest::post("apply a file of the estate", &["estate", "apply"]);
    ours(request).with_body(estate).json()
}

/// Has a file of the estate applied at a given time, or in the next window if there is none. `estate` has `file`, and as it fits `format`, `prune`, `deploy`,
/// `acceptWarnings` and `secrets`. It is not sent again: a second one would wait beside the first one. The result of the
/// task is a [`ScheduledFileFound`].
pub fn schedule(estate: &Value, at: Option<Timestamp>) -> Call<ServiceTask> {
    let request = NodeRequest::post("schedule a file of the estate", &["estate", "scheduled"]);
    let body = match at {
        Some(at) => json!({ "at": at, "estate": estate }),
        None => json!({ "nextWindow": true, "estate": estate }),
    };
    ours(request).with_body(body).json()
}

/// The files of the estate that wait for their time, and those that did.
pub fn scheduled() -> Call<Vec<ScheduledFileFound>> {
    get("list scheduled files", &["estate", "scheduled"]).list().reading(items)
}

/// Withdraws a file that waits for its time.
pub fn unschedule(id: &str) -> Call<()> {
    let path = ["estate", "scheduled", id];
    ours(NodeRequest::delete("withdraw a scheduled file", &path)).nothing()
}
