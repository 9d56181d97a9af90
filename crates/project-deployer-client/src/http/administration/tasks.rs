use project_deployer_core::UnknownFields;
use project_deployer_core::node::FutureState;
use serde::Deserialize;

use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::futures::{self, Tasks};

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

impl HttpNode {
    /// The tasks that run on the node; those of all users are for administrators.
    pub async fn tasks(
        &self,
        tasks: Tasks,
        of_all_users: bool,
    ) -> Result<Vec<ListedTask>, NodeError> {
        self.json(&futures::list(tasks, of_all_users)).await
    }

    /// The state of a task. Its result stays on the node and can be fetched later.
    ///
    /// # Errors
    ///
    /// As for every call to a node; a task that is not known any more is refused.
    pub async fn look_at_task(&self, id: &str) -> Result<FutureState, NodeError> {
        self.json(&futures::look(id)).await
    }

    /// Stops a task. Aborting an update stops all of it, hooks included (R-D14).
    ///
    /// # Errors
    ///
    /// As for every call to a node; a task that is not known any more is refused.
    pub async fn abort_task(&self, id: &str) -> Result<(), NodeError> {
        self.nothing(&futures::abort(id)).await
    }
}
