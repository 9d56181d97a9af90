use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_client::{
    AutomationNode, DeployerError, Identity, ResourceRef, TestingOperations,
};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::rights::Operation;
use project_deployer_core::status::TestingStatus;
use project_deployer_core::{BundleId, DeploymentId, NodeId};
use project_deployer_store::Commit;
use serde_json::json;

use super::DeployerSession;
use crate::audit::{Action, Change};
use crate::runner::node_settings;
use crate::state::{DeploymentRecord, Record as _};

#[async_trait]
impl TestingOperations for DeployerSession {
    /// The last runs of the test scenarios of the active bundle on the node; runs of other bundles
    /// are unknown.
    async fn testing_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::ViewDeployment, id)?;
        let infra = self.with_keys(&view, Operation::ViewDeployment, &deployment).await?;
        let settings = &deployment.record.value.settings;
        let node = self.test_node(&infra, node, Identity::ApiKey)?;
        let key = &settings.deployed_project_key;
        let project = node.project(key).await.map_err(DeployerError::Node)?;
        let Some(project) = project else { return Ok(TestingStatus::default()) };
        if let (Some(asked), Some(active)) = (bundle, &project.active_bundle)
            && asked != active
        {
            return Ok(TestingStatus::default());
        }
        let scenarios = node.scenarios(key).await.map_err(DeployerError::Node)?;
        Ok(TestingStatus::of(&scenarios))
    }

    async fn run_test_scenarios(
        &self,
        id: &DeploymentId,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        self.attempt(Action::Test, named, self.run_tests(id, node)).await
    }
}

impl DeployerSession {
    async fn run_tests(
        &self,
        id: &DeploymentId,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::RunTestScenarios, id)?;
        let infra = self.with_keys(&view, Operation::RunTestScenarios, &deployment).await?;
        let login = infra.deploy_as_user.clone().unwrap_or_else(|| view.login.clone());
        let node = self.test_node(&infra, node, Identity::Impersonate(login))?;
        let DeploymentSettings { deployed_project_key: key, .. } =
            &deployment.record.value.settings;
        let scenarios = node.scenarios(key).await.map_err(DeployerError::Node)?;
        let tests: Vec<_> = scenarios.iter().filter(|it| it.marked_as_test).collect();
        if !tests.is_empty() {
            // Before they run: what cannot be recorded is not done.
            let ids: Vec<_> = tests.iter().map(|scenario| &scenario.id).collect();
            let change = Change::of(Action::Test, DeploymentRecord::KIND.name(), id)
                .with_after(json!({"scenarios": ids}));
            self.commit(Commit::new(), change).await?;
        }
        for scenario in tests {
            node.run_scenario(key, &scenario.id).await.map_err(DeployerError::Node)?;
        }
        let scenarios = node.scenarios(key).await.map_err(DeployerError::Node)?;
        Ok(TestingStatus::of(&scenarios))
    }

    /// Test scenarios run on one node; with several nodes the caller has to name it (R-I7).
    fn test_node(
        &self,
        infra: &InfraSettings,
        id: Option<&NodeId>,
        acting: Identity,
    ) -> Result<Arc<dyn AutomationNode>, DeployerError> {
        let settings = node_settings(infra, entry_of(infra, id)?)?;
        self.deployer.inner.connector.connect(&settings, acting).map_err(DeployerError::Node)
    }
}

fn entry_of<'a>(
    infra: &'a InfraSettings,
    id: Option<&NodeId>,
) -> Result<&'a NodeEntry, DeployerError> {
    let entries = infra.target.entries();
    match (id, entries) {
        (None, [only]) => Ok(only),
        (None, _) => Err(DeployerError::not_possible(
            format!("infrastructure `{}` has {} nodes", infra.id, entries.len()),
            "name one of them",
        )),
        (Some(id), [only]) if only.node_id.as_ref().is_none_or(|known| known == id) => Ok(only),
        (Some(id), _) => entries
            .iter()
            .find(|entry| entry.node_id.as_ref() == Some(id))
            .ok_or_else(|| DeployerError::not_found("node", format_args!("{id} of {}", infra.id))),
    }
}
