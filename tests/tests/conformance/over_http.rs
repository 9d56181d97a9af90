use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_client::conformance::{NodeSeed, NodeUnderTest};
use project_deployer_client::{
    AutomationNode, HttpConnector, Identity, NodeAccounts, NodeConnector,
};
use project_deployer_core::bundle::BundleContents;
use project_deployer_testkit::{MockNode, MockNodeBuilder, Quirk};
use project_deployer_tests::{connector, settings};

use crate::seeding;

/// A mock node, and the connector that reaches it.
pub(crate) struct OverHttp<T> {
    mock: MockNode,
    connector: HttpConnector,
    tasks: PhantomData<T>,
}

/// How a node answers long tasks.
pub(crate) trait Tasks: Send + Sync {
    fn answered_by(node: MockNodeBuilder) -> MockNodeBuilder;
}

/// With their result.
pub(crate) struct AtOnce;

/// With a future.
pub(crate) struct AsFutures;

impl Tasks for AtOnce {
    fn answered_by(node: MockNodeBuilder) -> MockNodeBuilder {
        node
    }
}

impl Tasks for AsFutures {
    fn answered_by(node: MockNodeBuilder) -> MockNodeBuilder {
        node.quirk(Quirk::TasksAnswerFutures)
    }
}

#[async_trait]
impl<T: Tasks> NodeUnderTest for OverHttp<T> {
    async fn start(seed: NodeSeed) -> Self {
        let outcomes = seed.outcomes.clone();
        let mock = T::answered_by(seeding::builder(seed)).start().await;
        seeding::set_outcomes(&mock, &outcomes);
        Self { mock, connector: connector(), tasks: PhantomData }
    }

    async fn node(&self, acting: Identity) -> Arc<dyn AutomationNode> {
        self.connector.connect(&settings(&self.mock), acting).unwrap()
    }

    async fn accounts(&self) -> Arc<dyn NodeAccounts> {
        self.connector.accounts(&settings(&self.mock)).unwrap()
    }

    fn bundle(&self, contents: &BundleContents) -> Vec<u8> {
        seeding::bundle(contents)
    }
}
