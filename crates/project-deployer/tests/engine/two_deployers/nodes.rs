//! The nodes as one process reaches them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt as _;
use project_deployer_client::{
    AccountRules, AutomationNode, BundleProjectOptions, ExternalUser, FakeFleet, FakeNode,
    Identity, NewPersonalKey, NewProject, NodeAccounts, NodeConnector, NodeError, Operation,
    PersonalKey, ProjectChange, ProjectConfiguration, ScenarioChange, Upload,
};
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User, UserList};
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{
    AuthInfo, CodeEnv, CodeEnvLog, InstanceInfo, NodeProject, NodeResources, ProjectFolder,
    Scenario, ScenarioOutcome, Webapp,
};
use project_deployer_core::{BundleId, Login, ProjectKey};

use super::checks::Watch;
use super::network::Wire;
use crate::installation::churn;

/// Connects a process to the nodes.
#[derive(Debug, Clone)]
pub(super) struct Wires {
    pub(super) fleet: FakeFleet,
    pub(super) wire: Wire,
    pub(super) watch: Watch,
}

/// A node at the other end of a wire.
#[derive(Debug, Clone)]
struct FarNode {
    node: FakeNode,
    name: String,
    wire: Wire,
    watch: Watch,
}

impl Wires {
    fn far(&self, settings: &NodeSettings, acting: Identity) -> FarNode {
        FarNode {
            node: self.fleet.node(settings, acting),
            name: settings.address.to_string(),
            wire: self.wire.clone(),
            watch: self.watch.clone(),
        }
    }
}

impl NodeConnector for Wires {
    fn connect(
        &self,
        node: &NodeSettings,
        acting: Identity,
    ) -> Result<Arc<dyn AutomationNode>, NodeError> {
        Ok(Arc::new(self.far(node, acting)))
    }

    fn accounts(&self, node: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError> {
        Ok(Arc::new(self.far(node, Identity::ApiKey)))
    }
}

/// Sends one call, with its own copies of the arguments: it may arrive when its caller is gone.
macro_rules! send {
    ($this:ident, $operation:ident, $method:ident($($argument:expr => $name:ident),*)) => {{
        let node = $this.node.clone();
        $(let $name = $argument.to_owned();)*
        $this.wire.send(&$this.name, Operation::$operation, || {
            let node = node.clone();
            $(let $name = $name.clone();)*
            async move { node.$method($(&$name),*).await }.boxed()
        }).await
    }};
}

/// A call that changes the project of a deployment.
macro_rules! change {
    ($this:ident, $key:expr, $operation:ident, $method:ident($($argument:expr => $name:ident),*)) => {{
        let time = $this.wire.time.now();
        $this.watch.sends(time, &$this.wire.process, &$this.name, $key, Operation::$operation);
        send!($this, $operation, $method($($argument => $name),*))
    }};
}

impl FarNode {
    /// Sends a bundle. Its bytes are read before they are sent.
    async fn send_bundle<T: Send + 'static>(
        &self,
        key: &ProjectKey,
        operation: Operation,
        bundle: Upload,
        take: impl AsyncTake<T>,
    ) -> Result<T, NodeError> {
        let name = bundle.file_name.clone();
        let bytes = bundle.collect().await.unwrap();
        self.watch.sends(self.wire.time.now(), &self.wire.process, &self.name, key, operation);
        let call = || take.take(self.node.clone(), Upload::from_bytes(&name, bytes.clone()));
        self.wire.send(&self.name, operation, call).await
    }
}

/// What a node does with a bundle.
trait AsyncTake<T>: Send + Sync {
    fn take(
        &self,
        node: FakeNode,
        bundle: Upload,
    ) -> futures::future::BoxFuture<'static, Result<T, NodeError>>;
}

impl<T, F> AsyncTake<T> for F
where
    F: Fn(FakeNode, Upload) -> futures::future::BoxFuture<'static, Result<T, NodeError>>
        + Send
        + Sync,
{
    fn take(
        &self,
        node: FakeNode,
        bundle: Upload,
    ) -> futures::future::BoxFuture<'static, Result<T, NodeError>> {
        self(node, bundle)
    }
}

#[async_trait]
impl AutomationNode for FarNode {
    async fn instance_info(&self) -> Result<InstanceInfo, NodeError> {
        send!(self, InstanceInfo, instance_info())
    }

    async fn auth_info(&self) -> Result<AuthInfo, NodeError> {
        send!(self, AuthInfo, auth_info())
    }

    async fn resources(&self) -> Result<NodeResources, NodeError> {
        send!(self, Resources, resources())
    }

    async fn project_folder(&self, id: Option<String>) -> Result<Option<ProjectFolder>, NodeError> {
        let node = self.node.clone();
        let call = || {
            let (node, id) = (node.clone(), id.clone());
            async move { node.project_folder(id).await }.boxed()
        };
        self.wire.send(&self.name, Operation::ProjectFolder, call).await
    }

    async fn project(&self, key: &ProjectKey) -> Result<Option<NodeProject>, NodeError> {
        send!(self, Project, project(key => key))
    }

    async fn create_project(&self, new: &NewProject) -> Result<(), NodeError> {
        change!(self, &new.key, CreateProject, create_project(new => new))
    }

