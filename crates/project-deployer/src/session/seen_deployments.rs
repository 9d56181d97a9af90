//! The list of deployments, for those who keep it as long as it is right.

use std::fmt;

use project_deployer_client::DeployerError;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::DeploymentLightStatus;

use super::light_status::LightStatuses;
use super::{DeployerSession, View};

/// The deployments that a caller may see, as they were at one moment.
///
/// [`statuses`](Self::statuses) makes their list. It depends on [`edition`](Self::edition) and [`caller`](Self::caller)
/// alone: a list that was made for the same two is the same list.
pub struct SeenDeployments {
    view: View,
}

impl DeployerSession {
    /// The deployments that the caller may see, with every commit that returned before this call, of whichever process.
    /// Their list is not made yet.
    ///
    /// # Errors
    ///
    /// The caller may not log in, or the store does not answer.
    pub async fn seen_deployments(&self) -> Result<SeenDeployments, DeployerError> {
        Ok(SeenDeployments { view: self.view().await? })
    }
}

impl SeenDeployments {
    /// The number of the state that the list is made of. No two states of this process have the same number, and those
    /// of one Deployer grow.
    #[must_use]
    pub fn edition(&self) -> u64 {
        self.view.model.edition
    }

    /// The caller, with all rights as they are in this state.
    pub fn caller(&self) -> &Caller {
        &self.view
    }

    /// The list, by id. It is one pass over the read model, however many deployments there are (R23).
    #[must_use]
    pub fn statuses(&self) -> Vec<DeploymentLightStatus> {
        let visibility = self.view.visibility();
        let mut statuses = LightStatuses::default();
        let mut all = Vec::with_capacity(visibility.at_most());
        all.extend(visibility.deployments().map(|found| statuses.of(&found)));
        all
    }
}

impl fmt::Debug for SeenDeployments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenDeployments")
            .field("edition", &self.edition())
            .field("caller", self.caller())
            .finish()
    }
}
