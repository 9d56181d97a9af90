use std::collections::BTreeMap;

use project_deployer_core::infra::{GovernCheckPolicy, Hook, PermissionsPropagationPolicy};
use project_deployer_core::rights::InfraRight;
use project_deployer_core::{
    FleetId, GroupName, InfraId, Login, NodeAddress, NodeId, StageId, setters,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{OrNone, SecretRef};

/// An infrastructure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct InfraEntry {
    /// The id.
    pub id: InfraId,
    /// The fleet that manages it. Such an infrastructure is registered by its fleet, and never created by a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<FleetId>,
    /// The stage. A new infrastructure needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageId>,
    /// Its nodes: one, or two and more of a multi-node infrastructure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Vec<NodeDescription>>,
    /// Whether its single node comes from the nodes directory of a fleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_fleet: Option<bool>,
    /// The policy for bundles that are not approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub govern_check_policy: Option<GovernCheckPolicy>,
    /// Which permissions a new project on the node gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_propagation_policy: Option<PermissionsPropagationPolicy>,
    /// The rights of groups; a group that is not listed has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<BTreeMap<GroupName, GroupRight>>,
    /// The remappings that deployments start with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remapping: Option<RemappingEntry>,
    /// The deploy-as user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy_as_user: Option<OrNone<Login>>,
    /// The run-as user of scenarios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenarios_run_as_user: Option<OrNone<Login>>,
    /// The run-as user of webapps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webapps_run_as_user: Option<OrNone<Login>>,
    /// Whether an update adds the authorized objects of the bundle to those of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_authorized_objects: Option<bool>,
    /// The hooks before and after an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hooks: Option<HooksEntry>,
}

impl InfraEntry {
    /// An infrastructure whose settings are left alone.
    #[must_use]
    pub fn new(id: InfraId) -> Self {
        Self {
            id,
            fleet: None,
            stage: None,
            nodes: None,
            from_fleet: None,
            govern_check_policy: None,
            permissions_propagation_policy: None,
            rights: None,
            remapping: None,
            deploy_as_user: None,
            scenarios_run_as_user: None,
            webapps_run_as_user: None,
            merge_authorized_objects: None,
            hooks: None,
        }
    }
}

setters!(InfraEntry {
    with_fleet(fleet: Option<FleetId>),
    with_stage(stage: Option<StageId>),
    with_nodes(nodes: Option<Vec<NodeDescription>>),
    with_from_fleet(from_fleet: Option<bool>),
    with_govern_check_policy(govern_check_policy: Option<GovernCheckPolicy>),
    with_permissions_propagation_policy(
        permissions_propagation_policy: Option<PermissionsPropagationPolicy>
    ),
    with_rights(rights: Option<BTreeMap<GroupName, GroupRight>>),
    with_remapping(remapping: Option<RemappingEntry>),
    with_deploy_as_user(deploy_as_user: Option<OrNone<Login>>),
    with_scenarios_run_as_user(scenarios_run_as_user: Option<OrNone<Login>>),
    with_webapps_run_as_user(webapps_run_as_user: Option<OrNone<Login>>),
    with_merge_authorized_objects(merge_authorized_objects: Option<bool>),
    with_hooks(hooks: Option<HooksEntry>),
});

/// A node of an infrastructure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NodeDescription {
    /// The id that the node reports. Nodes of a multi-node infrastructure and of a fleet need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<NodeId>,
    /// The address for the Deployer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<NodeAddress>,
    /// The address for links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_url: Option<OrNone<NodeAddress>>,
    /// Where the secret of its admin API key is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_api_key: Option<SecretRef>,
    /// Accept any certificate.
    #[serde(default, rename = "trustAllSSLCertificates", skip_serializing_if = "Option::is_none")]
    pub trust_all_certificates: Option<bool>,
}

setters!(NodeDescription {
    with_id(id: Option<NodeId>),
    with_url(url: Option<NodeAddress>),
    with_external_url(external_url: Option<OrNone<NodeAddress>>),
    with_admin_api_key(admin_api_key: Option<SecretRef>),
    with_trust_all_certificates(trust_all_certificates: Option<bool>),
});

/// The right of a group on an infrastructure; each implies the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum GroupRight {
    /// See its deployments.
    View,
    /// Create, change, update and delete deployments on it.
    Deploy,
    /// Administer it.
    Admin,
}

impl GroupRight {
    /// The right that it names.
    #[must_use]
    pub fn right(self) -> InfraRight {
        match self {
            Self::View => InfraRight::View,
            Self::Deploy => InfraRight::Deploy,
            Self::Admin => InfraRight::Admin,
        }
    }

    /// The word for a right.
    pub(in crate::estate) fn of(right: InfraRight) -> Self {
        match right {
            InfraRight::View => Self::View,
            InfraRight::Deploy => Self::Deploy,
            // A right that this program does not know is not taken for a weaker one.
            _ => Self::Admin,
        }
    }
}

/// Remappings, by the name in the bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RemappingEntry {
    /// Connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<BTreeMap<String, String>>,
    /// Code environments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_envs: Option<BTreeMap<String, String>>,
    /// Container configurations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_execs: Option<BTreeMap<String, String>>,
}

setters!(RemappingEntry {
    with_connections(connections: Option<BTreeMap<String, String>>),
    with_code_envs(code_envs: Option<BTreeMap<String, String>>),
    with_container_execs(container_execs: Option<BTreeMap<String, String>>),
});

/// Hooks: each has a `name`, and its other fields are kept unchanged, but for the `secret` of an HTTP hook, which is the
/// place of that secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HooksEntry {
    /// Before an update.
    #[serde(default)]
    pub pre: Vec<Value>,
    /// After an update.
    #[serde(default)]
    pub post: Vec<Value>,
    /// After a failed update.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_failure: Vec<Value>,
}

impl HooksEntry {
    /// All hooks, each with the field of its list and its position.
    pub(in crate::estate) fn all(&self) -> impl Iterator<Item = (&'static str, usize, &Value)> {
        let lists = [("pre", &self.pre), ("post", &self.post), ("onFailure", &self.on_failure)];
        lists.into_iter().flat_map(|(field, hooks)| {
            hooks.iter().enumerate().map(move |(index, hook)| (field, index, hook))
        })
    }
}

/// Where the secret of a hook is.
pub(in crate::estate) fn secret_of(hook: &Value) -> Option<SecretRef> {
    serde_json::from_value(hook.get(Hook::SECRET_FIELD)?.clone()).ok()
}

/// Without their code, which may hold secrets.
impl std::fmt::Debug for HooksEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (pre, post, failed) = (self.pre.len(), self.post.len(), self.on_failure.len());
        write!(f, "HooksEntry(pre: {pre}, post: {post}, onFailure: {failed})")
    }
}
