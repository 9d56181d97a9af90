use serde_json::{Value, json};

/// A virtual network of a [`MockFleetManager`](super::MockFleetManager).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockNetwork {
    /// Its id, which is its name too.
    pub id: String,
    /// Whether its nodes know each other.
    pub managed_nodes_directory: bool,
    /// `NO_MANAGED_DEPLOYER`, `CENTRAL_DEPLOYER` or `EACH_DESIGN_NODE`.
    pub deployer_mode: String,
}

impl MockNetwork {
    /// A network whose Automation nodes are registered with one Deployer.
    #[must_use]
    pub fn managed(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            managed_nodes_directory: true,
            deployer_mode: "CENTRAL_DEPLOYER".to_owned(),
        }
    }

    /// A network whose nodes do not know each other.
    #[must_use]
    pub fn unmanaged(id: impl Into<String>) -> Self {
        let deployer_mode = "NO_MANAGED_DEPLOYER".to_owned();
        Self { managed_nodes_directory: false, deployer_mode, ..Self::managed(id) }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "label": self.id,
            "managedNodesDirectory": self.managed_nodes_directory,
            "nodesDirectoryDeployerMode": self.deployer_mode,
            "eventServerNodeLabel": null,
            "governServerNodeLabel": null,
        })
    }
}
