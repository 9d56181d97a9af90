use super::{MockDeployer, MockInfra, MockPublishedProject};
use crate::node::{MockNodeBuilder, StartError, must_start};
use crate::seed::NodeKind;

/// Builds a [`MockDeployer`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockDeployerBuilder {
    node: MockNodeBuilder,
}

impl MockDeployerBuilder {
    pub(super) fn new(node: MockNodeBuilder) -> Self {
        Self { node: node.kind(NodeKind::Deployer) }
    }

    /// Other stages than Development, Test and Production, in order.
    pub fn stages<S: Into<String>>(mut self, stages: impl IntoIterator<Item = S>) -> Self {
        let stages = stages.into_iter().map(|stage| (stage.into(), String::new()));
        self.node.state_mut().deployer.stages = stages.collect();
        self
    }

    /// One more infrastructure.
    pub fn infra(mut self, infra: MockInfra) -> Self {
        let (id, infra) = infra.into_state();
        self.node.state_mut().deployer.infras.insert(id, infra);
        self
    }

    /// One more published project, without bundles.
    pub fn project(mut self, project: MockPublishedProject) -> Self {
        let (key, project) = project.into_state();
        self.node.state_mut().deployer.projects.insert(key, project);
        self
    }

    /// Starts the Deployer.
    ///
    /// # Errors
    ///
    /// Its node does not start.
    pub async fn try_start(self) -> Result<MockDeployer, StartError> {
        Ok(MockDeployer { node: self.node.try_start().await? })
    }

    /// Starts the Deployer.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails: a test cannot go on without it.
    pub async fn start(self) -> MockDeployer {
        must_start("mock Deployer", self.try_start().await)
    }
}
