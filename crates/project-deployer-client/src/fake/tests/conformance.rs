use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_core::bundle::BundleContents;

use crate::automation_node::AutomationNode;
use crate::conformance::{NodeSeed, NodeUnderTest};
use crate::connector::Identity;
use crate::fake::FakeNode;
use crate::node_accounts::NodeAccounts;

struct Fake(FakeNode);

#[async_trait]
impl NodeUnderTest for Fake {
    async fn start(seed: NodeSeed) -> Self {
        Self(FakeNode::seeded(seed))
    }

    async fn node(&self, acting: Identity) -> Arc<dyn AutomationNode> {
        Arc::new(self.0.as_caller(acting))
    }

    async fn accounts(&self) -> Arc<dyn NodeAccounts> {
        Arc::new(self.0.clone())
    }

    fn bundle(&self, contents: &BundleContents) -> Vec<u8> {
        serde_json::to_vec(contents).unwrap()
    }
}

crate::automation_node_conformance!(Fake);
