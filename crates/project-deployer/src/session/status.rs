use futures::future::join_all;
use project_deployer_client::{DeployerError, Identity, NodeError};
use project_deployer_core::health::{Health, NodeObservation, ObservedDeployment, judge};
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::rights::Operation;
use project_deployer_core::status::{DeploymentHeavyStatus, Monitoring, UpdateStatus};
use project_deployer_core::sync::DesiredState;
use project_deployer_core::{BundleId, DeploymentId, ProjectKey};

use super::{DeployerSession, bundle_in};
use crate::board::{Board, board};
use crate::governance::governance_status;
use crate::runner::{node_settings, observe_deployment};
use crate::state::UpdateHistory;

impl DeployerSession {
    /// Returns all deployments that the caller may see, by stage, with the state of their nodes.
    ///
    /// # Errors
    ///
    /// The store does not answer. A node that does not answer is part of the board.
    pub async fn board(&self) -> Result<Board, DeployerError> {
        board(self).await
    }

    pub(super) async fn heavy_status(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentHeavyStatus, DeployerError> {
        let caller = self.caller().await?;
        let deployment = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let settings = &deployment.record.value.settings;
        let infra = &deployment.infra.value;
        if let Some(superseded) = self.superseded(&caller, settings).await? {
            // What the nodes have is another deployment's.
            let mut status = DeploymentHeavyStatus::new(id.clone(), Health::OutOfSync);
            status.health_messages = [superseded.message()].into_iter().collect();
            return Ok(status);
        }
        let last_update = self.last_update_status(id).await?;
        let desired = DesiredState::of(settings, infra);
        let nodes = match last_update {
            // Nothing was deployed yet.
            None => Vec::new(),
            Some(_) => self.observe_nodes(infra, &settings.deployed_project_key, &desired).await,
        };
        let (health, health_messages) = judge(last_update, &nodes);
        let scenarios = nodes.iter().filter_map(|node| node.answer.as_ref().ok());
        let monitoring = Monitoring::of(scenarios.flat_map(|node| &node.scenarios));
        let mut status = DeploymentHeavyStatus::new(id.clone(), health);
        status.health_messages = health_messages;
        status.monitoring = monitoring;
        Ok(status)
    }

    async fn last_update_status(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<UpdateStatus>, DeployerError> {
        let history = self.repository().find::<UpdateHistory>(id).await?;
        Ok(history.and_then(|found| found.value.updates.last().map(|update| update.status)))
    }

    /// Queries all nodes at the same time, so that a dead node costs only its own deadline (R23).
    async fn observe_nodes(
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

    pub(super) async fn governance(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<InfoMessages, DeployerError> {
        let caller = self.caller().await?;
        let deployment = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let settings = &deployment.record.value.settings;
        let list = self.bundles_of(&settings.published_project_key).await?.value;
        let bundle = bundle_in(&list, bundle.unwrap_or(&settings.bundle_id))?;
        Ok(governance_status(&deployment.infra.value, bundle))
    }
}
