use serde::{Deserialize, Serialize};

use crate::lenient::null_as_default;
use crate::setters;

/// A scenario of a project on a node (wire-facts 3.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Scenario {
    /// Its id.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// The display name.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// Whether its triggers are on.
    #[serde(deserialize_with = "null_as_default")]
    pub active: bool,
    /// Whether it runs now.
    #[serde(deserialize_with = "null_as_default")]
    pub running: bool,
    /// Whether it is a test scenario.
    #[serde(deserialize_with = "null_as_default")]
    pub marked_as_test: bool,
    /// The run-as user, if the definition has one. An empty text means the last editor.
    pub run_as_user: Option<String>,
    /// The outcome of its last finished run, which the client reads from the list of runs.
    pub last_outcome: Option<ScenarioOutcome>,
}

impl Scenario {
    /// A scenario whose triggers are off.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }
}

setters!(Scenario {
    with_active(active: bool),
    with_marked_as_test(marked_as_test: bool),
    with_run_as_user(run_as_user: Option<String>),
    with_last_outcome(last_outcome: Option<ScenarioOutcome>),
});

/// The outcome of a run of a scenario, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE", from = "String")]
#[non_exhaustive]
pub enum ScenarioOutcome {
    /// Success.
    Success,
    /// Success with warnings.
    Warning,
    /// A value that the product added later. It needs attention.
    Other,
    /// A user stopped it.
    Aborted,
    /// Failure.
    Failed,
}

impl From<String> for ScenarioOutcome {
    fn from(word: String) -> Self {
        match word.as_str() {
            "SUCCESS" => Self::Success,
            "WARNING" => Self::Warning,
            "ABORTED" => Self::Aborted,
            "FAILED" => Self::Failed,
            _ => Self::Other,
        }
    }
}

impl ScenarioOutcome {
    /// The value on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Warning => "WARNING",
            Self::Other => "OTHER",
            Self::Aborted => "ABORTED",
            Self::Failed => "FAILED",
        }
    }
}
