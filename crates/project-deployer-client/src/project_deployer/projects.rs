use std::fmt;

use async_trait::async_trait;
use project_deployer_core::ProjectKey;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::status::PublishedProjectStatus;

use super::{DeployerError, not_offered};

/// Published projects of a Deployer (rows 9 to 14).
///
/// # Errors
///
/// As for [`ProjectDeployer`](super::ProjectDeployer).
#[async_trait]
pub trait ProjectOperations: fmt::Debug + Send + Sync {
    /// The published projects that the caller may see. 9
    async fn projects(&self) -> Result<Vec<PublishedProjectStatus>, DeployerError> {
        Err(not_offered("projects", ()))
    }

    /// Creates a published project, which the caller then owns. 10
    async fn create_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        Err(not_offered("create_project", key))
    }

    /// One published project. 11
    async fn project(&self, key: &ProjectKey) -> Result<PublishedProjectStatus, DeployerError> {
        Err(not_offered("project", key))
    }

    /// Deletes a published project that no deployment uses (R-D2), with its bundles. 12
    async fn delete_project(&self, key: &ProjectKey) -> Result<(), DeployerError> {
        Err(not_offered("delete_project", key))
    }

    /// The settings of a published project. 13
    async fn project_settings(
        &self,
        key: &ProjectKey,
    ) -> Result<PublishedProjectSettings, DeployerError> {
        Err(not_offered("project_settings", key))
    }

    /// Replaces the settings of a published project. 14
    async fn save_project_settings(
        &self,
        settings: &PublishedProjectSettings,
    ) -> Result<(), DeployerError> {
        Err(not_offered("save_project_settings", settings))
    }
}
