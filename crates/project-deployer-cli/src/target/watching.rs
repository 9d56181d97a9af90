use std::fmt;

use project_deployer::DeployerSession;
use project_deployer::client::RemoteDeployer;

use super::no_call;
use crate::failure::Failure;

/// Watching, findings and webhooks. The public API has no calls for them.
pub(crate) trait Watching: fmt::Debug + Send + Sync {
    /// The Deployer, if it is on this machine.
    ///
    /// # Errors
    ///
    /// It is not.
    fn on_this_machine(&self) -> Result<&DeployerSession, Failure>;
}

impl Watching for DeployerSession {
    fn on_this_machine(&self) -> Result<&DeployerSession, Failure> {
        Ok(self)
    }
}

impl Watching for RemoteDeployer {
    fn on_this_machine(&self) -> Result<&DeployerSession, Failure> {
        let instead = "use `/api/v1/watch`, `/api/v1/findings` and `/api/v1/webhooks`, or --data on its machine";
        Err(no_call("watch infrastructures", instead))
    }
}
