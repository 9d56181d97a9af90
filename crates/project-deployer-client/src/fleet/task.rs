use project_deployer_core::node::FutureState;

use crate::request::NodeRequest;

/// Something that a Fleet Manager works on.
#[derive(Debug, Clone)]
#[must_use = "a task runs on its own; wait for it to learn how it ends"]
pub struct FleetTask {
    pub(super) request: NodeRequest,
    pub(super) state: FutureState,
}

impl FleetTask {
    /// What is worked on, for people.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.request.operation
    }

    /// The id under which the Fleet Manager knows it; none when it had ended at once.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.state.job_id.as_deref()
    }
}
