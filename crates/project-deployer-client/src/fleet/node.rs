use std::fmt;

use project_deployer_core::infra::NodeEntry;
use project_deployer_core::node::NodeType;
use project_deployer_core::{ApiKeySecret, NodeAddress, NodeId};

use super::error::what_happened;
use super::instance::InstanceId;
use crate::error::NodeErrorKind;

/// A node as a fleet reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetNode {
    /// The id that the node reports: its name in the fleet (wire-facts 6.1).
    pub node_id: NodeId,
    /// The name that people see in the fleet.
    pub label: String,
    /// Its id in the Fleet Manager; none on Dataiku Cloud.
    pub instance: Option<InstanceId>,
    /// What the node does.
    pub node_type: NodeType,
    /// Where it is.
    pub url: FleetUrl,
    /// Its admin key.
    pub admin_key: FleetAdminKey,
    /// Whether it has a machine that is up.
    pub state: FleetNodeState,
    /// Whether the fleet registers the node with its Deployer (R-I4).
    pub registration: Registration,
}

/// Where a node of a fleet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FleetUrl {
    /// Its address.
    Known(NodeAddress),
    /// The fleet reports none.
    NotPublished(Unknown),
}

/// The admin key of a node of a fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FleetAdminKey {
    /// Its secret.
    Known(ApiKeySecret),
    /// The fleet reports none.
    Unknown(Unknown),
}

/// The machine of a node. That it is up does not say that the node answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FleetNodeState {
    /// It was never provisioned, or was deprovisioned.
    NotProvisioned,
    /// Its machine is up.
    MachineUp,
    /// It is provisioned and its machine is down.
    MachineDown,
    /// The fleet does not say.
    Unknown(Unknown),
}

/// Whether a fleet registers a node with its Deployer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Registration {
    /// It does.
    Automatic,
    /// Fleet management is off, or no Deployer is managed, on the node's network.
    Off,
    /// The fleet does not say.
    Unknown(Unknown),
}

/// Why a fleet does not report a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unknown {
    /// This service never reports it.
    NeverReported,
    /// The value was not requested.
    NotAsked,
    /// The node is not provisioned, so the value does not exist yet.
    NotProvisioned,
    /// The response of the service does not have it.
    Absent,
    /// The reported value cannot be used, for this reason.
    Unusable(String),
    /// The request failed.
    AskFailed(NodeErrorKind),
}

impl FleetNode {
    /// An Automation node that somebody listed, so that it is to be registered.
    #[must_use]
    pub fn listed(node_id: NodeId, url: FleetUrl, admin_key: FleetAdminKey) -> Self {
        Self {
            label: node_id.to_string(),
            node_id,
            instance: None,
            node_type: NodeType::Automation,
            url,
            admin_key,
            state: FleetNodeState::Unknown(Unknown::NeverReported),
            registration: Registration::Automatic,
        }
    }

    /// Whether bundles can be deployed to it.
    #[must_use]
    pub fn is_automation_node(&self) -> bool {
        self.node_type == NodeType::Automation
    }

    /// The settings of an infrastructure of this node, as far as they are known.
    #[must_use]
    pub fn to_entry(&self) -> NodeEntry {
        NodeEntry::default()
            .with_node_id(Some(self.node_id.clone()))
            .with_address(self.url.known().cloned())
            .with_admin_api_key(self.admin_key.known().cloned())
    }
}

impl FleetUrl {
    /// The address, if it is known.
    #[must_use]
    pub fn known(&self) -> Option<&NodeAddress> {
        match self {
            Self::Known(address) => Some(address),
            Self::NotPublished(_) => None,
        }
    }
}

impl FleetAdminKey {
    /// The secret, if it is known.
    #[must_use]
    pub fn known(&self) -> Option<&ApiKeySecret> {
        match self {
            Self::Known(key) => Some(key),
            Self::Unknown(_) => None,
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverReported => f.write_str("this service never reports it; set it by hand"),
            Self::NotAsked => f.write_str("it was not requested"),
            Self::NotProvisioned => f.write_str("the node is not provisioned; provision it"),
            Self::Absent => f.write_str("the response of the service does not have it"),
            Self::Unusable(reason) => {
                write!(f, "the value that the service reports cannot be used: {reason}")
            }
            Self::AskFailed(kind) => {
                write!(f, "the service did not answer: {}", what_happened(kind))
            }
        }
    }
}
