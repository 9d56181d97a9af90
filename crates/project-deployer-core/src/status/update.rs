use serde::{Deserialize, Serialize};

use crate::identifier::Login;
use crate::lenient::null_as_default;
use crate::time::Timestamp;

/// The status of an update, from best to worst. No source names the values
/// (wire-facts 8.2, item 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE", from = "String")]
#[non_exhaustive]
pub enum UpdateStatus {
    /// Success.
    Success,
    /// Success with warnings, or a value that the product added later.
    Warning,
    /// It runs, or its deployer died and no other has taken over yet.
    Running,
    /// Somebody cancelled it before its end, or windows ended it before it began. Its log says what was written.
    Aborted,
    /// Failure.
    Failed,
}

impl From<String> for UpdateStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "SUCCESS" => Self::Success,
            "RUNNING" => Self::Running,
            "ABORTED" => Self::Aborted,
            "FAILED" => Self::Failed,
            _ => Self::Warning,
        }
    }
}

impl std::fmt::Display for UpdateStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Running => "running",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
        })
    }
}

/// An update in a list (wire-facts 2.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateSummary {
    /// When it started: its key among the updates of the deployment.
    pub start_timestamp: Timestamp,
    /// What kind of change it was; always `UPDATE` so far.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub kind: String,
    /// Its status.
    pub status: UpdateStatus,
}

impl UpdateSummary {
    /// An update.
    #[must_use]
    pub fn new(start_timestamp: Timestamp, kind: impl Into<String>, status: UpdateStatus) -> Self {
        Self { start_timestamp, kind: kind.into(), status }
    }
}

/// An update with its log (wire-facts 2.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateDetail {
    /// When it started: its key among the updates of the deployment.
    pub start_timestamp: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<Timestamp>,
    /// The requester.
    pub requester: Login,
    /// What kind of change it was; always `UPDATE` so far.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub kind: String,
    /// Its status.
    pub status: UpdateStatus,
    /// The log; absent if it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<UpdateLogs>,
}

impl UpdateDetail {
    /// An update without end and log.
    #[must_use]
    pub fn new(
        start_timestamp: Timestamp,
        requester: Login,
        kind: impl Into<String>,
        status: UpdateStatus,
    ) -> Self {
        Self {
            start_timestamp,
            end_timestamp: None,
            requester,
            kind: kind.into(),
            status,
            logs: None,
        }
    }
}

/// The log of an update.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateLogs {
    /// Lines in order.
    #[serde(default, deserialize_with = "null_as_default")]
    pub lines: Vec<String>,
}

impl UpdateLogs {
    /// The lines of a log.
    #[must_use]
    pub fn new(lines: Vec<String>) -> Self {
        Self { lines }
    }
}
