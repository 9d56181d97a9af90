use project_deployer_client::{DeployerError, UpdateOperations as _};
use project_deployer_core::node::FutureState;
use project_deployer_core::rights::Operation;

use super::DeployerSession;

/// The tasks that run (wire-facts 1.9).
impl DeployerSession {
    /// The tasks that run and that the caller may see: the updates of all deployments of this Deployer, whichever
    /// process runs them.
    ///
    /// # Errors
    ///
    /// The caller may not log in, or the store cannot be read.
    pub async fn futures(&self) -> Result<Vec<FutureState>, DeployerError> {
        let view = self.view().await?;
        let running = view.model.running_updates();
        let visible = running.filter(|update| {
            view.deployment_for(Operation::ViewDeployment, &update.deployment).is_ok()
        });
        let tasks: Vec<_> = visible.map(|update| update.task.0.clone()).collect();
        let mut states = Vec::new();
        for task in tasks {
            match self.future(&task).await {
                Ok(state) => states.push(state),
                // It ended, and was removed, since the list was made.
                Err(DeployerError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(states)
    }
}
