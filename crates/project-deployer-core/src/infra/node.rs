use std::fmt;

use crate::document::{Fields, FromFields, Writer};
use crate::identifier::NodeId;
use crate::node_address::NodeAddress;
use crate::secret::ApiKeySecret;
use crate::setters;
use crate::unknown_fields::UnknownFields;
use serde_json::Value;

/// The target of the deployments of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// One Automation node.
    SingleNode(NodeEntry),
    /// Two or more Automation nodes that get every deployment together (R-I6).
    MultiNode(Vec<NodeEntry>),
    /// One Automation node of a fleet. Address and key come from the nodes directory of the fleet (R-I4)
    /// unless the entry has them.
    Fleet(NodeEntry),
}

impl Target {
    /// The nodes in order.
    #[must_use]
    pub fn entries(&self) -> &[NodeEntry] {
        match self {
            Self::SingleNode(entry) | Self::Fleet(entry) => std::slice::from_ref(entry),
            Self::MultiNode(entries) => entries,
        }
    }

    pub(super) fn entries_mut(&mut self) -> &mut [NodeEntry] {
        match self {
            Self::SingleNode(entry) | Self::Fleet(entry) => std::slice::from_mut(entry),
            Self::MultiNode(entries) => entries,
        }
    }

    /// Whether it is a multi-node infrastructure.
    #[must_use]
    pub fn is_multi_node(&self) -> bool {
        matches!(self, Self::MultiNode(_))
    }
}

/// One Automation node of an infrastructure, as far as it is known.
///
/// An infrastructure is created before its node is described (wire-facts 2.1, row 3), so address
/// and key may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeEntry {
    /// The id that the node itself reports, if known.
    pub node_id: Option<NodeId>,
    /// The address for the Deployer.
    pub address: Option<NodeAddress>,
    /// The external address, for links (R-I8).
    pub external_address: Option<NodeAddress>,
    /// The secret of an admin global API key of the node.
    pub admin_api_key: Option<ApiKeySecret>,
    /// Accept any certificate. The field's name decides, not the docstring (wire-facts 7.9).
    pub trust_all_certificates: bool,
    /// Everything else of a member of a multi-node infrastructure, kept as it is.
    pub extra: UnknownFields,
}

setters!(NodeEntry {
    with_node_id(node_id: Option<NodeId>),
    with_address(address: Option<NodeAddress>),
    with_admin_api_key(admin_api_key: Option<ApiKeySecret>),
});

impl NodeEntry {
    /// A node at an address, with its admin key.
    #[must_use]
    pub fn new(address: NodeAddress, admin_api_key: ApiKeySecret) -> Self {
        Self { address: Some(address), admin_api_key: Some(admin_api_key), ..Self::default() }
    }

    /// The settings to call the node, if address and key are known.
    #[must_use]
    pub fn settings(&self) -> Option<NodeSettings> {
        Some(NodeSettings {
            node_id: self.node_id.clone(),
            address: self.address.clone()?,
            admin_api_key: self.admin_api_key.clone()?,
            trust_all_certificates: self.trust_all_certificates,
        })
    }

    /// The address for users: the external one if there is one.
    #[must_use]
    pub fn address_for_people(&self) -> Option<&NodeAddress> {
        self.external_address.as_ref().or(self.address.as_ref())
    }

    /// The name of the node in messages: its id, else its address.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.node_id, &self.address) {
            (Some(id), _) => id.to_string(),
            (None, Some(address)) => address.to_string(),
            (None, None) => "a node without address".to_owned(),
        }
    }

    /// The fields of a node, at the top of a document or inside `automationNodes`.
    pub(super) const FIELDS: [&'static str; 5] = [
        "nodeId",
        "automationNodeUrl",
        "automationNodeExternalUrl",
        ApiKeySecret::FIELD,
        "trustAllSSLCertificates",
    ];

    /// Reads the fields of a node, at the top of a document or inside `automationNodes`.
    pub(super) fn read_known(fields: &mut Fields<'_>) -> Self {
        Self {
            node_id: fields.parsed("nodeId"),
            address: fields.parsed("automationNodeUrl"),
            external_address: fields.parsed("automationNodeExternalUrl"),
            admin_api_key: fields.api_key(ApiKeySecret::FIELD),
            trust_all_certificates: fields.flag("trustAllSSLCertificates"),
            extra: UnknownFields::default(),
        }
    }

    /// Whether `other` has the same protocol, host and port, and the same trust in certificates.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        let same_address = match (&self.address, &other.address) {
            (Some(address), Some(other)) => address.is_same_place(other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_address && self.trust_all_certificates == other.trust_all_certificates
    }

    pub(super) fn write_known(&self, writer: Writer, key: Option<&str>) -> Writer {
        writer
            .set_some("nodeId", self.node_id.as_ref())
            .set_some("automationNodeUrl", self.address.as_ref())
            .set_some("automationNodeExternalUrl", self.external_address.as_ref())
            .set_some(ApiKeySecret::FIELD, key)
            .set("trustAllSSLCertificates", self.trust_all_certificates)
    }

    pub(super) fn to_member(&self, key: Option<&str>) -> Value {
        self.write_known(Writer::default(), key).rest(&self.extra)
    }
}

impl FromFields for NodeEntry {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let mut entry = Self::read_known(fields);
        entry.extra = fields.rest_without_keys();
        Some(entry)
    }
}

/// The settings to call one node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeSettings {
    /// The id that the node should report, if known.
    pub node_id: Option<NodeId>,
    /// The address of the node.
    pub address: NodeAddress,
    /// The secret of an admin global API key of the node.
    pub admin_api_key: ApiKeySecret,
    /// Accept any certificate.
    pub trust_all_certificates: bool,
}

impl NodeSettings {
    /// A node of any id at an address, whose certificate is checked.
    #[must_use]
    pub fn new(address: NodeAddress, admin_api_key: ApiKeySecret) -> Self {
        Self { node_id: None, address, admin_api_key, trust_all_certificates: false }
    }
}

setters!(NodeSettings {
    with_node_id(node_id: Option<NodeId>),
    with_trust_all_certificates(trust_all_certificates: bool),
});

impl fmt::Display for NodeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node_id {
            Some(id) => write!(f, "{id} ({})", self.address),
            None => self.address.fmt(f),
        }
    }
}
