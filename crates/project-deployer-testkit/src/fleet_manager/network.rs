use serde_json::{Map, Value, json};

use crate::state::settings::object;

/// A virtual network of a [`MockFleetManager`](super::MockFleetManager).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockNetwork {
    /// Its id, which is its name too.
    pub id: String,
    /// Whether its nodes know each other.
    pub managed_nodes_directory: bool,
    /// `NO_MANAGED_DEPLOYER`, `CENTRAL_DEPLOYER` or `EACH_DESIGN_NODE`.
    pub deployer_mode: String,
    /// What it was saved with beyond that.
    pub(crate) others: Map<String, Value>,
}

impl MockNetwork {
    /// A network whose Automation nodes are registered with one Deployer.
    #[must_use]
    pub fn managed(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            managed_nodes_directory: true,
            deployer_mode: "CENTRAL_DEPLOYER".to_owned(),
            others: Map::new(),
        }
    }

    /// A network whose nodes do not know each other.
    #[must_use]
    pub fn unmanaged(id: impl Into<String>) -> Self {
        let deployer_mode = "NO_MANAGED_DEPLOYER".to_owned();
        Self { managed_nodes_directory: false, deployer_mode, ..Self::managed(id) }
    }

    pub(super) fn to_json(&self) -> Value {
        let mut fields = self.others.clone();
        fields.extend(object(json!({
            "id": self.id,
            "label": self.others.get("label").unwrap_or(&json!(self.id)),
            "managedNodesDirectory": self.managed_nodes_directory,
            "nodesDirectoryDeployerMode": self.deployer_mode,
            "eventServerNodeLabel": self.others.get("eventServerNodeLabel"),
            "governServerNodeLabel": self.others.get("governServerNodeLabel"),
        })));
        Value::Object(fields)
    }

    /// As it was saved, under the same id. The Deployer of a network that does not say is not managed.
    pub(super) fn saved(id: &str, sent: Map<String, Value>) -> Self {
        let managed = sent.get("managedNodesDirectory").and_then(Value::as_bool);
        let mode = sent.get("nodesDirectoryDeployerMode").and_then(Value::as_str);
        let unmanaged = Self::unmanaged(id);
        Self {
            managed_nodes_directory: managed.unwrap_or_default(),
            deployer_mode: mode.map_or(unmanaged.deployer_mode, str::to_owned),
            others: sent,
            id: unmanaged.id,
        }
    }
}
