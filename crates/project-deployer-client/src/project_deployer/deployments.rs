use std::fmt;

use async_trait::async_trait;
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::status::{DeploymentHeavyStatus, DeploymentLightStatus};
use project_deployer_core::{BundleId, DeploymentId};

use super::{DeployerError, Warnings, not_offered};

/// Deployments of a Deployer (rows 19 to 26).
///
/// # Errors
///
/// As for [`ProjectDeployer`](super::ProjectDeployer).
#[async_trait]
pub trait DeploymentOperations: fmt::Debug + Send + Sync {
    /// The deployments that the caller may see. 19
    async fn deployments(&self) -> Result<Vec<DeploymentLightStatus>, DeployerError> {
        Err(not_offered("deployments", ()))
    }

    /// Creates a deployment; nothing is sent to a node (R-D4). 20
    async fn create_deployment(
        &self,
        creation: &DeploymentCreation,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        Err(not_offered("create_deployment", (creation, warnings)))
    }

    /// One deployment, without a look at its node. 21
    async fn deployment(&self, id: &DeploymentId) -> Result<DeploymentLightStatus, DeployerError> {
        Err(not_offered("deployment", id))
    }

    /// Deletes a deployment; the project on the node stays. 22
    async fn delete_deployment(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        Err(not_offered("delete_deployment", id))
    }

    /// One deployment, with a look at its node. 23
    async fn deployment_status(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentHeavyStatus, DeployerError> {
        Err(not_offered("deployment_status", id))
    }

    /// Whether a bundle is approved; without one, the deployment's own. 24
    async fn governance_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<InfoMessages, DeployerError> {
        Err(not_offered("governance_status", (id, bundle)))
    }

    /// The settings of a deployment. 25
    async fn deployment_settings(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentSettings, DeployerError> {
        Err(not_offered("deployment_settings", id))
    }

    /// Replaces the settings of a deployment; nothing is sent to a node (R-D5). 26
    async fn save_deployment_settings(
        &self,
        settings: &DeploymentSettings,
        warnings: Warnings,
    ) -> Result<(), DeployerError> {
        Err(not_offered("save_deployment_settings", (settings, warnings)))
    }
}
