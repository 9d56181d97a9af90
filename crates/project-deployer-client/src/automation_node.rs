//! The operations of an Automation node that an update and a readiness check need.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use async_trait::async_trait;
use project_deployer_core::deployment::BundleContainerSettings;
use project_deployer_core::infra::PermissionsPropagationPolicy;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{
    AuthInfo, CodeEnv, CodeEnvLog, InstanceInfo, NodeProject, NodeResources, ProjectFolder,
    ProjectPermissions, ProjectVariables, Scenario, ScenarioOutcome, Webapp,
};
use project_deployer_core::setters;
use project_deployer_core::{BundleId, Login, ProjectKey};

use crate::error::NodeError;
use crate::upload::Upload;

/// An Automation node as one caller sees it: the admin key, or the login that the key impersonates.
///
/// Programs may implement it for a transport of their own, or put one around another. Implementations pass the suite of `conformance` (feature `test-support`). Every method
/// ends within a deadline. [`side_effect`](crate::NodeErrorKind::side_effect) of an error says whether the
/// failed call may have had its effect nevertheless.
///
/// # Errors
///
/// Every method fails with a [`NodeError`] when the node cannot be reached, rejects the request, or sends
/// a response that cannot be read. Each method documents its other errors.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait AutomationNode: fmt::Debug + Send + Sync + 'static {
    /// The id, the type and the release of the node.
    async fn instance_info(&self) -> Result<InstanceInfo, NodeError>;

    /// The identity of the caller on the node.
    async fn auth_info(&self) -> Result<AuthInfo, NodeError>;

    /// Connections, code environments and plugins, as far as the caller may know of them.
    async fn resources(&self) -> Result<NodeResources, NodeError>;

    /// The code environments alone; none if the caller may not list them.
    async fn code_envs(&self) -> Result<Option<Vec<CodeEnv>>, NodeError> {
        Ok(self.resources().await?.code_envs)
    }

    /// The keys of the projects that the caller may see, in one call. An implementation without such a call names none:
    /// then each project is asked for by its key.
    async fn project_keys(&self) -> Result<BTreeSet<ProjectKey>, NodeError> {
        Ok(BTreeSet::new())
    }

    /// A folder of projects; no id means the root folder. None when there is no such folder, or the
    /// caller may not see it.
    async fn project_folder(&self, id: Option<String>) -> Result<Option<ProjectFolder>, NodeError>;

    /// A project with its bundles; none when there is no such project.
    async fn project(&self, key: &ProjectKey) -> Result<Option<NodeProject>, NodeError>;

    /// Creates an empty project. Not safe to repeat: the second call is refused.
    async fn create_project(&self, project: &NewProject) -> Result<(), NodeError>;

    /// Creates a project from a bundle, under the key that the bundle names, and imports the bundle;
    /// it is not activated. Users and groups that the node does not know are ignored (R-S5). Not
    /// safe to repeat: the second call is refused.
    async fn create_project_from_bundle(
        &self,
        bundle: Upload,
        options: &BundleProjectOptions,
    ) -> Result<ProjectKey, NodeError>;

    /// Imports a bundle into a project that exists. Not safe to repeat: the second call may be
    /// refused.
    async fn import_bundle(&self, key: &ProjectKey, bundle: Upload) -> Result<(), NodeError>;

    /// Prepares the code environments of an imported bundle (R-A1). Safe to repeat. Messages that
    /// are fatal are an error.
    async fn preload_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<InfoMessages, NodeError>;

    /// Makes an imported bundle the active one, and sets the triggers of these scenarios. Safe to
    /// repeat. Messages that are fatal are an error, and then the node is as it was.
    async fn activate_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
        scenarios: &BTreeMap<String, bool>,
    ) -> Result<InfoMessages, NodeError>;

    /// The settings of a project that belong to the node and not to a bundle.
    async fn project_configuration(
        &self,
        key: &ProjectKey,
    ) -> Result<ProjectConfiguration, NodeError>;

    /// Replaces one part of those settings, as a whole. Safe to repeat.
    async fn configure_project(
        &self,
        key: &ProjectKey,
        change: &ProjectChange,
    ) -> Result<(), NodeError>;

    /// The scenarios of a project, with the outcome of their last finished run.
    async fn scenarios(&self, key: &ProjectKey) -> Result<Vec<Scenario>, NodeError>;

    /// Changes a scenario. Safe to repeat.
    async fn configure_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
        change: &ScenarioChange,
    ) -> Result<(), NodeError>;

    /// Runs a scenario and waits for its end. Not safe to repeat: it runs again.
    async fn run_scenario(
        &self,
        key: &ProjectKey,
        scenario: &str,
    ) -> Result<ScenarioOutcome, NodeError>;

    /// The webapps of a project, each with its run-as user and with whether its backend runs.
    async fn webapps(&self, key: &ProjectKey) -> Result<Vec<Webapp>, NodeError>;

    /// Sets the user that a webapp runs as, and leaves its other fields. A backend that runs goes on under the user
    /// that it was started with. Safe to repeat.
    async fn configure_webapp(
        &self,
        key: &ProjectKey,
        webapp: &str,
        run_as_user: &Login,
    ) -> Result<(), NodeError>;

    /// Starts the backend of a webapp, again where it runs, and waits for the end of that. Safe to repeat.
    async fn restart_webapp(&self, key: &ProjectKey, webapp: &str) -> Result<(), NodeError>;

    /// The logs of a code environment, in the order of the node.
    async fn code_env_logs(&self, env: &CodeEnv) -> Result<Vec<CodeEnvLog>, NodeError>;

    /// The text of one of these logs. It may hold secrets, such as the password of a package index.
    async fn code_env_log(&self, env: &CodeEnv, log: &str) -> Result<String, NodeError>;
}

/// An empty project to create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewProject {
    /// The key.
    pub key: ProjectKey,
    /// The name that people see.
    pub name: String,
    /// The owner.
    pub owner: Login,
    /// The folder; none is the root folder.
    pub folder: Option<String>,
}

impl NewProject {
    /// A project in the root folder, named after its key.
    #[must_use]
    pub fn new(key: ProjectKey, owner: Login) -> Self {
        Self { name: key.to_string(), key, owner, folder: None }
    }
}

setters!(NewProject {
    with_name(name: impl Into<String>),
    with_folder(folder: Option<String>),
});

/// How a project is created from a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleProjectOptions {
    /// The folder; none is the root folder.
    pub folder: Option<String>,
    /// Which permissions of the design project it gets (R-S6).
    pub permissions_propagation: PermissionsPropagationPolicy,
}

setters!(BundleProjectOptions {
    with_folder(folder: Option<String>),
    with_permissions_propagation(permissions_propagation: PermissionsPropagationPolicy),
});

/// The settings of a project that belong to the node and not to a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProjectConfiguration {
    /// How bundles are fitted to the node.
    pub container_settings: BundleContainerSettings,
    /// Variables.
    pub variables: ProjectVariables,
    /// Permissions.
    pub permissions: ProjectPermissions,
}

/// One part of a project's configuration to replace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProjectChange {
    /// How bundles are fitted to the node.
    ContainerSettings(BundleContainerSettings),
    /// Variables, standard and local.
    Variables(ProjectVariables),
    /// Permissions.
    Permissions(ProjectPermissions),
}

/// What to change of a scenario; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScenarioChange {
    /// Whether its triggers are on.
    pub active: Option<bool>,
    /// The user that it runs as.
    pub run_as_user: Option<Login>,
}

setters!(ScenarioChange {
    with_active(active: Option<bool>),
    with_run_as_user(run_as_user: Option<Login>),
});
