use std::fmt;

use async_trait::async_trait;
use project_deployer_core::InfraId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{InfraStatus, NodeKeyCreation};

use super::infra_creation::InfraCreation;
use super::{DeployerError, NodeKeyRequest, not_offered};

/// Stages and infrastructures of a Deployer (rows 1 to 8).
///
/// # Errors
///
/// As for [`ProjectDeployer`](super::ProjectDeployer).
#[async_trait]
pub trait InfraOperations: fmt::Debug + Send + Sync {
    /// The stages in order. 1
    async fn stages(&self) -> Result<StageCatalogue, DeployerError> {
        Err(not_offered("stages", ()))
    }

    /// The infrastructures that the caller may see. 2
    async fn infras(&self) -> Result<Vec<InfraStatus>, DeployerError> {
        Err(not_offered("infras", ()))
    }

    /// Creates an infrastructure with the settings that the creation has, if any. 3
    ///
    /// The engine refuses settings with all their problems at once, and writes everything in one commit
    /// or nothing. The product takes id, stage and policy only: over HTTP the rest is saved by a second
    /// call, row 7. Where that fails, the infrastructure is there without its settings, and the error is
    /// [`DeployerError::SettingsNotSaved`].
    async fn create_infra(&self, infra: &InfraCreation) -> Result<(), DeployerError> {
        Err(not_offered("create_infra", infra))
    }

    /// One infrastructure. 4
    async fn infra(&self, id: &InfraId) -> Result<InfraStatus, DeployerError> {
        Err(not_offered("infra", id))
    }

    /// Deletes an infrastructure that no deployment uses (R-I5). 5
    async fn delete_infra(&self, id: &InfraId) -> Result<(), DeployerError> {
        Err(not_offered("delete_infra", id))
    }

    /// The settings of an infrastructure, keys included. 6
    async fn infra_settings(&self, id: &InfraId) -> Result<InfraSettings, DeployerError> {
        Err(not_offered("infra_settings", id))
    }

    /// Replaces the settings of an infrastructure. A key that is absent stays what it was. 7
    async fn save_infra_settings(&self, settings: &InfraSettings) -> Result<(), DeployerError> {
        Err(not_offered("save_infra_settings", settings))
    }

    /// Creates a personal API key on every node of a multi-node infrastructure. 8
    async fn create_node_key(
        &self,
        id: &InfraId,
        key: &NodeKeyRequest,
    ) -> Result<NodeKeyCreation, DeployerError> {
        Err(not_offered("create_node_key", (id, key)))
    }
}
