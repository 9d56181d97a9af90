use project_deployer_core::UnknownFields;
use serde::Deserialize;

use super::RemoteDeployer;
use super::meaning::Subject;
use crate::project_deployer::DeployerError;
use crate::request::deployer;

/// A project deployment as Unified Monitoring sees it (wire-facts 2.14). The statuses are among
/// the other fields: no source names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct MonitoredDeployment {
    /// The deployment.
    pub deployment_id: String,
    /// Its infrastructure.
    pub infrastructure_id: String,
    /// The stage.
    pub stage: String,
    /// When this was seen, in milliseconds; it is refreshed every 5 minutes (R-D16).
    pub snapshot_timestamp: i64,
    /// The bundle.
    pub bundle_name: String,
    /// The key on the node.
    pub deployed_project_key: String,
    /// The published project.
    pub published_project_key: String,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl RemoteDeployer {
    /// All project deployments as Unified Monitoring sees them.
    ///
    /// # Errors
    ///
    /// As for every call to a Deployer.
    pub async fn monitored_deployments(&self) -> Result<Vec<MonitoredDeployment>, DeployerError> {
        self.call(&deployer::monitoring(), Subject::Deployer).await
    }
}
