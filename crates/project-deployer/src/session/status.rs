use futures::future::join_all;
use project_deployer_client::{Identity, NodeError};
use project_deployer_core::ProjectKey;
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::health::{NodeObservation, ObservedDeployment};
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::sync::DesiredState;

use super::DeployerSession;
use crate::runner::{node_settings, observe_deployment};

impl DeployerSession {
    /// Queries all nodes at the same time, so that a dead node costs only its own deadline (R23).
    pub(super) async fn observe_nodes(
        &self,
        infra: &InfraSettings,
        settings: &DeploymentSettings,
    ) -> Vec<NodeObservation> {
        let desired = &DesiredState::of(settings, infra);
        let key = &settings.deployed_project_key;
        let observe = |entry: &'_ NodeEntry| {
            let label = entry.label();
            let entry = entry.clone();
            async move {
                let answer = self.observe_node(infra, &entry, key, desired).await;
                NodeObservation::new(label, answer)
            }
        };
        join_all(infra.target.entries().iter().map(observe)).await
    }

    async fn observe_node(
        &self,
        infra: &InfraSettings,
        entry: &NodeEntry,
        key: &ProjectKey,
        desired: &DesiredState,
    ) -> Result<ObservedDeployment, String> {
        let node = node_settings(infra, entry).map_err(|error| error.to_string())?;
        let message = |error: NodeError| error.kind.to_string();
        let node =
            self.deployer.inner.connector.connect(&node, Identity::ApiKey).map_err(message)?;
        observe_deployment(&*node, key, desired).await.map_err(message)
    }
}
