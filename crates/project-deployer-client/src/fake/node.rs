use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{
    AuthInfo, CodeEnv, CodeEnvLog, ImportedBundle, InstanceInfo, NodeProject, NodeResources,
    NodeType, ProjectFolder, Scenario, ScenarioOutcome, Webapp,
};
use project_deployer_core::{BundleId, Login, NodeId, ProjectKey};

use super::contents::{ADMINISTER, LOG, PERMIT, READ, ROOT, Right, SEE, WRITE, not_found, refused};
use super::projects::reported;
use super::{FakeNode, Operation};
use crate::automation_node::{
    AutomationNode, BundleProjectOptions, NewProject, ProjectChange, ProjectConfiguration,
    ScenarioChange,
};
use crate::error::NodeError;
use crate::upload::Upload;

#[async_trait]
impl AutomationNode for FakeNode {
    async fn instance_info(&self) -> Result<InstanceInfo, NodeError> {
        self.call(self.asks(Operation::InstanceInfo), |node, _| {
            let mut info = InstanceInfo::default();
            info.node_id = NodeId::parse(&node.name).ok();
            info.node_name = Some(node.name.clone());
            info.node_type = Some(NodeType::Automation);
            info.dss_version = Some("15.2.0".to_owned());
            Ok(info)
        })
        .await
    }

    async fn auth_info(&self) -> Result<AuthInfo, NodeError> {
        self.call(self.asks(Operation::AuthInfo), |_, caller| {
            let mut info = AuthInfo::default();
            info.auth_identifier = caller.name().to_owned();
            info.groups = caller.login.as_ref().map(|_| caller.groups.iter().cloned().collect());
            info.admin = Some(caller.admin);
            Ok(info)
        })
        .await
    }

    async fn resources(&self) -> Result<NodeResources, NodeError> {
        self.call(self.asks(Operation::Resources), |node, caller| Ok(node.resources(caller))).await
    }

    async fn code_envs(&self) -> Result<Option<Vec<CodeEnv>>, NodeError> {
        self.call(self.asks(Operation::CodeEnvs), |node, caller| {
            Ok(node.resources(caller).code_envs)
        })
        .await
    }

    async fn project_keys(&self) -> Result<BTreeSet<ProjectKey>, NodeError> {
        self.call(self.asks(Operation::ProjectKeys), |node, caller| {
            let seen = node.projects.iter().filter(|(_, project)| caller.has(SEE, project));
            Ok(seen.map(|(key, _)| key.clone()).collect())
        })
        .await
    }

    async fn project_folder(&self, id: Option<String>) -> Result<Option<ProjectFolder>, NodeError> {
        let id = id.unwrap_or_else(|| ROOT.to_owned());
        let call = self.asks(Operation::ProjectFolder).about(&id);
        self.call(call, |node, caller| Ok(node.folder(caller, &id))).await
    }

    async fn project(&self, key: &ProjectKey) -> Result<Option<NodeProject>, NodeError> {
        self.call(self.asks(Operation::Project).on(key), |node, caller| {
            if !node.projects.contains_key(key) {
                return Ok(None);
            }
            let project = node.project(caller, key, SEE)?;
            let bundles = project.bundles.iter();
            let ids = bundles.map(|(contents, _)| contents.bundle_id.clone());
            let mut found = NodeProject::new(key.clone());
            found.imported = ids.map(ImportedBundle::new).collect();
            found.active_bundle = project.active_bundle.clone();
            Ok(Some(found))
        })
        .await
    }

    async fn create_project(&self, new: &NewProject) -> Result<(), NodeError> {
        self.call(self.asks(Operation::CreateProject).on(&new.key), |node, caller| {
            if !node.users.contains_key(&new.owner) {
                return Err(refused(format!("unknown user: {}", new.owner)));
            }
            let project = node.new_project(caller, &new.key, new.folder.as_ref())?;
            project.configuration.permissions.owner = Some(new.owner.clone());
            Ok(())
        })
        .await
    }

    async fn create_project_from_bundle(
        &self,
        bundle: Upload,
        options: &BundleProjectOptions,
    ) -> Result<ProjectKey, NodeError> {
        let call = self.asks(Operation::CreateProjectFromBundle);
        self.call_with(call, bundle, |node, caller, contents| {
            node.create_from_bundle(caller, contents, options)
        })
        .await
    }

    async fn import_bundle(&self, key: &ProjectKey, bundle: Upload) -> Result<(), NodeError> {
        let call = self.asks(Operation::ImportBundle).on(key);
        self.call_with(call, bundle, |node, caller, contents| {
            let project = node.project_mut(caller, key, ADMINISTER)?;
            if project.bundle(&contents.bundle_id).is_ok() {
                let id = contents.bundle_id;
                return Err(refused(format!("bundle {id} was already imported into {key}")));
            }
            project.bundles.push((contents, false));
            Ok(())
        })
        .await
    }

    async fn preload_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<InfoMessages, NodeError> {
        let call = self.asks(Operation::PreloadBundle).on(key).about(bundle);
        self.call(call, |node, caller| node.preload(caller, key, bundle)).await
    }

