use std::collections::BTreeMap;
use std::fmt;

use project_deployer_core::deployment::{EnvSpecificationMode, ImportTimeMode};
use project_deployer_core::{BundleId, DeploymentId, InfraId, ProjectKey, setters};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{RemappingEntry, SecretRef};

/// A deployment.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct DeploymentEntry {
    /// The id.
    pub id: DeploymentId,
    /// The published project. It never changes.
    pub project: ProjectKey,
    /// The infrastructure. It never changes.
    pub infrastructure: InfraId,
    /// The bundle. A new deployment needs one; leave it out if bundles are chosen elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<BundleId>,
    /// The key on the node. It never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_project_key: Option<ProjectKey>,
    /// The folder on the node; an empty text is the root folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_folder_id: Option<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Remappings, which take precedence over those of the infrastructure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remapping: Option<RemappingEntry>,
    /// Whether the remappings of the infrastructure count too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_infra_remappings: Option<bool>,
    /// What the node does with code environments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_envs: Option<CodeEnvsEntry>,
    /// Overrides of local variables. With `secret_variables` they are all there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_variables: Option<BTreeMap<String, Value>>,
    /// Overrides of local variables whose values are secret texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_variables: Option<BTreeMap<String, SecretRef>>,
    /// By scenario id, whether its triggers are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenarios_to_activate: Option<BTreeMap<String, bool>>,
    /// Switch all automatic triggers off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_automatic_triggers: Option<bool>,
}

impl DeploymentEntry {
    /// A deployment whose settings are left alone.
    #[must_use]
    pub fn new(id: DeploymentId, project: ProjectKey, infrastructure: InfraId) -> Self {
        Self {
            id,
            project,
            infrastructure,
            bundle: None,
            deployed_project_key: None,
            project_folder_id: None,
            tags: None,
            remapping: None,
            include_infra_remappings: None,
            code_envs: None,
            local_variables: None,
            secret_variables: None,
            scenarios_to_activate: None,
            disable_automatic_triggers: None,
        }
    }
}

setters!(DeploymentEntry {
    with_bundle(bundle: Option<BundleId>),
    with_deployed_project_key(deployed_project_key: Option<ProjectKey>),
    with_project_folder_id(project_folder_id: Option<String>),
    with_tags(tags: Option<Vec<String>>),
    with_remapping(remapping: Option<RemappingEntry>),
    with_include_infra_remappings(include_infra_remappings: Option<bool>),
    with_code_envs(code_envs: Option<CodeEnvsEntry>),
    with_local_variables(local_variables: Option<BTreeMap<String, Value>>),
    with_secret_variables(secret_variables: Option<BTreeMap<String, SecretRef>>),
    with_scenarios_to_activate(scenarios_to_activate: Option<BTreeMap<String, bool>>),
    with_disable_automatic_triggers(disable_automatic_triggers: Option<bool>),
});

/// Without the values of variables, which may be secret.
impl fmt::Debug for DeploymentEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables =
            self.local_variables.as_ref().map(|values| values.keys().collect::<Vec<_>>());
        f.debug_struct("DeploymentEntry")
            .field("id", &self.id)
            .field("project", &self.project)
            .field("infrastructure", &self.infrastructure)
            .field("bundle", &self.bundle)
            .field("local_variables", &variables)
            .finish_non_exhaustive()
    }
}

/// What a node does with the code environments of a bundle (R-A2, R-A3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CodeEnvsEntry {
    /// What to do with one that is missing or outdated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_time_mode: Option<ImportTimeMode>,
    /// How to compare them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_import_specification_mode: Option<EnvSpecificationMode>,
}

setters!(CodeEnvsEntry {
    with_import_time_mode(import_time_mode: Option<ImportTimeMode>),
    with_env_import_specification_mode(env_import_specification_mode: Option<EnvSpecificationMode>),
});
