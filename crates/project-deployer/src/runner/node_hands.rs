use std::sync::Arc;

use project_deployer_client::{Acting, AutomationNode, DeployerError, NodeAccounts, NodeConnector};
use project_deployer_core::Login;
use project_deployer_core::infra::{InfraSettings, NodeEntry, NodeSettings};

/// What an update holds of one node.
#[derive(Debug)]
pub(crate) struct NodeHands {
    /// With the admin key: for looking.
    pub(crate) key: Arc<dyn AutomationNode>,
    /// As the user who deploys: for changing.
    pub(crate) acting: Arc<dyn AutomationNode>,
    /// Users and groups.
    pub(crate) accounts: Arc<dyn NodeAccounts>,
    /// Where people reach the node.
    pub(crate) address_for_people: String,
}

impl NodeHands {
    /// Every node of an infrastructure, in order. Nothing is sent yet.
    pub(crate) fn of(
        infra: &InfraSettings,
        connector: &dyn NodeConnector,
        acting: &Login,
    ) -> Result<Vec<Self>, DeployerError> {
        let hands = |entry: &NodeEntry| {
            let node = node_settings(infra, entry)?;
            Ok(Self {
                key: connector.connect(&node, Acting::Key).map_err(DeployerError::Node)?,
                acting: connector
                    .connect(&node, Acting::As(acting.clone()))
                    .map_err(DeployerError::Node)?,
                accounts: connector.accounts(&node).map_err(DeployerError::Node)?,
                address_for_people: entry
                    .address_for_people()
                    .map_or_else(|| entry.label(), ToString::to_string),
            })
        };
        infra.target.entries().iter().map(hands).collect()
    }
}

/// Address and key of a node, which an infrastructure may not have yet.
pub(crate) fn node_settings(
    infra: &InfraSettings,
    entry: &NodeEntry,
) -> Result<NodeSettings, DeployerError> {
    entry.settings().ok_or_else(|| {
        DeployerError::not_possible(
            format!(
                "{} of infrastructure `{}` has no address or no admin key",
                entry.label(),
                infra.id
            ),
            "write both into the settings of the infrastructure",
        )
    })
}
