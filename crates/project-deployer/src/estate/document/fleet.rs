use std::collections::BTreeSet;

use project_deployer_core::{FleetId, NodeAddress, NodeId, setters};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SecretRef;

/// A fleet: where its nodes come from, and what their infrastructures begin with (docs/fleets.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FleetEntry {
    /// The id.
    pub id: FleetId,
    /// Where the nodes come from, as a whole: what it leaves out has its default. A new fleet needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<FleetSourceEntry>,
    /// The id of the infrastructure of a node; `{node}` stands for the id of the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infra_id: Option<String>,
    /// What a new infrastructure begins with, by the names of the product's settings. A new fleet needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_infras: Option<Map<String, Value>>,
    /// Whether calls to the nodes accept any certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_node_certificates: Option<bool>,
    /// Whether nodes are registered as well whose network has no managed Deployer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register_all: Option<bool>,
    /// Nodes that are not registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored_nodes: Option<BTreeSet<NodeId>>,
    /// The largest share of nodes that may be missing from an answer without a confirmation, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_missing_percent: Option<u8>,
    /// How often the fleet is synchronized in the background, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u64>,
    /// Whether it is synchronized in the background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl FleetEntry {
    /// A fleet whose settings are left alone.
    #[must_use]
    pub fn new(id: FleetId) -> Self {
        Self {
            id,
            source: None,
            infra_id: None,
            new_infras: None,
            trust_node_certificates: None,
            register_all: None,
            ignored_nodes: None,
            most_missing_percent: None,
            interval_seconds: None,
            enabled: None,
        }
    }
}

setters!(FleetEntry {
    with_source(source: Option<FleetSourceEntry>),
    with_infra_id(infra_id: Option<String>),
    with_new_infras(new_infras: Option<Map<String, Value>>),
    with_trust_node_certificates(trust_node_certificates: Option<bool>),
    with_register_all(register_all: Option<bool>),
    with_ignored_nodes(ignored_nodes: Option<BTreeSet<NodeId>>),
    with_most_missing_percent(most_missing_percent: Option<u8>),
    with_interval_seconds(interval_seconds: Option<u64>),
    with_enabled(enabled: Option<bool>),
});

/// Where the nodes of a fleet come from, with the places of the secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum FleetSourceEntry {
    /// A Fleet Manager of Cloud Stacks.
    FleetManager {
        /// Its address.
        url: NodeAddress,
        /// The tenant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant: Option<String>,
        /// The id of its key.
        key_id: String,
        /// Where the secret of its key is. One that is left out stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_secret: Option<SecretRef>,
        /// Accept any certificate of the Fleet Manager.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trust_all_certificates: Option<bool>,
        /// Whether the admin keys of the nodes are read from it as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read_admin_keys: Option<bool>,
    },
    /// The Launchpad of a space of Dataiku Cloud.
    Launchpad {
        /// Its address; none is the one of Dataiku Cloud.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<NodeAddress>,
        /// The space.
        space: String,
        /// The id of its key.
        key_id: String,
        /// Where the secret of its key is. One that is left out stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_secret: Option<SecretRef>,
    },
    /// A list of nodes.
    List {
        /// The nodes.
        nodes: Vec<ListedNodeEntry>,
    },
}

/// A node of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ListedNodeEntry {
    /// The id that the node reports.
    pub node_id: NodeId,
    /// Its address. Without one it is set by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<NodeAddress>,
    /// Where its admin key is. One that is left out stays, as long as the address does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_key: Option<SecretRef>,
}

impl ListedNodeEntry {
    /// A node without address and key.
    #[must_use]
    pub fn new(node_id: NodeId) -> Self {
        Self { node_id, url: None, admin_key: None }
    }
}

setters!(ListedNodeEntry {
    with_url(url: Option<NodeAddress>),
    with_admin_key(admin_key: Option<SecretRef>),
});

impl FleetSourceEntry {
    /// The places of its secrets, each with the path of its field below the source.
    pub(in crate::estate) fn secrets(&self) -> Vec<(String, &SecretRef)> {
        match self {
            Self::FleetManager { key_secret, .. } | Self::Launchpad { key_secret, .. } => {
                key_secret.iter().map(|place| ("keySecret".to_owned(), place)).collect()
            }
            Self::List { nodes } => {
                let keys = nodes.iter().enumerate().filter_map(|(number, node)| {
                    Some((format!("nodes[{number}].adminKey"), node.admin_key.as_ref()?))
                });
                keys.collect()
            }
        }
    }
}
