use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The state of a long task on a node (wire-facts 1.9).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "TolerantState")]
#[non_exhaustive]
pub struct FutureState {
    /// The id to poll; none if the result came at once.
    pub job_id: Option<String>,
    /// Whether it ended with a result.
    pub has_result: bool,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Whether it was aborted.
    pub aborted: bool,
    /// Whether it runs. A state without this field runs if it has an id, no result and no other end.
    pub alive: bool,
    /// Whether its id is unknown by now.
    pub unknown: bool,
    /// When it started, in milliseconds.
    pub start_time: i64,
    /// How long it has run, in milliseconds.
    pub running_time: i64,
}

/// The state as it is read. Every field may be absent or null (wire-facts 0.2).
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TolerantState {
    job_id: Option<String>,
    has_result: Option<bool>,
    result: Option<Value>,
    aborted: Option<bool>,
    alive: Option<bool>,
    unknown: Option<bool>,
    start_time: Option<i64>,
    running_time: Option<i64>,
}

impl From<TolerantState> for FutureState {
    fn from(read: TolerantState) -> Self {
        let job_id = read.job_id.filter(|id| !id.is_empty());
        let has_result = read.has_result.unwrap_or(read.result.is_some());
        let aborted = read.aborted.unwrap_or_default();
        let unknown = read.unknown.unwrap_or_default();
        // Only a task with an explicit end has ended. To give up a running one would hide its end.
        let not_ended = job_id.is_some() && !has_result && !aborted && !unknown;
        Self {
            alive: read.alive.unwrap_or(not_ended),
            start_time: read.start_time.unwrap_or_default(),
            running_time: read.running_time.unwrap_or_default(),
            result: read.result,
            job_id,
            has_result,
            aborted,
            unknown,
        }
    }
}

/// The progress of a long task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FutureOutcome {
    /// It runs; poll this id again.
    Running(String),
    /// It ended with this result.
    Done(Value),
    /// A user stopped it.
    Aborted,
    /// It ended with an unknown outcome: its effect has to be read back.
    Lost,
}

impl FutureState {
    /// A task that ended with a result.
    #[must_use]
    pub fn done(result: Value) -> Self {
        Self { has_result: true, result: Some(result), ..Self::default() }
    }

    /// The progress of the task. An end without a result is an end; other clients would poll forever.
    #[must_use]
    pub fn outcome(self) -> FutureOutcome {
        match self {
            Self { aborted: true, .. } => FutureOutcome::Aborted,
            Self { has_result: true, result, .. } => {
                FutureOutcome::Done(result.unwrap_or_default())
            }
            Self { unknown: true, .. } => FutureOutcome::Lost,
            Self { job_id: Some(id), alive: true, .. } => FutureOutcome::Running(id),
            _ => FutureOutcome::Lost,
        }
    }
}
