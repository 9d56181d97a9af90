use serde::Serialize;
use serde_json::json;

use crate::Problems;
use crate::document::{Document as _, Fields, FromFields};
use crate::identifier::{BundleId, DeploymentId, InfraId, ProjectKey};
use crate::setters;

/// The request to create a deployment (wire-facts 2.8). Nothing is sent to a node before an update (R-D4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentCreation {
    /// The new id.
    pub deployment_id: DeploymentId,
    /// The published project.
    pub published_project_key: ProjectKey,
    /// The infrastructure.
    pub infra_id: InfraId,
    /// The bundle.
    pub bundle_id: BundleId,
    /// The key on the node; absent means that of the published project (R-D3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed_project_key: Option<ProjectKey>,
    /// The folder on the node; absent means the root folder (R-D3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_folder_id: Option<String>,
}

impl DeploymentCreation {
    /// A deployment under the key of the published project, in the root folder.
    #[must_use]
    pub fn new(
        deployment_id: DeploymentId,
        published_project_key: ProjectKey,
        infra_id: InfraId,
        bundle_id: BundleId,
    ) -> Self {
        Self {
            deployment_id,
            published_project_key,
            infra_id,
            bundle_id,
            deployed_project_key: None,
            project_folder_id: None,
        }
    }

    /// The same from texts, as they stand in a program or come from a command line.
    ///
    /// # Errors
    ///
    /// Every text that breaks the rule of its id.
    pub fn parse(
        deployment_id: &str,
        published_project_key: &str,
        infra_id: &str,
        bundle_id: &str,
    ) -> Result<Self, Problems> {
        Self::from_document(json!({
            "deploymentId": deployment_id,
            "publishedProjectKey": published_project_key,
            "infraId": infra_id,
            "bundleId": bundle_id,
        }))
    }
}

setters!(DeploymentCreation {
    with_deployed_project_key(deployed_project_key: Option<ProjectKey>),
    with_project_folder_id(project_folder_id: Option<String>),
});

impl FromFields for DeploymentCreation {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let deployment_id = fields.required("deploymentId", "an id such as `CHURN-on-prod-eu`");
        let published_project_key = fields.required("publishedProjectKey", "a project key");
        let infra_id = fields.required("infraId", "the id of an infrastructure");
        let bundle_id = fields.required("bundleId", "the id of a bundle");
        let deployed_project_key = fields.parsed("deployedProjectKey");
        let project_folder_id = fields.filled_text("projectFolderId");
        Some(Self {
            deployment_id: deployment_id?,
            published_project_key: published_project_key?,
            infra_id: infra_id?,
            bundle_id: bundle_id?,
            deployed_project_key,
            project_folder_id,
        })
    }
}
