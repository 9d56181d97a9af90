use futures::future::join_all;
use project_deployer_client::{DeployerError, Identity, NodeError};
use project_deployer_core::health::{NodeObservation, ObservedDeployment};
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::sync::DesiredState;
use project_deployer_core::{DeploymentId, ProjectKey};

use super::DeployerSession;
use crate::board::{Board, board};
use crate::runner::{node_settings, observe_deployment};
use crate::state::LatestUpdate;

impl DeployerSession {
    /// Returns all deployments that the caller may see, by stage, with the state of their nodes.
    ///
    /// # Errors
    ///
    /// The store does not answer. A node that does not answer is part of the board.
    pub async fn board(&self) -> Result<Board, DeployerError> {
        board(self).await
    }

    pub(super) async fn last_update_status(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<UpdateStatus>, DeployerError> {
        let latest = self.repository().find::<LatestUpdate>(id).await?;
        Ok(latest.map(|found| found.value.0.status))
    }

    /// Queries all nodes at the same time, so that a dead node costs only its own deadline (R23).
    pub(super) async fn observe_nodes(
        &self,
        infra: &InfraSettings,
        key: &ProjectKey,
        desired: &DesiredState,
    ) -> Vec<NodeObservation> {
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