    async fn activate_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
        scenarios: &BTreeMap<String, bool>,
    ) -> Result<InfoMessages, NodeError> {
        let call = self.asks(Operation::ActivateBundle).on(key).about(bundle);
        self.call(call, |node, caller| {
            let project = node.project(caller, key, ADMINISTER)?;
            let messages = reported(node.findings(caller, project, bundle)?)?;
            let project = node.project_mut(caller, key, ADMINISTER)?;
            project.active_bundle = Some(bundle.clone());
            project.bring_webapps();
            for (id, active) in scenarios {
                project.local(id).active = *active;
            }
            Ok(messages)
        })
        .await
    }

    async fn project_configuration(
        &self,
        key: &ProjectKey,
    ) -> Result<ProjectConfiguration, NodeError> {
        self.call(self.asks(Operation::ProjectConfiguration).on(key), |node, caller| {
            Ok(node.project(caller, key, READ)?.configuration.clone())
        })
        .await
    }

    async fn configure_project(
        &self,
        key: &ProjectKey,
        change: &ProjectChange,
    ) -> Result<(), NodeError> {
        let (part, right): (_, Right) = match change {
            ProjectChange::ContainerSettings(_) => ("container settings", ADMINISTER),
            ProjectChange::Variables(_) => ("variables", WRITE),
            ProjectChange::Permissions(_) => ("permissions", PERMIT),
        };
        let call = self.asks(Operation::ConfigureProject).on(key).about(part);
        self.call(call, |node, caller| {
            let kept = &mut node.project_mut(caller, key, right)?.configuration;
            match change.clone() {
                ProjectChange::ContainerSettings(wanted) => kept.container_settings = wanted,
                ProjectChange::Variables(variables) => kept.variables = variables,
                ProjectChange::Permissions(permissions) => kept.permissions = permissions,
            }
            Ok(())
        })
        .await
    }

    async fn scenarios(&self, key: &ProjectKey) -> Result<Vec<Scenario>, NodeError> {
        self.call(self.asks(Operation::Scenarios).on(key), |node, caller| {
            Ok(node.project(caller, key, SEE)?.scenarios())
        })
        .await
    }

    async fn configure_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
        change: &ScenarioChange,
    ) -> Result<(), NodeError> {
        let call = self.asks(Operation::ConfigureScenario).on(key).about(scenario);
        self.call(call, |node, caller| {
            let project = node.project_mut(caller, key, WRITE)?;
            project.scenario(scenario)?;
            let local = project.local(scenario);
            local.active = change.active.unwrap_or(local.active);
            let login = change.run_as_user.as_ref().map(|login| login.as_str().to_owned());
            local.run_as_user = login.or(local.run_as_user.take());
            Ok(())
        })
        .await
    }

    async fn run_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
    ) -> Result<ScenarioOutcome, NodeError> {
        let call = self.asks(Operation::RunScenario).on(key).about(scenario);
        self.call(call, |node, caller| node.run(caller, key, scenario)).await
    }

    async fn webapps(&self, key: &ProjectKey) -> Result<Vec<Webapp>, NodeError> {
        self.call(self.asks(Operation::Webapps).on(key), |node, caller| {
            let hidden = node.backends_are_hidden;
            Ok(node.project(caller, key, READ)?.webapps(hidden))
        })
        .await
    }

    async fn configure_webapp(
        &self,
        key: &ProjectKey,
        webapp: &str,
        run_as_user: &Login,
    ) -> Result<(), NodeError> {
        let call = self.asks(Operation::ConfigureWebapp).on(key).about(webapp);
        self.call(call, |node, caller| {
            let found = node.project_mut(caller, key, WRITE)?.webapp_mut(webapp)?;
            found.run_as_user = Some(run_as_user.as_str().to_owned());
            Ok(())
        })
        .await
    }

    async fn restart_webapp(&self, key: &ProjectKey, webapp: &str) -> Result<(), NodeError> {
        let call = self.asks(Operation::RestartWebapp).on(key).about(webapp);
        self.call(call, |node, caller| {
            let crashes = node.backends_crash;
            let found = node.project_mut(caller, key, WRITE)?.webapp_mut(webapp)?;
            let user = found.run_as_user.clone().unwrap_or_default();
            found.backend = Some(user).filter(|_| !crashes);
            Ok(())
        })
        .await
    }

    async fn code_env_logs(&self, env: &CodeEnv) -> Result<Vec<CodeEnvLog>, NodeError> {
        let call = self.asks(Operation::CodeEnvLogs).about(&env.name);
        self.call(call, |node, caller| {
            let size = node.code_env_log(caller, env)?.len() as u64;
            Ok(vec![CodeEnvLog::new(LOG).with_size(Some(size))])
        })
        .await
    }

    async fn code_env_log(&self, env: &CodeEnv, log: &str) -> Result<String, NodeError> {
        let call = self.asks(Operation::CodeEnvLog).about(&env.name);
        self.call(call, |node, caller| match log {
            LOG => node.code_env_log(caller, env),
            _ => Err(not_found("log", log)),
        })
        .await
    }
}
