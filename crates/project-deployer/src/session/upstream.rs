use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::rights::Operation;

use super::{DeployerSession, View};
use crate::upstream::{Ordered, UpstreamOrder, in_order};

impl DeployerSession {
    /// The order in which deployments are to be updated: those whose objects others use come first, and circles are named
    /// (E7). It sends nothing to a node.
    ///
    /// # Errors
    ///
    /// A deployment does not exist for the caller, or the store does not answer.
    pub async fn upstream_order(
        &self,
        deployments: &[DeploymentId],
    ) -> Result<UpstreamOrder, DeployerError> {
        let view = self.view().await?;
        let mut ordered = Vec::with_capacity(deployments.len());
        for id in deployments {
            let found = view.deployment_for(Operation::ViewDeployment, id)?;
            ordered.push(view.ordered(&found.record.value.settings));
        }
        Ok(in_order(&ordered))
    }
}

impl View {
    /// What a deployment shares with others, by its bundle. One without its bundle shares nothing; its update says what is
    /// wrong.
    pub(super) fn ordered(&self, settings: &DeploymentSettings) -> Ordered {
        let (infra, project) = (settings.infra_id.clone(), settings.deployed_project_key.clone());
        let mut deployment = Ordered::new(settings.id.clone(), infra, project);
        if let Ok(bundle) = self.bundle_of(&settings.published_project_key, &settings.bundle_id) {
            let contents = &bundle.published.contents;
            deployment.uses = contents.uses_projects.clone();
            deployment.shares_with = contents.shares_with.clone();
        }
        deployment
    }
}
