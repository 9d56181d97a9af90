use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::ScenarioChange;

use project_deployer_core::bundle::{PublishedBundle, RequiredCodeEnv};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::{InfraSettings, NodeEntry, PermissionsPropagationPolicy};
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::node::{CodeEnv, ProjectPermission, Scenario};
use project_deployer_core::sync::DesiredState;
use project_deployer_core::{
    BundleDigest, BundleId, DeploymentId, InfraId, Login, NodeAddress, ProjectKey,
};
use serde::{Deserialize, Serialize};

use crate::bundle_origin::BundleOrigin;
use crate::hooks::PlannedHooks;

/// Everything that an update needs, frozen when it starts: changes of settings while it runs apply
/// to the next update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdatePlan {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its infrastructure.
    pub infra: InfraId,
    /// The nodes, in the order in which they are changed.
    pub nodes: Vec<PlannedNode>,
    /// The bundle.
    pub bundle: PlannedBundle,
    /// The project key on the nodes.
    pub project_key: ProjectKey,
    /// The folder on the nodes; `None` is the root folder.
    pub folder: Option<String>,
    /// The desired state of the nodes at the end.
    pub desired: DesiredState,
    /// Which permissions a new project gets.
    pub permissions_propagation: PermissionsPropagationPolicy,
    /// The requester.
    pub requester: Login,
    /// The login that changes the nodes: the deploy-as user, else the requester (R-S7).
    pub acting: Login,
    /// Findings from before the start that did not stop the update.
    pub findings: InfoMessages,
    /// The code environments that the bundle needs, by their names on the nodes. A plan of an earlier version has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_code_envs: Vec<CodeEnv>,
    /// Those of them that the manifest does not list. That one is missing stops no update.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub guessed_code_envs: BTreeSet<CodeEnv>,
    /// The projects whose objects the bundle uses; a plan of an earlier version has none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needed_projects: BTreeSet<ProjectKey>,
    /// For each node the webapps that the update before left down, which are to run again; empty where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_down: Vec<BTreeSet<String>>,
    /// Whether windows have to allow it once more when its turn comes. A plan of an earlier version says nothing of that,
    /// nor of a broken glass: that it was allowed to start counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_windows: bool,
    /// Why it goes on although windows close before its turn comes; none if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<String>,
    /// The hooks that run. A plan of an earlier version has none.
    #[serde(default, skip_serializing_if = "PlannedHooks::is_empty")]
    pub hooks: PlannedHooks,
}

/// A node that an update changes. A process that resumes the update finds the node by name and
/// address, wherever it is in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedNode {
    /// Its label.
    pub name: String,
    /// Its address.
    pub address: Option<NodeAddress>,
}

impl PlannedNode {
    /// The node of an infrastructure.
    #[must_use]
    pub fn of(entry: &NodeEntry) -> Self {
        Self { name: entry.label(), address: entry.address.clone() }
    }
}

/// The parts of a bundle that an update needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedBundle {
    /// Its id.
    pub id: BundleId,
    /// The digest of its archive.
    pub digest: BundleDigest,
    /// The size of its archive in bytes; none in a plan of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Who wrote it, when and why.
    #[serde(default, skip_serializing_if = "BundleOrigin::is_empty")]
    pub origin: BundleOrigin,
    /// The key of the bundled project: a node that creates a project from the bundle uses this key.
    pub project_key: ProjectKey,
    /// The name of that project.
    pub project_name: Option<String>,
    /// The ids of its scenarios.
    pub scenarios: Vec<String>,
    /// The ids of its webapps; none where they are unknown, as in a plan of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webapps: Option<Vec<String>>,
    /// The permissions of the design project.
    pub permissions: Vec<ProjectPermission>,
}

