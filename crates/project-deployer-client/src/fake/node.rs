use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{
    AuthInfo, CodeEnv, CodeEnvLog, ImportedBundle, InstanceInfo, NodeProject, NodeResources,
    NodeType, ProjectFolder, Scenario, ScenarioOutcome, Webapp, WebappBackend,
};
use project_deployer_core::{BundleId, Login, NodeId, ProjectKey};

use super::contents::{
    ADMINISTER, PERMIT, READ, ROOT, SEE, WRITE, find_project, not_found, refused,
};
use super::{FakeNode, Operation};
use crate::automation_node::{
    AutomationNode, BundleProjectOptions, NewProject, ProjectChange, ProjectConfiguration,
    ScenarioChange,
};
use crate::error::NodeError;
use crate::upload::Upload;

/// The one log of a code environment.
const LOG: &str = "install.log";

#[async_trait]
impl AutomationNode for FakeNode {
    async fn instance_info(&self) -> Result<InstanceInfo, NodeError> {
        self.call(self.asks(Operation::InstanceInfo), |_, _| {
            let mut info = InstanceInfo::default();
            info.node_id = NodeId::parse(&*self.name).ok();
            info.node_name = Some(self.name.to_string());
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
        let call = self.asks(Operation::Resources);
        self.call(call, |node, caller| Ok(node.resources.seen_by(caller))).await
    }

    async fn code_envs(&self) -> Result<Option<Vec<CodeEnv>>, NodeError> {
        let call = self.asks(Operation::CodeEnvs);
        self.call(call, |node, caller| Ok(node.resources.seen_by(caller).code_envs)).await
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
            let project = find_project(&mut node.projects, caller, key, SEE)?;
            let ids = project.bundles.iter().map(|contents| contents.bundle_id.clone());
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
            let project = find_project(&mut node.projects, caller, key, ADMINISTER)?;
            if project.bundle(&contents.bundle_id).is_ok() {
                let id = contents.bundle_id;
                return Err(refused(format!("bundle {id} was already imported into {key}")));
            }
            project.bundles.push(contents);
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
        self.call(call, |node, caller| node.activate(caller, key, bundle, scenarios)).await
    }

    async fn project_configuration(
        &self,
        key: &ProjectKey,
    ) -> Result<ProjectConfiguration, NodeError> {
        let call = self.asks(Operation::ProjectConfiguration);
        self.in_project(call, key, READ, |project| Ok(project.configuration.clone())).await
    }

    async fn configure_project(
        &self,
        key: &ProjectKey,
        change: &ProjectChange,
    ) -> Result<(), NodeError> {
        let (part, right) = match change {
            ProjectChange::ContainerSettings(_) => ("container settings", ADMINISTER),
            ProjectChange::Variables(_) => ("variables", WRITE),
            ProjectChange::Permissions(_) => ("permissions", PERMIT),
        };
        let call = self.asks(Operation::ConfigureProject).about(part);
        self.in_project(call, key, right, |project| {
            let kept = &mut project.configuration;
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
        let call = self.asks(Operation::Scenarios);
        self.in_project(call, key, SEE, |project| Ok(project.scenarios())).await
    }

    async fn configure_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
        change: &ScenarioChange,
    ) -> Result<(), NodeError> {
        let call = self.asks(Operation::ConfigureScenario).about(scenario);
        self.in_project(call, key, WRITE, |project| {
            let kept = project.kept(scenario)?;
            kept.active = change.active.unwrap_or(kept.active);
            if let Some(login) = &change.run_as_user {
                kept.run_as_user = Some(login.to_string());
            }
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
            let project = find_project(&mut node.projects, caller, key, READ)?;
            let backend = |id: &str| match node.backends_are_hidden {
                true => WebappBackend::Unknown("not allowed: no".to_owned()),
                false => project.backends.contains_key(id).into(),
            };
            let webapps = project.webapps.values();
            Ok(webapps.map(|found| found.clone().with_backend(backend(&found.id))).collect())
        })
        .await
    }

    async fn configure_webapp(
        &self,
        key: &ProjectKey,
        webapp: &str,
        run_as_user: &Login,
    ) -> Result<(), NodeError> {
        let call = self.asks(Operation::ConfigureWebapp).about(webapp);
        self.in_project(call, key, WRITE, |project| {
            project.webapp(webapp)?.run_as_user = Some(run_as_user.to_string());
            Ok(())
        })
        .await
    }

    async fn restart_webapp(&self, key: &ProjectKey, webapp: &str) -> Result<(), NodeError> {
        let call = self.asks(Operation::RestartWebapp).on(key).about(webapp);
        self.call(call, |node, caller| {
            let project = find_project(&mut node.projects, caller, key, WRITE)?;
            let user = project.webapp(webapp)?.run_as_user.clone().unwrap_or_default();
            match node.backends_crash {
                true => project.backends.remove(webapp),
                false => project.backends.insert(webapp.to_owned(), user),
            };
            Ok(())
        })
        .await
    }

    async fn code_env_logs(&self, env: &CodeEnv) -> Result<Vec<CodeEnvLog>, NodeError> {
        self.administer(self.asks(Operation::CodeEnvLogs).about(&env.name), |node| {
            let size = node.code_env_log(env)?.len() as u64;
            Ok(vec![CodeEnvLog::new(LOG).with_size(Some(size))])
        })
        .await
    }

    async fn code_env_log(&self, env: &CodeEnv, log: &str) -> Result<String, NodeError> {
        self.administer(self.asks(Operation::CodeEnvLog).about(&env.name), |node| match log {
            LOG => node.code_env_log(env),
            _ => Err(not_found("log", log)),
        })
        .await
    }
}
