//! The operations of the product's Project Deployer API (wire-facts 2.1) for one caller.

mod error;
mod infra_creation;

use std::fmt;

use async_trait::async_trait;
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::FutureState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{
    DeploymentHeavyStatus, DeploymentLightStatus, InfraStatus, NodeKeyCreation,
    PublishedProjectStatus, TestingStatus, UpdateDetail, UpdateSummary,
};
use project_deployer_core::{
    BundleId, DeploymentId, InfraId, Login, NodeId, ProjectKey, Timestamp,
};
use serde_json::Value;

pub use self::error::{DeployerError, ResourceRef};
pub use self::infra_creation::InfraCreation;
use crate::upload::Upload;

/// A Project Deployer as one caller sees it: the engine in this process, or another one over HTTP.
///
/// Each method's documentation ends with the number of its row in wire-facts 2.1. The caller's rights
/// decide each call: what the caller may not see does not exist.
///
/// Every row has a default body: it fails with [`DeployerError::NotPossible`]. A row that is added later
/// breaks no implementation, and a test double implements the rows that its test needs.
///
/// # Errors
///
/// Every method fails with a [`DeployerError`] by meaning: there is no such object for this caller,
/// the caller lacks a right, a document has problems, the state does not allow it, or a call to a node
/// or to the store fails.
#[async_trait]
pub trait ProjectDeployer: fmt::Debug + Send + Sync {
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

    /// Publishes a bundle; a published project that is absent is created. Without a key the one in
    /// the bundle counts. 15
    async fn upload_bundle(
        &self,
        bundle: Upload,
        key: Option<&ProjectKey>,
    ) -> Result<(), DeployerError> {
        Err(not_offered("upload_bundle", (bundle, key)))
    }

    /// The archive of a bundle. 16
    async fn download_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Upload, DeployerError> {
        Err(not_offered("download_bundle", (key, bundle)))
    }

    /// Deletes a bundle that no deployment uses. 17
    async fn delete_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<(), DeployerError> {
        Err(not_offered("delete_bundle", (key, bundle)))
    }

    /// The Project Standards report that was made with a bundle; none when there is none. 18
    async fn standards_report(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Option<Value>, DeployerError> {
        Err(not_offered("standards_report", (key, bundle)))
    }

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

    /// Starts to apply the settings to the nodes. 27
    async fn start_update(&self, id: &DeploymentId) -> Result<FutureState, DeployerError> {
        Err(not_offered("start_update", id))
    }

    /// How the test scenarios ended on a node. 28
    async fn testing_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        Err(not_offered("testing_status", (id, bundle, node)))
    }

    /// Runs the test scenarios on a node and waits for their end. 29
    async fn run_test_scenarios(
        &self,
        id: &DeploymentId,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        Err(not_offered("run_test_scenarios", (id, node)))
    }

    /// The updates of a deployment, newest first. 30
    async fn updates(&self, id: &DeploymentId) -> Result<Vec<UpdateSummary>, DeployerError> {
        Err(not_offered("updates", id))
    }

    /// One update with its log. 31
    async fn update(
        &self,
        id: &DeploymentId,
        started: Timestamp,
    ) -> Result<UpdateDetail, DeployerError> {
        Err(not_offered("update", (id, started)))
    }

    /// The newest update with its log. 32
    async fn last_update(&self, id: &DeploymentId) -> Result<UpdateDetail, DeployerError> {
        Err(not_offered("last_update", id))
    }

    /// The state of a task that was started here (wire-facts 1.9).
    async fn future(&self, job: &str) -> Result<FutureState, DeployerError> {
        Err(not_offered("future", job))
    }
}

/// The error of a row that an implementation does not have, whatever it was asked for.
fn not_offered<T>(row: &str, _asked: T) -> DeployerError {
    DeployerError::not_possible(
        format!("this Deployer does not offer `{row}`"),
        "use a Deployer that offers it",
    )
}

/// A personal API key to create on every node of a multi-node infrastructure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeKeyRequest {
    /// A name for it.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// Whose key it is; none means the caller.
    pub for_user: Option<Login>,
}

/// Whether warnings of the governance check stop a change (`ignoreWarnings` on the wire).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Warnings {
    /// They do.
    #[default]
    Heed,
    /// They do not.
    Ignore,
}

#[cfg(test)]
mod tests;
