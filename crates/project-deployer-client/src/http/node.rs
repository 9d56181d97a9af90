use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{
    AuthInfo, CodeEnv, CodeEnvLog, InstanceInfo, NodeConnection, NodeProject, NodeResources,
    ProjectFolder, Scenario, ScenarioOutcome, Webapp, WebappBackend,
};
use project_deployer_core::{BundleId, Login, ProjectKey};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::polling::Polling;
use super::transport::Transport;
use crate::automation_node::{
    AutomationNode, BundleProjectOptions, NewProject, ProjectChange, ProjectConfiguration,
    ScenarioChange,
};
use crate::documents;
use crate::error::{NodeError, NodeErrorKind, Retry};
use crate::request::code_envs::{self, EnvLanguage};
use crate::request::webapps::{self, ListedWebapp};
use crate::request::{Call, NodeRequest, bundles, instance, projects, scenarios};
use crate::upload::{Upload, UploadSource};

/// How many small reads of one answer run at once.
const READS_AT_ONCE: usize = 4;

/// Whether a node does not answer a question, or does not know it. Repeating it would not help.
fn is_refusal(kind: &NodeErrorKind) -> bool {
    // A node that lacks the path answers with a page.
    matches!(
        kind,
        NodeErrorKind::Forbidden(_)
            | NodeErrorKind::NotFound(_)
            | NodeErrorKind::Refused { .. }
            | NodeErrorKind::UnexpectedServer(_)
    )
}

/// A node over HTTP.
///
/// # Errors
///
/// Every call fails with a [`NodeError`] when the node cannot be reached, rejects the request, or sends a
/// response that cannot be read. Each method documents its other errors.
#[derive(Debug)]
pub struct HttpNode {
    pub(super) transport: Transport,
}

impl HttpNode {
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Sends a request and reads its answer. Where the node answers with a task, waits for its end.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task fails.
    pub async fn call<T>(&self, call: &Call<T>) -> Result<T, NodeError> {
        self.transport.call(call, None).await
    }

    /// The same with an archive. An [`UploadSource`] is opened anew for each attempt; an [`Upload`] is sent
    /// again only as long as none of it was read.
    ///
    /// # Errors
    ///
    /// As for every call to a node, the task fails, or the archive cannot be read.
    pub async fn call_with<T>(
        &self,
        call: &Call<T>,
        archive: impl Into<UploadSource>,
    ) -> Result<T, NodeError> {
        self.transport.call(call, Some(&archive.into())).await
    }

    /// Sends a request and reads its JSON.
    pub async fn json<T: DeserializeOwned>(&self, request: &NodeRequest) -> Result<T, NodeError> {
        let answer = self.transport.send(request).await?;
        answer.into_json().map_err(|kind| self.transport.error(request, kind))
    }

    /// Sends a request whose answer means nothing.
    pub async fn nothing(&self, request: &NodeRequest) -> Result<(), NodeError> {
        let answer = self.transport.send(request).await?;
        answer.into_nothing().map_err(|kind| self.transport.error(request, kind))
    }

    /// Sends a request that may answer a future, and waits for its result.
    pub async fn task(&self, request: &NodeRequest) -> Result<Value, NodeError> {
        let answer = self.transport.send(request).await?;
        self.transport.result_of(request, answer).await
    }

    pub(super) fn decoded<T>(
        &self,
        request: &NodeRequest,
        result: Result<T, NodeErrorKind>,
    ) -> Result<T, NodeError> {
        result.map_err(|kind| self.transport.error(request, kind))
    }

    /// A scenario of a list, completed by its definition and its last run.
    async fn completed(
        &self,
        key: &ProjectKey,
        mut scenario: Scenario,
    ) -> Result<Scenario, NodeError> {
        let definition: Value = self.json(&scenarios::definition(key, &scenario.id)).await?;
        scenario.run_as_user = documents::run_as_user(&definition);
        scenario.last_outcome = self.call(&scenarios::last_finished_run(key, &scenario.id)).await?;
        Ok(scenario)
    }
}

/// None instead of a response that the caller may not read.
fn unless_forbidden<T>(answer: Result<T, NodeError>) -> Result<Option<T>, NodeError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error),
    }
}