    async fn create_project_from_bundle(
        &self,
        bundle: Upload,
        options: &BundleProjectOptions,
    ) -> Result<ProjectKey, NodeError> {
        let options = options.clone();
        let take = move |node: FakeNode, bundle: Upload| {
            let options = options.clone();
            async move { node.create_project_from_bundle(bundle, &options).await }.boxed()
        };
        self.send_bundle(&churn(), Operation::CreateProjectFromBundle, bundle, take).await
    }

    async fn import_bundle(&self, key: &ProjectKey, bundle: Upload) -> Result<(), NodeError> {
        let owned = key.clone();
        let take = move |node: FakeNode, bundle: Upload| {
            let key = owned.clone();
            async move { node.import_bundle(&key, bundle).await }.boxed()
        };
        self.send_bundle(key, Operation::ImportBundle, bundle, take).await
    }

    async fn preload_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<InfoMessages, NodeError> {
        change!(self, key, PreloadBundle, preload_bundle(key => key, bundle => bundle))
    }

    async fn activate_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
        scenarios: &BTreeMap<String, bool>,
    ) -> Result<InfoMessages, NodeError> {
        let time = self.wire.time.now();
        let process = &self.wire.process;
        self.watch.sends(time, process, &self.name, key, Operation::ActivateBundle);
        self.watch.sends_activation(time, process, &self.name, key);
        let (node, name, watch) = (self.node.clone(), self.name.clone(), self.watch.clone());
        let call = || {
            let (node, watch, name) = (node.clone(), watch.clone(), name.clone());
            let (key, bundle, scenarios) = (key.clone(), bundle.clone(), scenarios.clone());
            async move {
                let before = node.project(&key).await.ok().flatten();
                let answer = node.activate_bundle(&key, &bundle, &scenarios).await;
                let changes = before.and_then(|before| before.active_bundle) != Some(bundle);
                if answer.is_ok() && changes {
                    watch.activated(&name, &key);
                }
                answer
            }
            .boxed()
        };
        self.wire.send(&self.name, Operation::ActivateBundle, call).await
    }

    async fn project_configuration(
        &self,
        key: &ProjectKey,
    ) -> Result<ProjectConfiguration, NodeError> {
        send!(self, ProjectConfiguration, project_configuration(key => key))
    }

    async fn configure_project(
        &self,
        key: &ProjectKey,
        change: &ProjectChange,
    ) -> Result<(), NodeError> {
        change!(self, key, ConfigureProject, configure_project(key => key, change => change))
    }

    async fn scenarios(&self, key: &ProjectKey) -> Result<Vec<Scenario>, NodeError> {
        send!(self, Scenarios, scenarios(key => key))
    }

    async fn configure_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
        change: &ScenarioChange,
    ) -> Result<(), NodeError> {
        change!(
            self,
            key,
            ConfigureScenario,
            configure_scenario(key => key, scenario => scenario, change => change)
        )
    }

    async fn run_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
    ) -> Result<ScenarioOutcome, NodeError> {
        change!(self, key, RunScenario, run_scenario(key => key, scenario => scenario))
    }

    async fn webapps(&self, key: &ProjectKey) -> Result<Vec<Webapp>, NodeError> {
        send!(self, Webapps, webapps(key => key))
    }

    async fn configure_webapp(
        &self,
        key: &ProjectKey,
        webapp: &str,
        user: &Login,
    ) -> Result<(), NodeError> {
        change!(
            self,
            key,
            ConfigureWebapp,
            configure_webapp(key => key, webapp => webapp, user => user)
        )
    }

    async fn restart_webapp(&self, key: &ProjectKey, webapp: &str) -> Result<(), NodeError> {
        change!(self, key, RestartWebapp, restart_webapp(key => key, webapp => webapp))
    }

    async fn code_env_logs(&self, env: &CodeEnv) -> Result<Vec<CodeEnvLog>, NodeError> {
        send!(self, CodeEnvLogs, code_env_logs(env => env))
    }

    async fn code_env_log(&self, env: &CodeEnv, log: &str) -> Result<String, NodeError> {
        send!(self, CodeEnvLog, code_env_log(env => env, log => log))
    }
}

#[async_trait]
impl NodeAccounts for FarNode {
    async fn users(&self) -> Result<UserList, NodeError> {
        send!(self, Users, users())
    }

    async fn user(&self, login: &Login) -> Result<Option<User>, NodeError> {
        send!(self, User, user(login => login))
    }

    async fn groups(&self) -> Result<Vec<Group>, NodeError> {
        send!(self, Groups, groups())
    }

    async fn ldap_settings(&self) -> Result<LdapSettings, NodeError> {
        send!(self, LdapSettings, ldap_settings())
    }

    async fn external_users(&self, source: &SourceType) -> Result<Vec<ExternalUser>, NodeError> {
        send!(self, ExternalUsers, external_users(source => source))
    }

    async fn provision_users(
        &self,
        source: &SourceType,
        users: &[ExternalUser],
    ) -> Result<(), NodeError> {
        send!(self, ProvisionUsers, provision_users(source => source, users => users))
    }

    async fn resync(&self, users: &[Login]) -> Result<(), NodeError> {
        send!(self, Resync, resync(users => users))
    }

    async fn account_rules(&self) -> Result<AccountRules, NodeError> {
        send!(self, AccountRules, account_rules())
    }

    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError> {
        self.node.set_user_enabled(login, enabled).await
    }

    async fn create_personal_key(&self, key: &NewPersonalKey) -> Result<PersonalKey, NodeError> {
        send!(self, CreatePersonalKey, create_personal_key(key => key))
    }
}
