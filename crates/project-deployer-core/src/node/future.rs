use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The state of a long task on a node (wire-facts 1.9).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "TolerantState")]
#[non_exhaustive]
pub struct FutureState {
    /// The id to poll; none when the result was there at once.
    pub job_id: Option<String>,
    /// Whether it ended with a result.
    pub has_result: bool,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Whether it was aborted.
    pub aborted: bool,
    /// Whether it runs. A state that does not say so and has an id, no result and no other end runs.
    pub alive: bool,
    /// Whether its id is not known any more.
    pub unknown: bool,
    /// When it started, in milliseconds.
    pub start_time: i64,
    /// How long it has run, in milliseconds.
    pub running_time: i64,
}

/// The state as it is read: every field may be absent or null (wire-facts 0.2).
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
        // Only a task that says so has ended: giving a running one up would hide how it ends.
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

/// Where a long task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FutureOutcome {
    /// Ask again later under this id.
    Running(String),
    /// It ended with this result.
    Done(Value),
    /// Somebody stopped it.
    Aborted,
    /// It ended and nobody knows how: its effect has to be read back.
    Lost,
}

impl FutureState {
    /// A task that ended with a result.
    #[must_use]
    pub fn done(result: Value) -> Self {
        Self { has_result: true, result: Some(result), ..Self::default() }
    }

    /// Where the task stands. An end without a result is an end: other clients would poll forever.
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
