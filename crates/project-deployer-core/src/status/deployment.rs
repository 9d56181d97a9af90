use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::infra::InfraBasicInfo;
use super::project::{Package, ProjectBasicInfo};
use crate::health::Health;
use crate::identifier::{BundleId, DeploymentId, InfraId, ProjectKey};
use crate::lenient::{empty_as_none, null_as_default};
use crate::messages::InfoMessages;
use crate::node::{Scenario, ScenarioOutcome};
use crate::shared;

/// A summary of a deployment (wire-facts 2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentSummary {
    /// Its id.
    pub id: DeploymentId,
    /// Its infrastructure.
    pub infra_id: InfraId,
    /// Tags.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// The login of its creator, despite the field's name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created_by_display_name: String,
    /// The login of its last editor, despite the field's name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub last_modified_by_display_name: String,
    /// Its published project.
    pub published_project_key: ProjectKey,
    /// Its bundle.
    pub bundle_id: BundleId,
    /// The key on the node; absent means that of the published project.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub deployed_project_key: Option<ProjectKey>,
}

impl DeploymentSummary {
    /// What every deployment has.
    #[must_use]
    pub fn new(
        id: DeploymentId,
        infra_id: InfraId,
        published_project_key: ProjectKey,
        bundle_id: BundleId,
    ) -> Self {
        Self {
            id,
            infra_id,
            tags: Vec::new(),
            created_by_display_name: String::new(),
            last_modified_by_display_name: String::new(),
            published_project_key,
            bundle_id,
            deployed_project_key: None,
        }
    }
}

/// A deployment without the state of its node (wire-facts 2.9).
///
/// In a list of thousands, deployments share what they say of their infrastructure and their project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentLightStatus {
    /// The deployment.
    pub deployment_basic_info: DeploymentSummary,
    /// Its infrastructure.
    #[serde(with = "shared")]
    pub infra_basic_info: Arc<InfraBasicInfo>,
    /// Its published project.
    #[serde(with = "shared")]
    pub project_basic_info: Arc<ProjectBasicInfo>,
    /// All bundles of the published project.
    #[serde(default, serialize_with = "shared::serialize", deserialize_with = "shared::list")]
    pub packages: Arc<[Package]>,
    /// Whether it was never updated.
    #[serde(default, deserialize_with = "null_as_default")]
    pub never_ever_deployed: bool,
    /// Whether a newer deployment owns the project that it writes (wire-facts 9.4).
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub superseded: bool,
}

impl DeploymentLightStatus {
    /// A deployment of a project that has no bundle.
    #[must_use]
    pub fn new(
        deployment_basic_info: DeploymentSummary,
        infra_basic_info: impl Into<Arc<InfraBasicInfo>>,
        project_basic_info: impl Into<Arc<ProjectBasicInfo>>,
    ) -> Self {
        Self {
            deployment_basic_info,
            infra_basic_info: infra_basic_info.into(),
            project_basic_info: project_basic_info.into(),
            packages: Arc::default(),
            never_ever_deployed: false,
            superseded: false,
        }
    }
}

/// A deployment with the state of its node (wire-facts 2.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentHeavyStatus {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// Its health.
    pub health: Health,
    /// Why.
    #[serde(default, deserialize_with = "null_as_default")]
    pub health_messages: InfoMessages,
    /// Its scenarios.
    #[serde(default, deserialize_with = "null_as_default")]
    pub monitoring: Monitoring,
}

impl DeploymentHeavyStatus {
    /// A health without messages.
    #[must_use]
    pub fn new(deployment_id: DeploymentId, health: Health) -> Self {
        Self {
            deployment_id,
            health,
            health_messages: InfoMessages::default(),
            monitoring: Monitoring::default(),
        }
    }
}

/// The scenarios of a deployed project, by name (wire-facts 2.10).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Monitoring {
    /// Whether there is one.
    #[serde(deserialize_with = "null_as_default")]
    pub has_scenarios: bool,
    /// Whether the triggers of one are on.
    #[serde(deserialize_with = "null_as_default")]
    pub has_active_scenarios: bool,
    /// Those whose last run failed.
    #[serde(deserialize_with = "null_as_default")]
    pub failed: Vec<String>,
    /// Those whose last run ended with warnings.
    #[serde(deserialize_with = "null_as_default")]
    pub warning: Vec<String>,
    /// Those whose last run succeeded.
    #[serde(deserialize_with = "null_as_default")]
    pub successful: Vec<String>,
    /// Those whose last run was stopped.
    #[serde(deserialize_with = "null_as_default")]
    pub aborted: Vec<String>,
    /// Those that run now.
    #[serde(deserialize_with = "null_as_default")]
    pub running: Vec<String>,
}

impl Monitoring {
    /// Sorts scenarios by the outcome of their last run.
    #[must_use]
    pub fn of<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Self {
        let mut monitoring = Self::default();
        for scenario in scenarios {
            monitoring.has_scenarios = true;
            monitoring.has_active_scenarios |= scenario.active;
            let name = if scenario.name.is_empty() { &scenario.id } else { &scenario.name };
            if scenario.running {
                monitoring.running.push(name.clone());
            }
            if let Some(outcome) = scenario.last_outcome {
                monitoring.by_outcome(outcome).push(name.clone());
            }
        }
        monitoring
    }

    fn by_outcome(&mut self, outcome: ScenarioOutcome) -> &mut Vec<String> {
        match outcome {
            ScenarioOutcome::Other => &mut self.warning,
            ScenarioOutcome::Success => &mut self.successful,
            ScenarioOutcome::Warning => &mut self.warning,
            ScenarioOutcome::Aborted => &mut self.aborted,
            ScenarioOutcome::Failed => &mut self.failed,
        }
    }
}
