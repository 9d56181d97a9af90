//! What the JSON of a fleet's service means: pure functions between [`crate::response`] and the
//! services.

use project_deployer_core::node::{FutureState, NodeType};
use project_deployer_core::{ApiKeySecret, NodeId};
use serde::Deserialize;
use serde_json::Value;

use super::discovery::Gap;
use super::instance::{FleetInstance, InstanceId, InstanceStatus, VirtualNetwork};
use super::node::{FleetAdminKey, FleetNode, FleetNodeState, FleetUrl, Registration, Unknown};
use crate::error::NodeErrorKind;
use crate::response::{decode, excerpt};

type Read<T> = Result<T, NodeErrorKind>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceDocument {
    id: InstanceId,
    label: String,
    #[serde(default)]
    dss_node_type: Option<String>,
    #[serde(default)]
    virtual_network_id: Option<String>,
    #[serde(default)]
    instance_settings_template_id: Option<String>,
    #[serde(default)]
    image_id: Option<String>,
}

/// An instance of a Fleet Manager.
pub(super) fn instance(document: Value) -> Read<FleetInstance> {
    let found: InstanceDocument = decode(document)?;
    Ok(FleetInstance {
        id: found.id,
        label: found.label,
        node_type: node_type(found.dss_node_type.as_deref().unwrap_or_default()),
        virtual_network: found.virtual_network_id,
        settings_template: found.instance_settings_template_id,
        image: found.image_id,
    })
}

/// The type of a node, which fleets write in lower case. Other words stay as they are.
fn node_type(word: &str) -> NodeType {
    match NodeType::from(word.to_uppercase()) {
        NodeType::Other(_) => NodeType::Other(word.to_owned()),
        known => known,
    }
}

/// The admin key of a node. That there is none is no error.
pub(super) fn admin_key(document: &Value) -> FleetAdminKey {
    match document.get("adminAPIKey").and_then(Value::as_str) {
        None | Some("") => FleetAdminKey::Unknown(Unknown::Absent),
        Some(text) => match ApiKeySecret::new(text) {
            Ok(key) => FleetAdminKey::Known(key),
            Err(error) => FleetAdminKey::Unknown(Unknown::Unusable(error.to_string())),
        },
    }
}

/// What was asked about one instance of a list, each answer for itself.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) status: Read<InstanceStatus>,
    /// None when it was not asked for.
    pub(super) admin_key: Option<Read<FleetAdminKey>>,
    pub(super) networks: &'a Read<Vec<VirtualNetwork>>,
}

/// A node of a Fleet Manager.
pub(super) fn fleet_node(
    instance: &FleetInstance,
    node_id: NodeId,
    asked: &Asked<'_>,
) -> FleetNode {
    let failed = Unknown::AskFailed;
    let registration = registration(instance, asked.networks);
    let (url, state) = match &asked.status {
        Ok(status) => (status.url(), status.state()),
        Err(kind) => (
            FleetUrl::NotPublished(failed(kind.clone())),
            FleetNodeState::Unknown(failed(kind.clone())),
        ),
    };
    let admin_key = match &asked.admin_key {
        None => FleetAdminKey::Unknown(Unknown::NotAsked),
        Some(Ok(key)) => key.clone(),
        Some(Err(kind)) => FleetAdminKey::Unknown(failed(kind.clone())),
    };
    FleetNode {
        node_id,
        label: instance.label.clone(),
        instance: Some(instance.id.clone()),
        node_type: instance.node_type.clone(),
        url,
        admin_key,
        state,
        registration,
    }
}

fn registration(instance: &FleetInstance, networks: &Read<Vec<VirtualNetwork>>) -> Registration {
    let networks = match networks {
        Ok(networks) => networks,
        Err(kind) => return Registration::Unknown(Unknown::AskFailed(kind.clone())),
    };
    let Some(id) = &instance.virtual_network else {
        return Registration::Unknown(Unknown::Absent);
    };
    match networks.iter().find(|network| network.id == *id) {
        Some(network) => network.registration(),
        None => Registration::Unknown(Unknown::Absent),
    }
}

/// The id that the node of an instance reports.
pub(super) fn node_id(label: &str) -> Result<NodeId, String> {
    NodeId::parse(label).map_err(|error| error.to_string())
}

/// A node of a space of Dataiku Cloud: the Launchpad reports name and type and nothing else
/// (wire-facts 6.2). Its Deployer knows it as soon as it is there (R-I4).
pub(super) fn launchpad_node(document: &Value) -> Result<FleetNode, String> {
    let text = |field: &str| document.get(field).and_then(Value::as_str);
    let name = text("name").ok_or("it has no `name`")?;
    let word = text("type").ok_or("it has no `type`")?;
    Ok(FleetNode {
        node_id: node_id(name)?,
        label: name.to_owned(),
        instance: None,
        node_type: node_type(word),
        url: FleetUrl::NotPublished(Unknown::NeverReported),
        admin_key: FleetAdminKey::Unknown(Unknown::NeverReported),
        state: FleetNodeState::Unknown(Unknown::NeverReported),
        registration: Registration::Automatic,
    })
}

/// An entry of a list that cannot be read, by its name as far as it has one.
pub(super) fn unreadable(position: usize, entry: &Value, name: &str, reason: String) -> Gap {
    let label = entry.get(name).and_then(Value::as_str).map(excerpt);
    Gap::Unreadable { position, label, reason }
}

/// The state of a task. A Fleet Manager that leaves `alive` out has not ended it.
pub(super) fn future(mut document: Value) -> Read<FutureState> {
    if let Some(fields) = document.as_object_mut() {
        fields.entry("alive").or_insert(Value::Bool(true));
    }
    decode(document)
}

/// What the Launchpad says of a request that it finds invalid (wire-facts 6.2): the reasons
/// are next to the message.
pub(super) fn launchpad_refusal(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let reasons = document.get("errors")?.get("json")?;
    Some(excerpt(&reasons.to_string()))
}
