use std::collections::BTreeMap;

use async_trait::async_trait;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{
    AuthInfo, InstanceInfo, NodeProject, NodeResources, ProjectFolder, Scenario, ScenarioOutcome,
};
use project_deployer_core::{BundleId, ProjectKey};

use super::call::Operation;
use super::caller::ProjectRight;
use super::node::FakeNode;
use super::state::{NodeState, ROOT};
use crate::automation_node::{
    AutomationNode, BundleProjectOptions, NewProject, ProjectChange, ProjectConfiguration,
    ScenarioChange,
};
use crate::error::NodeError;
use crate::upload::Upload;

#[async_trait]
impl AutomationNode for FakeNode {
    async fn instance_info(&self) -> Result<InstanceInfo, NodeError> {
        self.call(self.asks(Operation::InstanceInfo), |state, _| Ok(state.instance_info()))
    }

    async fn auth_info(&self) -> Result<AuthInfo, NodeError> {
        self.call(self.asks(Operation::AuthInfo), |_, caller| Ok(NodeState::auth_info(caller)))
    }

    async fn resources(&self) -> Result<NodeResources, NodeError> {
        self.call(self.asks(Operation::Resources), |state, caller| Ok(state.resources(caller)))
    }

    async fn project_folder(&self, id: Option<String>) -> Result<Option<ProjectFolder>, NodeError> {
        let id = id.unwrap_or_else(|| ROOT.to_owned());
        let call = self.asks(Operation::ProjectFolder).about(&id);
        self.call(call, |state, caller| Ok(state.folder(caller, &id)))
    }

    async fn project(&self, key: &ProjectKey) -> Result<Option<NodeProject>, NodeError> {
        let call = self.asks(Operation::Project).on(key);
        self.call(call, |state, caller| state.project_report(caller, key))
    }

    async fn create_project(&self, project: &NewProject) -> Result<(), NodeError> {
        let call = self.asks(Operation::CreateProject).on(&project.key);
        self.call(call, |state, caller| state.create_project(caller, project))
    }

    async fn create_project_from_bundle(
        &self,
        bundle: Upload,
        options: &BundleProjectOptions,
    ) -> Result<ProjectKey, NodeError> {
        let call = self.asks(Operation::CreateProjectFromBundle);
        self.call_with(call, bundle, |state, caller, contents| {
            state.create_from_bundle(caller, contents, options)
        })
        .await
    }

    async fn import_bundle(&self, key: &ProjectKey, bundle: Upload) -> Result<(), NodeError> {
        let call = self.asks(Operation::ImportBundle).on(key);
        self.call_with(call, bundle, |state, caller, contents| {
            state.import_bundle(caller, key, contents)
        })
        .await
    }

    async fn preload_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<InfoMessages, NodeError> {
        let call = self.asks(Operation::PreloadBundle).on(key).about(bundle);
        self.call(call, |state, caller| state.preload(caller, key, bundle))
    }

    async fn activate_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
        scenarios: &BTreeMap<String, bool>,
    ) -> Result<InfoMessages, NodeError> {
        let call = self.asks(Operation::ActivateBundle).on(key).about(bundle);
        self.call(call, |state, caller| state.activate(caller, key, bundle, scenarios))
    }

    async fn project_configuration(
        &self,
        key: &ProjectKey,
    ) -> Result<ProjectConfiguration, NodeError> {
        let call = self.asks(Operation::ProjectConfiguration).on(key);
        self.call(call, |state, caller| {
            let project = state.project_for(caller, key, ProjectRight::Read)?;
            Ok(project.configuration.clone())
        })
    }

    async fn configure_project(
        &self,
        key: &ProjectKey,
        change: &ProjectChange,
    ) -> Result<(), NodeError> {
        let part = match change {
            ProjectChange::ContainerSettings(_) => "container settings",
            ProjectChange::Variables(_) => "variables",
            ProjectChange::Permissions(_) => "permissions",
        };
        let call = self.asks(Operation::ConfigureProject).on(key).about(part);
        self.call(call, |state, caller| state.configure(caller, key, change))
    }

    async fn scenarios(&self, key: &ProjectKey) -> Result<Vec<Scenario>, NodeError> {
        let call = self.asks(Operation::Scenarios).on(key);
        self.call(call, |state, caller| state.scenarios(caller, key))
    }

    async fn configure_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
        change: &ScenarioChange,
    ) -> Result<(), NodeError> {
        let call = self.asks(Operation::ConfigureScenario).on(key).about(scenario);
        self.call(call, |state, caller| state.configure_scenario(caller, key, scenario, change))
    }

    async fn run_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
    ) -> Result<ScenarioOutcome, NodeError> {
        let call = self.asks(Operation::RunScenario).on(key).about(scenario);
        self.call(call, |state, caller| state.run_scenario(caller, key, scenario))
    }
}
