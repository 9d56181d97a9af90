use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use project_deployer_core::infra::NodeSettings;
use project_deployer_core::{ApiKeySecret, NodeAddress};

use super::FakeNode;
use crate::automation_node::AutomationNode;
use crate::connector::{Identity, NodeConnector};
use crate::error::NodeError;
use crate::node_accounts::NodeAccounts;
use crate::node_keys::NodeKeys;
use crate::stop_order::StopOrder;

/// Connects addresses to nodes in memory. Clones share the nodes.
///
/// An unknown address is unreachable, and a wrong admin key is not accepted.
#[derive(Debug, Clone, Default)]
pub struct FakeFleet {
    stop: Option<StopOrder>,
    nodes: Arc<Mutex<HashMap<NodeAddress, (ApiKeySecret, FakeNode)>>>,
}

impl FakeFleet {
    /// A fleet without nodes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a node at an address. It replaces an earlier one.
    #[must_use]
    pub fn with_node(self, address: NodeAddress, admin_key: ApiKeySecret, node: FakeNode) -> Self {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.insert(address, (admin_key, node));
        drop(nodes);
        self
    }

    /// The node at the address of these settings, for one caller.
    pub fn node(&self, node: &NodeSettings, acting: Identity) -> FakeNode {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match nodes.get(&node.address) {
            Some((first, found)) => found.with_key(&node.admin_api_key, first),
            None => {
                let closed = FakeNode::new(node.to_string());
                closed.set_reachable(false);
                closed
            }
        };
        found.as_caller(acting).stopped_by(self.stop.clone())
    }
}

impl NodeConnector for FakeFleet {
    fn connect(
        &self,
        node: &NodeSettings,
        acting: Identity,
    ) -> Result<Arc<dyn AutomationNode>, NodeError> {
        Ok(Arc::new(self.node(node, acting)))
    }

    fn accounts(&self, node: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError> {
        Ok(Arc::new(self.node(node, Identity::ApiKey)))
    }

    fn keys(&self, node: &NodeSettings) -> Option<Result<Arc<dyn NodeKeys>, NodeError>> {
        Some(Ok(Arc::new(self.node(node, Identity::ApiKey))))
    }

    fn stopped_by(&self, order: &StopOrder) -> Option<Arc<dyn NodeConnector>> {
        Some(Arc::new(Self { stop: Some(order.clone()), ..self.clone() }))
    }
}
