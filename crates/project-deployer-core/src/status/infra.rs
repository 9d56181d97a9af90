use serde::de::IntoDeserializer as _;
use serde::de::value::Error as ValueError;
use serde::{Deserialize, Deserializer, Serialize};

use super::deployment::DeploymentSummary;
use crate::identifier::{InfraId, Login, NodeId, StageId};
use crate::infra::{GovernCheckPolicy, InfraSettings, NodeEntry, Target};
use crate::lenient::{empty_as_none, null_as_default};
use crate::node_address::NodeAddress;

/// The part of an infrastructure that every caller with the right `view` may see (wire-facts 2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InfraBasicInfo {
    /// Its id.
    pub id: InfraId,
    /// Its stage.
    pub stage: StageId,
    /// The policy for bundles that are not approved. A value that the product added later reads as the
    /// strictest policy, since it may refuse them.
    #[serde(default, deserialize_with = "known_or_strictest")]
    pub govern_check_policy: GovernCheckPolicy,
    /// `AUTOMATION_NODE` or `MULTI_AUTOMATION_NODE`; absent means the first.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The address of its node for the Deployer.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub automation_node_url: Option<NodeAddress>,
    /// The external address of its node.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub automation_node_external_url: Option<NodeAddress>,
}

fn known_or_strictest<'de, D>(deserializer: D) -> Result<GovernCheckPolicy, D::Error>
where
    D: Deserializer<'de>,
{
    let Some(word) = Option::<String>::deserialize(deserializer)? else {
        return Ok(GovernCheckPolicy::default());
    };
    let known: Result<_, ValueError> = GovernCheckPolicy::deserialize(word.into_deserializer());
    Ok(known.unwrap_or(GovernCheckPolicy::Prevent))
}

/// An infrastructure as a caller sees it (wire-facts 2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InfraStatus {
    /// Whether the caller may administer it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_admin: bool,
    /// Whether the caller may deploy on it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub can_deploy: bool,
    /// Its summary.
    pub infra_basic_info: InfraBasicInfo,
    /// The deployments on it that the caller may see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub deployments: Vec<DeploymentSummary>,
}

impl InfraStatus {
    /// An infrastructure without deployments, for somebody who sees it only.
    #[must_use]
    pub fn new(infra_basic_info: InfraBasicInfo) -> Self {
        Self { is_admin: false, can_deploy: false, infra_basic_info, deployments: Vec::new() }
    }
}

impl From<&InfraSettings> for InfraBasicInfo {
    fn from(infra: &InfraSettings) -> Self {
        let single = match &infra.target {
            Target::SingleNode(entry) | Target::Fleet(entry) => Some(entry),
            Target::MultiNode(_) => None,
        };
        let kind = if single.is_some() { "AUTOMATION_NODE" } else { "MULTI_AUTOMATION_NODE" };
        Self {
            id: infra.id.clone(),
            stage: infra.stage.clone(),
            govern_check_policy: infra.govern_check_policy,
            kind: Some(kind.to_owned()),
            automation_node_url: single.and_then(|entry: &NodeEntry| entry.address.clone()),
            automation_node_external_url: single.and_then(|entry| entry.external_address.clone()),
        }
    }
}

/// One node in the answer to the creation of personal keys; no source names its inner fields
/// (wire-facts 8.1, item 6). `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeReference {
    /// The node.
    pub node_id: NodeId,
    /// The id of the key that was created there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The secret of that key, if each node made its own. It is returned only here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl NodeReference {
    /// A node without a key.
    #[must_use]
    pub fn new(node_id: NodeId) -> Self {
        Self { node_id, key_id: None, secret: None }
    }
}

impl std::fmt::Debug for NodeReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeReference")
            .field("node_id", &self.node_id)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// The answer to the creation of a personal key on every node of a multi-node infrastructure
/// (wire-facts 2.5). `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeKeyCreation {
    /// Whether every node has the key now.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created_on_all_nodes: bool,
    /// The login that the key is for.
    pub user: Login,
    /// The secret, which is returned only here. None if no node has the key, or if each node made its own
    /// secret.
    pub secret: Option<String>,
    /// The nodes that have the key.
    #[serde(default, deserialize_with = "null_as_default")]
    pub nodes_and_keys: Vec<NodeReference>,
    /// The errors.
    pub error: Option<String>,
    /// Nodes without that user.
    #[serde(default, deserialize_with = "null_as_default")]
    pub nodes_where_user_does_not_exist: Vec<NodeReference>,
    /// Nodes where that user is disabled.
    #[serde(default, deserialize_with = "null_as_default")]
    pub nodes_where_user_is_disabled: Vec<NodeReference>,
}

impl NodeKeyCreation {
    /// A creation that has reached no node.
    #[must_use]
    pub fn new(user: Login) -> Self {
        Self {
            created_on_all_nodes: false,
            user,
            secret: None,
            nodes_and_keys: Vec::new(),
            error: None,
            nodes_where_user_does_not_exist: Vec::new(),
            nodes_where_user_is_disabled: Vec::new(),
        }
    }
}

impl std::fmt::Debug for NodeKeyCreation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeKeyCreation")
            .field("user", &self.user)
            .field("created_on_all_nodes", &self.created_on_all_nodes)
            .field("secret", &self.secret.as_ref().map(|_| "withheld"))
            .finish_non_exhaustive()
    }
}
