use serde_json::{Map, Value, json};

use crate::debug_fields::debug_fields;
use crate::node::MockNode;
use crate::random::mark;
use crate::state::settings::object;

/// An instance of a [`MockFleetManager`](super::MockFleetManager).
#[derive(Clone, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct MockInstance {
    /// Its id.
    pub id: String,
    /// Its name, which is the id of its node.
    pub label: String,
    /// `automation`, `design`, `deployer` or `govern`.
    pub node_type: String,
    /// The id of its virtual network.
    pub network: String,
    /// Where its node is, once it is provisioned.
    pub url: String,
    /// The admin key of its node, once it is provisioned.
    pub admin_api_key: String,
    /// Whether it has a machine.
    pub provisioned: bool,
    /// Whether that machine is up.
    pub up: bool,
    /// What it was created with beyond that.
    pub(crate) others: Map<String, Value>,
}

impl MockInstance {
    /// An Automation node in the network `vn-1` that is up. Its id is `i-` and the label, its key one that no
    /// other has.
    pub fn automation(label: impl Into<String>) -> Self {
        let label = label.into();
        Self {
            id: format!("i-{label}"),
            node_type: "automation".to_owned(),
            network: "vn-1".to_owned(),
            url: format!("https://{label}.fleet.example"),
            admin_api_key: format!("admin-key-of-{label}-{}", mark()),
            provisioned: true,
            up: true,
            others: Map::new(),
            label,
        }
    }

    /// With another id.
    pub fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: id.into(), ..self }
    }

    /// A node of another type.
    pub fn of_type(self, node_type: impl Into<String>) -> Self {
        Self { node_type: node_type.into(), ..self }
    }

    /// In another virtual network.
    pub fn in_network(self, network: impl Into<String>) -> Self {
        Self { network: network.into(), ..self }
    }

    /// At this URL.
    pub fn at(self, url: impl Into<String>) -> Self {
        Self { url: url.into(), ..self }
    }

    /// With the URL and the admin key of a mock node.
    pub fn serving(self, node: &MockNode) -> Self {
        Self { url: node.url().to_owned(), admin_api_key: node.admin_api_key(), ..self }
    }

    /// Without a machine yet.
    pub fn not_provisioned(self) -> Self {
        Self { provisioned: false, up: false, ..self }
    }

    /// With a machine that is down.
    pub fn stopped(self) -> Self {
        Self { provisioned: true, up: false, ..self }
    }

    pub(super) fn to_json(&self) -> Value {
        let mut fields = self.others.clone();
        fields.extend(object(json!({
            "id": self.id,
            "label": self.label,
            "dssNodeType": self.node_type,
            "virtualNetworkId": self.network,
            "virtualNetworkLabel": self.network,
        })));
        Value::Object(fields)
    }

    pub(super) fn status_json(&self) -> Value {
        let mut status = json!({
            "hasPhysicalInstance": self.provisioned,
            "cloudMachineIsUp": self.up,
        });
        if self.provisioned {
            status["publicURL"] = json!(self.url);
            status["privateIP"] = json!("10.0.0.7");
        }
        status
    }

    /// A node that was never provisioned has no key yet; no source says how that is reported.
    pub(super) fn admin_key_json(&self) -> Value {
        let key = self.provisioned.then_some(&self.admin_api_key);
        json!({ "adminAPIKey": key })
    }
}

debug_fields!(MockInstance { id, label, node_type, provisioned, up });
