//! Long tasks of a node (wire-facts 1.9). [`super::instance::future`] fetches the result of one.

use super::NodeRequest;

/// Which tasks to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tasks {
    /// Everything but runs of scenarios.
    #[default]
    Others,
    /// Runs of scenarios.
    Scenarios,
    /// Both.
    All,
}

/// The tasks that run; those of all users are for administrators.
pub fn list(tasks: Tasks, of_all_users: bool) -> NodeRequest {
    let (scenarios, others) = match tasks {
        Tasks::Others => ("false", "true"),
        Tasks::Scenarios => ("true", "false"),
        Tasks::All => ("true", "true"),
    };
    NodeRequest::get("list tasks", &["futures", ""])
        .with_query("withScenarios", scenarios)
        .with_query("withNotScenarios", others)
        .with_query("allUsers", if of_all_users { "true" } else { "false" })
        .list()
}

/// The state of a task; its result stays to be fetched.
pub fn look(id: &str) -> NodeRequest {
    NodeRequest::get("read the state of a task", &["futures", id]).with_query("peek", "true")
}

/// Stops a task.
pub fn abort(id: &str) -> NodeRequest {
    NodeRequest::delete("stop a task", &["futures", id])
}
