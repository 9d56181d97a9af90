use std::sync::Arc;

use project_deployer_client::{
    AutomationNode, DeployerError, Identity, NodeAccounts, NodeConnector, StopOrder, TaskStopper,
};
use project_deployer_core::infra::{InfraSettings, NodeEntry, NodeSettings};

use crate::update::{PlannedNode, UpdatePlan};

/// The clients of an update for one node.
#[derive(Debug)]
pub(crate) struct NodeSession {
    /// Calls with the admin key: to read.
    pub(crate) key: Arc<dyn AutomationNode>,
    /// Calls as the acting login: to change.
    pub(crate) acting: Arc<dyn AutomationNode>,
    /// Calls for users and groups.
    pub(crate) accounts: Arc<dyn NodeAccounts>,
    /// The address where people reach the node.
    pub(crate) address_for_people: String,
}

/// The sessions of all nodes of an update.
#[derive(Debug)]
pub(crate) struct NodeSessions {
    /// In the order of the plan.
    pub(crate) nodes: Vec<NodeSession>,
    /// Stops the tasks of nodes that they wait for, where the connector can.
    pub(crate) stopper: TaskStopper,
}

impl NodeSessions {
    /// Creates the session of every node of a plan from the current settings of the infrastructure. It sends
    /// nothing.
    pub(crate) fn of(
        plan: &UpdatePlan,
        infra: &InfraSettings,
        connector: &dyn NodeConnector,
    ) -> Result<Self, DeployerError> {
        let (stopper, order) = StopOrder::new();
        let nodes = match connector.stopped_by(&order) {
            Some(connector) => NodeSession::of(plan, infra, &*connector),
            None => NodeSession::of(plan, infra, connector),
        };
        Ok(Self { nodes: nodes?, stopper })
    }
}

impl NodeSession {
    fn of(
        plan: &UpdatePlan,
        infra: &InfraSettings,
        connector: &dyn NodeConnector,
    ) -> Result<Vec<Self>, DeployerError> {
        let acting = &plan.acting;
        let session = |planned: &PlannedNode| {
            let entries = infra.target.entries().iter();
            let entry = entries.into_iter().find(|entry| PlannedNode::of(entry) == *planned);
            let entry = entry.ok_or_else(|| {
                DeployerError::not_possible(
                    format!("{} is no longer a node of `{}`", planned.name, infra.id),
                    "update again",
                )
            })?;
            let node = node_settings(infra, entry)?;
            Ok(Self {
                key: connector.connect(&node, Identity::ApiKey).map_err(DeployerError::Node)?,
                acting: connector
                    .connect(&node, Identity::Impersonate(acting.clone()))
                    .map_err(DeployerError::Node)?,
                accounts: connector.accounts(&node).map_err(DeployerError::Node)?,
                address_for_people: entry
                    .address_for_people()
                    .map_or_else(|| entry.label(), ToString::to_string),
            })
        };
        plan.nodes.iter().map(session).collect()
    }
}

/// Address and key of a node. An infrastructure may not have them yet.
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