impl UpdatePlan {
    /// Computes the plan from settings.
    #[must_use]
    pub fn new(
        deployment: &DeploymentSettings,
        infra: &InfraSettings,
        bundle: &PublishedBundle,
        requester: Login,
    ) -> Self {
        let contents = &bundle.contents;
        let mut desired = DesiredState::of(deployment, infra);
        if infra.merge_authorized_objects {
            let objects = contents.authorized_objects.as_ref();
            desired.authorized_objects = objects.filter(|objects| !objects.is_empty()).cloned();
        }
        let remapping = &desired.container_settings.remapping;
        let on_node =
            |env: &RequiredCodeEnv| CodeEnv::new(remapping.code_env(&env.name), &env.language);
        let needed: BTreeSet<CodeEnv> = contents.code_envs.iter().map(on_node).collect();
        let listed: BTreeSet<_> =
            contents.code_envs.iter().filter(|env| env.listed).map(on_node).collect();
        let webapps = contents.known_webapps();
        Self {
            guessed_code_envs: needed.difference(&listed).cloned().collect(),
            needed_code_envs: needed.into_iter().collect(),
            needed_projects: contents.uses_projects.clone(),
            deployment: deployment.id.clone(),
            infra: infra.id.clone(),
            nodes: infra.target.entries().iter().map(PlannedNode::of).collect(),
            bundle: PlannedBundle {
                id: bundle.id().clone(),
                digest: bundle.digest.clone(),
                size: Some(bundle.size),
                origin: BundleOrigin::from(contents),
                project_key: contents.project_key.clone(),
                project_name: contents.project_name.clone(),
                scenarios: contents.scenarios.iter().map(|scenario| scenario.id.clone()).collect(),
                webapps: webapps.map(|all| all.iter().map(|it| it.id.clone()).collect()),
                permissions: contents.permissions.clone(),
            },
            project_key: deployment.deployed_project_key.clone(),
            folder: deployment.project_folder_id.clone(),
            desired,
            permissions_propagation: infra.permissions_propagation,
            acting: infra.deploy_as_user.clone().unwrap_or_else(|| requester.clone()),
            requester,
            findings: unknown_contents(infra, bundle),
            left_down: Vec::new(),
            asks_windows: true,
            break_glass: None,
            hooks: PlannedHooks::default(),
        }
    }

    /// The webapps that the update before left down on a node.
    pub(crate) fn left_down(&self, node: usize) -> impl Iterator<Item = &String> {
        self.left_down.get(node).into_iter().flatten()
    }

    /// Whether the node can create the project from the bundle: no public call sets a key other
    /// than the bundle's own.
    #[must_use]
    pub fn keeps_the_bundles_key(&self) -> bool {
        self.project_key == self.bundle.project_key
    }

    /// The triggers that activation itself sets. Where scenarios must run as a given user, triggers
    /// are enabled only after that user is set. Otherwise a scenario could run as the user that its
    /// author chose (R-S8).
    #[must_use]
    pub fn triggers_at_activation(&self) -> BTreeMap<String, bool> {
        let named = self.desired.scenarios.keys().chain(&self.bundle.scenarios);
        named
            .filter_map(|id| self.desired.trigger_of(id).map(|on| (id.clone(), on)))
            .filter(|(_, on)| !on || self.desired.scenarios_run_as.is_none())
            .collect()
    }

    /// The required change of a scenario on the node; `None` when nothing has to change.
    #[must_use]
    pub fn change_of(&self, scenario: &Scenario) -> Option<ScenarioChange> {
        let runs_as = |user: &Login| scenario.run_as_user.as_deref() == Some(user.as_str());
        let change = ScenarioChange::default()
            .with_active(self.desired.trigger_of(&scenario.id).filter(|on| *on != scenario.active))
            .with_run_as_user(self.desired.scenarios_run_as.clone().filter(|user| !runs_as(user)));
        Some(change).filter(|change| *change != ScenarioChange::default())
    }

    /// Whether the nodes are asked for what the bundle needs, before the first write.
    #[must_use]
    pub fn checks_needs(&self) -> bool {
        !self.needed_code_envs.is_empty() || !self.needed_projects.is_empty()
    }

    /// Whether any scenario on the nodes may have to change.
    #[must_use]
    pub fn changes_scenarios(&self) -> bool {
        let desired = &self.desired;
        desired.all_triggers_off
            || desired.scenarios_run_as.is_some()
            || !desired.scenarios.is_empty()
    }
}

/// What the settings need of a bundle and the reader did not find out: nobody must take that for "has none".
fn unknown_contents(infra: &InfraSettings, bundle: &PublishedBundle) -> InfoMessages {
    let (contents, id) = (&bundle.contents, bundle.id());
    let mut messages = Vec::new();
    if infra.merge_authorized_objects && !contents.knows_authorized_objects() {
        let why = match contents.authorized_objects_unreadable {
            true => "they have a form that this version does not know; authorize them on the node",
            false => "an earlier version read the bundle; publish it again under another id",
        };
        let text =
            format!("the authorized objects of bundle {id} are unknown and not merged: {why}");
        messages.push(InfoMessage::new(
            Severity::Warning,
            "WARN_AUTHORIZED_OBJECTS_UNKNOWN",
            "Authorized objects",
            text,
        ));
    }
    if !contents.knows_shared_objects() {
        let text = format!(
            "an earlier version read bundle {id}, so it is unknown which projects have to be deployed first"
        );
        messages.push(InfoMessage::new(
            Severity::Info,
            "UPSTREAM_PROJECTS",
            "Needs of the bundle",
            text,
        ));
    }
    InfoMessages(messages)
}