/// None instead of a response about an absent object.
pub(super) fn unless_absent<T>(answer: Result<T, NodeError>) -> Result<Option<T>, NodeError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl AutomationNode for HttpNode {
    async fn instance_info(&self) -> Result<InstanceInfo, NodeError> {
        self.call(&instance::instance_info()).await
    }

    async fn auth_info(&self) -> Result<AuthInfo, NodeError> {
        self.call(&instance::auth_info()).await
    }

    async fn resources(&self) -> Result<NodeResources, NodeError> {
        let connections = match unless_forbidden(self.call(&instance::connections()).await)? {
            Some(connections) => connections,
            None => {
                let names = self.call(&instance::usable_connections()).await?.into_iter();
                let named = |name| NodeConnection::new(name);
                names.map(named).collect()
            }
        };
        let mut resources = NodeResources::default();
        resources.connections = connections;
        resources.code_envs = unless_forbidden(self.call(&instance::code_envs()).await)?;
        resources.plugins = unless_forbidden(self.call(&instance::plugins()).await)?;
        Ok(resources)
    }

    async fn code_envs(&self) -> Result<Option<Vec<CodeEnv>>, NodeError> {
        unless_forbidden(self.call(&instance::code_envs()).await)
    }

    async fn project_keys(&self) -> Result<BTreeSet<ProjectKey>, NodeError> {
        let listed = self.call(&projects::list()).await?.into_iter();
        Ok(listed.map(|project| project.project_key).collect())
    }

    async fn project_folder(&self, id: Option<String>) -> Result<Option<ProjectFolder>, NodeError> {
        let folder = self.call(&instance::project_folder(id.as_deref())).await;
        Ok(unless_absent(unless_forbidden(folder))?.flatten())
    }

    async fn project(&self, key: &ProjectKey) -> Result<Option<NodeProject>, NodeError> {
        let Some(summary) = unless_absent(self.call(&projects::get(key)).await)? else {
            return Ok(None);
        };
        let request = bundles::imported(key);
        let imported = self.call(&request).await?;
        let mut project =
            self.decoded(&request, documents::node_project(key, &summary, &imported))?;
        if project.active_bundle.is_none() && !project.imported.is_empty() {
            let request = projects::list();
            let listed = self.call(&request).await?;
            project.active_bundle =
                self.decoded(&request, documents::active_in_list(key, &listed))?;
        }
        Ok(Some(project))
    }

    async fn create_project(&self, project: &NewProject) -> Result<(), NodeError> {
        self.call(&projects::create(project)).await
    }

    async fn create_project_from_bundle(
        &self,
        bundle: Upload,
        options: &BundleProjectOptions,
    ) -> Result<ProjectKey, NodeError> {
        self.call_with(&bundles::create_project(options), bundle).await
    }

    async fn import_bundle(&self, key: &ProjectKey, bundle: Upload) -> Result<(), NodeError> {
        self.call_with(&bundles::import(key), bundle).await
    }

    async fn preload_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<InfoMessages, NodeError> {
        self.call(&bundles::preload(key, bundle)).await
    }

    async fn activate_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
        scenarios: &BTreeMap<String, bool>,
    ) -> Result<InfoMessages, NodeError> {
        self.call(&bundles::activate(key, bundle, scenarios)).await
    }

    async fn project_configuration(
        &self,
        key: &ProjectKey,
    ) -> Result<ProjectConfiguration, NodeError> {
        let request = projects::settings(key);
        let settings: Value = self.json(&request).await?;
        Ok(ProjectConfiguration {
            container_settings: self.decoded(&request, documents::container_settings(&settings))?,
            variables: self.call(&projects::variables(key)).await?,
            permissions: self.call(&projects::permissions(key)).await?,
        })
    }

    async fn configure_project(
        &self,
        key: &ProjectKey,
        change: &ProjectChange,
    ) -> Result<(), NodeError> {
        let request = match change {
            ProjectChange::ContainerSettings(wanted) => {
                let request = projects::settings(key);
                let current: Value = self.json(&request).await?;
                let changed =
                    self.decoded(&request, documents::with_container_settings(current, wanted))?;
                projects::save_settings(key, &changed)
            }
            ProjectChange::Variables(variables) => projects::save_variables(key, variables),
            ProjectChange::Permissions(permissions) => projects::save_permissions(key, permissions),
        };
        self.call(&request).await
    }

    async fn scenarios(&self, key: &ProjectKey) -> Result<Vec<Scenario>, NodeError> {
        let listed = self.call(&scenarios::list(key)).await?;
        stream::iter(listed.into_iter().map(|scenario| self.completed(key, scenario)))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn configure_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
        change: &ScenarioChange,
    ) -> Result<(), NodeError> {
        let request = scenarios::definition(key, scenario);
        let current: Value = self.json(&request).await?;
        let changed = self.decoded(&request, documents::with_scenario_change(current, change))?;
        self.call(&scenarios::save_definition(key, scenario, &changed)).await
    }

    async fn run_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
    ) -> Result<ScenarioOutcome, NodeError> {
        self.run_to_its_end(key, scenario).await
    }

    async fn webapps(&self, key: &ProjectKey) -> Result<Vec<Webapp>, NodeError> {
        let listed = self.call(&webapps::list(key)).await?;
        stream::iter(listed.into_iter().map(|webapp| self.completed_webapp(key, webapp)))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn configure_webapp(
        &self,
        key: &ProjectKey,
        webapp: &str,
        run_as_user: &Login,
    ) -> Result<(), NodeError> {
        let request = webapps::get(key, webapp);
        let current: Value = self.json(&request).await?;
        let changed = self.decoded(&request, documents::with_webapp_user(current, run_as_user))?;
        self.call(&webapps::save(key, webapp, &changed)).await
    }

    async fn restart_webapp(&self, key: &ProjectKey, webapp: &str) -> Result<(), NodeError> {
        self.call(&webapps::restart_backend(key, webapp)).await
    }

    async fn code_env_logs(&self, env: &CodeEnv) -> Result<Vec<CodeEnvLog>, NodeError> {
        let request = code_envs::logs(self.language_of(env)?, &env.name);
        let list = self.call(&request).await?;
        self.decoded(&request, documents::code_env_logs(&list))
    }

    async fn code_env_log(&self, env: &CodeEnv, log: &str) -> Result<String, NodeError> {
        self.call(&code_envs::log(self.language_of(env)?, &env.name, log)).await
    }
}

