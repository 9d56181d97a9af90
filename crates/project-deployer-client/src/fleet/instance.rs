use std::fmt;

use project_deployer_core::NodeAddress;
use project_deployer_core::node::NodeType;
use project_deployer_core::setters;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::node::{FleetNodeState, FleetUrl, Registration, Unknown};

/// The id of an instance in a Fleet Manager. The service makes it; it only has to fit into a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct InstanceId(String);

/// A text that cannot be the id of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the id of an instance: write 1 to 128 characters without control characters, not `.` or `..`"
)]
pub struct InstanceIdError;

impl InstanceId {
    /// Checks a text.
    ///
    /// # Errors
    ///
    /// It is blank, too long or has control characters, or a path reads it as its own.
    pub fn parse(text: &str) -> Result<Self, InstanceIdError> {
        if fits_into_a_path(text) { Ok(Self(text.to_owned())) } else { Err(InstanceIdError) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text stays one segment of a path once it is encoded.
pub(super) fn fits_into_a_path(text: &str) -> bool {
    let length = text.chars().count();
    (1..=128).contains(&length)
        && !text.trim().is_empty()
        && !text.chars().any(char::is_control)
        && !matches!(text, "." | "..")
}

impl TryFrom<String> for InstanceId {
    type Error = InstanceIdError;

    fn try_from(text: String) -> Result<Self, InstanceIdError> {
        Self::parse(&text)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An instance of a Fleet Manager (wire-facts 6.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetInstance {
    /// Its id.
    pub id: InstanceId,
    /// Its name, which becomes the id of the node.
    pub label: String,
    /// What the node does.
    #[serde(rename = "dssNodeType", default = "no_type", deserialize_with = "in_any_case")]
    pub node_type: NodeType,
    /// Its network.
    #[serde(rename = "virtualNetworkId", default)]
    pub virtual_network: Option<String>,
    /// The template of its settings.
    #[serde(rename = "instanceSettingsTemplateId", default)]
    pub settings_template: Option<String>,
    /// The image that it runs.
    #[serde(rename = "imageId", default)]
    pub image: Option<String>,
}

fn no_type() -> NodeType {
    NodeType::Other(String::new())
}

fn in_any_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NodeType, D::Error> {
    Ok(node_type(&Option::<String>::deserialize(deserializer)?.unwrap_or_default()))
}

/// The type of a node, which fleets write in lower case. Other words stay as they are.
pub(crate) fn node_type(word: &str) -> NodeType {
    match NodeType::from(word.to_uppercase()) {
        NodeType::Other(_) => NodeType::Other(word.to_owned()),
        known => known,
    }
}

/// An instance that is to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NewInstance {
    /// Machine, volumes and tags by the names of the wire (wire-facts 6.1). The other fields override them.
    #[serde(flatten)]
    pub options: Map<String, Value>,
    /// Its name, which becomes the id of the node.
    pub label: String,
    /// What the node does.
    #[serde(rename = "dssNodeType", serialize_with = "in_lower_case")]
    pub node_type: NodeType,
    /// The id of the template of its settings.
    #[serde(rename = "instanceSettingsTemplateId")]
    pub settings_template: String,
    /// The id of its network.
    #[serde(rename = "virtualNetworkId")]
    pub virtual_network: String,
    /// The id of the image that it runs, such as `dss-15.2.0`.
    #[serde(rename = "imageId")]
    pub image: String,
}

/// Types are in lower case here, and in upper case everywhere else.
fn in_lower_case<S: Serializer>(node_type: &NodeType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&node_type.to_string().to_lowercase())
}

setters!(NewInstance {
    with_node_type(node_type: NodeType),
    with_options(options: Map<String, Value>),
});

impl NewInstance {
    /// An Automation node without options.
    #[must_use]
    pub fn automation(
        label: impl Into<String>,
        settings_template: impl Into<String>,
        virtual_network: impl Into<String>,
        image: impl Into<String>,
    ) -> Self {
        Self {
            label: label.into(),
            node_type: NodeType::Automation,
            settings_template: settings_template.into(),
            virtual_network: virtual_network.into(),
            image: image.into(),
            options: Map::new(),
        }
    }
}

/// The state of an instance (wire-facts 6.1). Absent fields were not reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct InstanceStatus {
    /// The URL that clients should use.
    #[serde(rename = "publicURL")]
    pub public_url: Option<String>,
    /// Whether it has a machine.
    pub has_physical_instance: Option<bool>,
    /// Whether that machine is up.
    pub cloud_machine_is_up: Option<bool>,
}

impl InstanceStatus {
    /// Where the node is. A missing URL means that it is not provisioned.
    #[must_use]
    pub fn url(&self) -> FleetUrl {
        match self.public_url.as_deref().map(str::trim) {
            None | Some("") if self.has_physical_instance == Some(true) => {
                FleetUrl::NotPublished(Unknown::Absent)
            }
            None | Some("") => FleetUrl::NotPublished(Unknown::NotProvisioned),
            Some(text) => match NodeAddress::parse(text) {
                Ok(address) => FleetUrl::Known(address),
                Err(error) => FleetUrl::NotPublished(Unknown::Unusable(error.to_string())),
            },
        }
    }

    /// Whether there is a machine and it is up.
    #[must_use]
    pub fn state(&self) -> FleetNodeState {
        match (self.has_physical_instance, self.cloud_machine_is_up) {
            (Some(false), _) => FleetNodeState::NotProvisioned,
            (Some(true), Some(true)) => FleetNodeState::MachineUp,
            (Some(true), Some(false)) => FleetNodeState::MachineDown,
            (Some(true), None) | (None, _) => FleetNodeState::Unknown(Unknown::Absent),
        }
    }
}

/// A virtual network of a Fleet Manager, as far as it concerns fleet management.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VirtualNetwork {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub label: Option<String>,
    /// Whether nodes of the network know each other.
    #[serde(default)]
    pub managed_nodes_directory: Option<bool>,
    /// Which Deployers the fleet manages.
    #[serde(default)]
    pub nodes_directory_deployer_mode: Option<String>,
}

impl VirtualNetwork {
    /// Whether Automation nodes of the network are registered with a Deployer: fleet management is on
    /// and a Deployer is managed (wire-facts 6.1).
    #[must_use]
    pub fn registration(&self) -> Registration {
        let mode = self.nodes_directory_deployer_mode.as_deref();
        match (self.managed_nodes_directory, mode) {
            (Some(false), _) | (Some(true), Some("NO_MANAGED_DEPLOYER")) => Registration::Off,
            (Some(true), Some("CENTRAL_DEPLOYER" | "EACH_DESIGN_NODE")) => Registration::Automatic,
            (Some(true), Some(word)) => {
                let reason = format!("unknown mode of the Deployer `{word}`");
                Registration::Unknown(Unknown::Unusable(reason))
            }
            (Some(true), None) | (None, _) => Registration::Unknown(Unknown::Absent),
        }
    }
}
