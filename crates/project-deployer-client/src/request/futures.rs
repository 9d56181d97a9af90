//! Long tasks of a node (wire-facts 1.9). [`super::instance::future`] fetches the result of one.

use project_deployer_core::UnknownFields;
use project_deployer_core::node::FutureState;
use serde::Deserialize;

use super::{Call, NodeRequest};

/// A task in a list (wire-facts 1.9).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedTask {
    /// Its state.
    #[serde(flatten)]
    pub state: FutureState,
    /// Everything else, such as `owner`, and `payload` with what it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// Which tasks to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Tasks {
    /// Everything but runs of scenarios.
    #[default]
    Others,
    /// Runs of scenarios.
    Scenarios,
    /// Both.
    All,
}

/// The tasks that run on the node; those of all users are for administrators.
pub fn list(tasks: Tasks, of_all_users: bool) -> Call<Vec<ListedTask>> {
    let (scenarios, others) = match tasks {
        Tasks::Others => ("false", "true"),
        Tasks::Scenarios => ("true", "false"),
        Tasks::All => ("true", "true"),
    };
    NodeRequest::get("list tasks", &["futures", ""])
        .with_query("withScenarios", scenarios)
        .with_query("withNotScenarios", others)
        .with_query("allUsers", of_all_users.to_string())
        .list()
        .json()
}

/// The state of a task. Its result stays on the node and can be fetched later.
pub fn look(id: &str) -> Call<FutureState> {
    NodeRequest::get("read the state of a task", &["futures", id]).with_query("peek", "true").json()
}

/// Stops a task. Aborting an update stops all of it, hooks included (R-D14).
pub fn abort(id: &str) -> Call<()> {
    NodeRequest::delete("stop a task", &["futures", id]).nothing()
}