impl HttpNode {
    fn language_of(&self, env: &CodeEnv) -> Result<EnvLanguage, NodeError> {
        EnvLanguage::parse(&env.language).ok_or_else(|| {
            let kind = NodeErrorKind::InvalidRequest(format!("no node has a {env}"));
            self.transport.error(&code_envs::logs(EnvLanguage::Python, &env.name), kind)
        })
    }

    /// A webapp of a list, completed by its definition and the state of its backend.
    async fn completed_webapp(
        &self,
        key: &ProjectKey,
        listed: ListedWebapp,
    ) -> Result<Webapp, NodeError> {
        let definition: Value = self.json(&webapps::get(key, &listed.id)).await?;
        let backend = match self.call(&webapps::backend_state(key, &listed.id)).await {
            Ok(runs) => runs.into(),
            // The node has just shown the webapp to the same key: it does not say this of it.
            Err(error) if is_refusal(&error.kind) => WebappBackend::Unknown(error.kind.to_string()),
            Err(error) => return Err(error),
        };
        Ok(Webapp::new(listed.id, listed.name)
            .with_run_as_user(documents::run_as_user(&definition))
            .with_backend(backend))
    }

    async fn run_to_its_end(
        &self,
        key: &ProjectKey,
        scenario: &str,
    ) -> Result<ScenarioOutcome, NodeError> {
        let request = scenarios::run(key, scenario);
        let fire = self.call(&request).await?;
        let poll = scenarios::run_for_trigger(key, scenario, &fire.trigger_id, &fire.run_id);
        let ask = || async {
            match self.json::<Value>(&poll).await {
                Ok(answer) => self.decoded(&poll, documents::run_outcome(&answer)),
                // One poll that failed says nothing about the run.
                Err(error) if error.kind.retry() != Retry::Never => Ok(None),
                Err(error) => Err(error),
            }
        };
        let late = |kind| self.transport.error(&request, kind);
        Polling::of(self.transport.timeouts()).until(ask, late).await
    }
}
