use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::code_envs::CodeEnvsBehavior;
use super::creation::DeploymentCreation;
use crate::document::{Fields, FromFields, Writer};
use crate::identifier::{BundleId, DeploymentId, InfraId, ProjectKey};
use crate::infra::InfraSettings;
use crate::lenient::null_as_default;
use crate::problem::{ProblemCode, Problems};
use crate::remapping::Remapping;
use crate::setters;
use crate::unknown_fields::UnknownFields;

/// The settings of a deployment (wire-facts 2.8). Changing them does nothing on the node until
/// an update (R-D5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentSettings {
    /// The id, visible on the Deployer only.
    pub id: DeploymentId,
    /// The infrastructure.
    pub infra_id: InfraId,
    /// Tags.
    pub tags: Vec<String>,
    /// The published project.
    pub published_project_key: ProjectKey,
    /// The bundle to deploy. An update with another one is a redeployment, with an earlier one a rollback.
    pub bundle_id: BundleId,
    /// The key on the node.
    pub deployed_project_key: ProjectKey,
    /// The folder on the node; none is the root folder.
    pub project_folder_id: Option<String>,
    /// How the bundle is adapted to the node.
    pub bundle_container_settings: BundleContainerSettings,
    /// Overrides of the project's local variables. Their values may be secret: `Debug` prints names.
    pub local_variables: UnknownFields,
    /// By scenario id, whether its triggers are on. Other scenarios stay unchanged (R-D8).
    pub scenarios_to_activate: BTreeMap<String, bool>,
    /// Switch all automatic triggers off.
    pub disable_automatic_triggers: bool,
    /// Also use the remappings of the infrastructure for names without a remapping here (R-C4).
    pub include_infra_remappings: bool,
    /// All other fields, unchanged.
    pub extra: UnknownFields,
}

/// How a bundle is adapted to a node (wire-facts 2.8). The node keeps the same document in the settings of
/// the project (wire-facts 3.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BundleContainerSettings {
    /// The remapping of names on the node.
    #[serde(deserialize_with = "null_as_default")]
    pub remapping: Remapping,
    /// What to do with code environments.
    #[serde(deserialize_with = "null_as_default")]
    pub code_envs_behavior: CodeEnvsBehavior,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

setters!(BundleContainerSettings {
    with_remapping(remapping: Remapping),
    with_code_envs_behavior(code_envs_behavior: CodeEnvsBehavior),
});

impl DeploymentSettings {
    /// The settings that a new deployment starts with: the infrastructure's remappings are copied
    /// (R-C4), the rest is empty.
    #[must_use]
    pub fn for_new(creation: &DeploymentCreation, infra: &InfraSettings) -> Self {
        let same_key = || creation.published_project_key.clone();
        Self {
            id: creation.deployment_id.clone(),
            infra_id: creation.infra_id.clone(),
            tags: Vec::new(),
            published_project_key: creation.published_project_key.clone(),
            bundle_id: creation.bundle_id.clone(),
            deployed_project_key: creation.deployed_project_key.clone().unwrap_or_else(same_key),
            project_folder_id: creation.project_folder_id.clone(),
            bundle_container_settings: BundleContainerSettings {
                remapping: infra.remapping.clone(),
                ..BundleContainerSettings::default()
            },
            local_variables: UnknownFields::default(),
            scenarios_to_activate: BTreeMap::new(),
            disable_automatic_triggers: false,
            include_infra_remappings: false,
            extra: UnknownFields::default(),
        }
    }

    /// The product's document.
    #[must_use]
    pub fn to_document(&self) -> Value {
        Writer::default()
            .set("id", &self.id)
            .set("infraId", &self.infra_id)
            .set("tags", &self.tags)
            .set("publishedProjectKey", &self.published_project_key)
            .set("bundleId", &self.bundle_id)
            .set("deployedProjectKey", &self.deployed_project_key)
            .set_some("projectFolderId", self.project_folder_id.as_deref())
            .set("bundleContainerSettings", &self.bundle_container_settings)
            .set("localVariables", &self.local_variables)
            .set("scenariosToActivate", &self.scenarios_to_activate)
            .set("disableAutomaticTriggers", self.disable_automatic_triggers)
            .set("includeInfraRemappings", self.include_infra_remappings)
            .rest(&self.extra)
    }

    /// The settings by which the node adapts the bundle. They include the remappings of the infrastructure if
    /// the deployment asks for them (R-C4).
    #[must_use]
    pub fn effective_container_settings(&self, infra: &InfraSettings) -> BundleContainerSettings {
        let mut settings = self.bundle_container_settings.clone();
        if self.include_infra_remappings {
            settings.remapping = settings.remapping.or(&infra.remapping);
        }
        settings
    }

    /// Whether these settings may replace `current`: the id, the infrastructure, the published
    /// project and the key on the node stay what they are. The published project is documented as
    /// impossible to change, the others are our choice (wire-facts 8.3, item 7).
    ///
    /// # Errors
    ///
    /// Every field that differs and may not.
    pub fn validate_change(&self, current: &Self) -> Result<(), Problems> {
        let fixed = [
            ("id", self.id.as_str(), current.id.as_str()),
            ("infraId", self.infra_id.as_str(), current.infra_id.as_str()),
            (
                "publishedProjectKey",
                self.published_project_key.as_str(),
                current.published_project_key.as_str(),
            ),
            (
                "deployedProjectKey",
                self.deployed_project_key.as_str(),
                current.deployed_project_key.as_str(),
            ),
        ];
        let mut problems = Problems::none();
        for (field, new, old) in fixed {
            if new != old {
                let what = format!("`{new}` cannot replace `{old}`");
                problems.note(
                    field,
                    ProblemCode::Conflict,
                    what,
                    "create another deployment instead",
                );
            }
        }
        problems.or_value(())
    }
}

impl FromFields for DeploymentSettings {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let id = fields.required("id", "the id of the deployment");
        let infra_id = fields.required("infraId", "the id of an infrastructure");
        let key: Option<ProjectKey> = fields.required("publishedProjectKey", "a project key");
        let bundle_id = fields.required("bundleId", "the id of a bundle");
        let deployed_key = fields.parsed("deployedProjectKey");
        Some(Self {
            tags: fields.texts("tags"),
            project_folder_id: fields.filled_text("projectFolderId"),
            bundle_container_settings: fields.object("bundleContainerSettings").unwrap_or_default(),
            local_variables: fields.map("localVariables").into(),
            scenarios_to_activate: fields.flags("scenariosToActivate"),
            disable_automatic_triggers: fields.flag("disableAutomaticTriggers"),
            include_infra_remappings: fields.flag("includeInfraRemappings"),
            extra: fields.rest(),
            id: id?,
            infra_id: infra_id?,
            bundle_id: bundle_id?,
            deployed_project_key: deployed_key.or_else(|| key.clone())?,
            published_project_key: key?,
        })
    }
}

impl FromFields for BundleContainerSettings {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            remapping: fields.object("remapping").unwrap_or_default(),
            code_envs_behavior: fields.object("codeEnvsBehavior").unwrap_or_default(),
            extra: fields.rest(),
        })
    }
}
