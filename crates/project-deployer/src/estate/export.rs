//! Writes an estate of what is there.

mod administered;
mod windows;

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::UnknownFields;
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::{Hook, HookPhase, InfraSettings, NodeEntry, Target};
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::remapping::{NameRemapping, Remapping};
use project_deployer_core::setters;
use serde_json::Value;

use self::administered::without_managed;
use super::document::{
    CodeEnvsEntry, DeploymentEntry, Estate, GroupRight, HooksEntry, InfraEntry, NodeDescription,
    OrNone, ProjectEntry, RemappingEntry, StageEntry,
};
use super::observed::ObservedEstate;
use super::plan::{hook_document, rights_in};

/// What is said of another Deployer.
const NOT_IN_THE_PRODUCTS_API: &str = "groups, users, fleets and windows: the API of the product has no call by which a file has them";

/// What an export writes beyond what is never secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// The values of local variables, which may be secret.
    pub variables: bool,
    /// The code and settings of hooks, which may be secret.
    pub hooks: bool,
    /// Users, with their names and mail addresses.
    pub users: bool,
}

setters!(ExportOptions {
    with_variables(variables: bool),
    with_hooks(hooks: bool),
    with_users(users: bool),
});

/// An estate of an installation, and what is not in it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExportedEstate {
    /// The estate. To plan it at once shows no difference.
    pub estate: Estate,
    /// What was left out, each in words.
    pub left_out: Vec<String>,
}

impl ObservedEstate {
    /// The estate of what is there: every field that an estate can have, except secrets. Keys of nodes are never in
    /// it.
    #[must_use]
    pub fn export(&self, options: &ExportOptions) -> ExportedEstate {
        let mut left_out = Vec::new();
        let stages = self.stages.value.iter().map(|stage| {
            StageEntry::new(stage.id.clone()).with_description(Some(stage.desc.clone()))
        });
        let mut infras = Vec::new();
        for (id, infra) in &self.infras {
            if let Some(reason) = &infra.unread_fleet {
                left_out.push(format!(
                    "infrastructure `{id}`: its fleet, which cannot be read: {reason}"
                ));
            }
            match &infra.settings {
                Some(seen) => {
                    let entry = infra_entry(&seen.value, options, &mut left_out);
                    infras.push(match &infra.managed {
                        Some(marker) => without_managed(entry, marker, &mut left_out),
                        None => entry,
                    });
                }
                None => {
                    left_out.push(format!("infrastructure `{id}`: you may not read its settings"))
                }
            }
        }
        let mut projects = Vec::new();
        for (key, project) in &self.projects {
            match &project.settings {
                Some(seen) => projects.push(project_entry(&seen.value)),
                None => left_out.push(format!("project `{key}`: you may not read its settings")),
            }
        }
        let deployments = self.deployments.values();
        let deployments: Vec<_> = deployments
            .map(|seen| deployment_entry(&seen.settings.value, options, &mut left_out))
            .collect();
        if !self.can_change_stages {
            left_out.push(NOT_IN_THE_PRODUCTS_API.to_owned());
        }
        let (groups, users) = self.export_accounts(options, &mut left_out);
        let estate = Estate::new()
            .with_groups(groups)
            .with_users(users)
            .with_fleets(self.export_fleets(&mut left_out))
            .with_stages(Some(stages.collect()))
            .with_infrastructures(Some(infras))
            .with_windows(self.export_windows(&mut left_out))
            .with_projects(Some(projects))
            .with_deployments(Some(deployments));
        ExportedEstate { estate, left_out }
    }
}

fn infra_entry(
    infra: &InfraSettings,
    options: &ExportOptions,
    left_out: &mut Vec<String>,
) -> InfraEntry {
    let nodes: Vec<_> = infra.target.entries().iter().filter(|node| is_described(node)).collect();
    if !nodes.is_empty() {
        left_out.push(format!("infrastructure `{}`: the keys of its nodes", infra.id));
    }
    let nodes = nodes.into_iter().map(node_description).collect::<Vec<_>>();
    let mut rights = BTreeMap::new();
    for grant in &infra.permissions {
        rights.extend(grant.right().map(|right| (grant.group.clone(), GroupRight::of(right))));
    }
    let hooks = match (infra.hooks.is_empty(), options.hooks) {
        (true, _) => Some(HooksEntry::default()),
        (false, true) => {
            let mut hooks = HooksEntry::default();
            hooks.pre = infra.hooks.pre.iter().map(hook_document).collect();
            hooks.post = infra.hooks.post.iter().map(hook_document).collect();
            hooks.on_failure = infra.hooks.on_failure.iter().map(hook_document).collect();
            let mut all = HookPhase::ALL.into_iter().flat_map(|phase| infra.hooks.of(phase));
            if all.any(|hook| hook.extra.get(Hook::KIND_FIELD) == Some(&Hook::HTTP.into())) {
                left_out.push(format!("infrastructure `{}`: the secrets of its hooks", infra.id));
            }
            Some(hooks)
        }
        (false, false) => {
            left_out.push(format!("infrastructure `{}`: its hooks", infra.id));
            None
        }
    };
    InfraEntry::new(infra.id.clone())
        .with_stage(Some(infra.stage.clone()))
        .with_nodes(Some(nodes).filter(|nodes| !nodes.is_empty()))
        .with_from_fleet(matches!(infra.target, Target::Fleet(_)).then_some(true))
        .with_govern_check_policy(Some(infra.govern_check_policy))
        .with_permissions_propagation_policy(Some(infra.permissions_propagation))
        .with_rights(Some(rights))
        .with_remapping(Some(remapping_entry(&infra.remapping)))
        .with_deploy_as_user(Some(OrNone::from(infra.deploy_as_user.clone())))
        .with_scenarios_run_as_user(Some(OrNone::from(infra.scenarios_run_as_user.clone())))
        .with_webapps_run_as_user(Some(OrNone::from(infra.webapps_run_as_user.clone())))
        .with_merge_authorized_objects(Some(infra.merge_authorized_objects))
        .with_hooks(hooks)
}

fn is_described(node: &NodeEntry) -> bool {
    node.node_id.is_some() || node.address.is_some()
}

fn node_description(node: &NodeEntry) -> NodeDescription {
    NodeDescription::default()
        .with_id(node.node_id.clone())
        .with_url(node.address.clone())
        .with_external_url(Some(OrNone::from(node.external_address.clone())))
        .with_trust_all_certificates(Some(node.trust_all_certificates))
}

fn remapping_entry(remapping: &Remapping) -> RemappingEntry {
    let rules = |rules: &[NameRemapping]| -> Option<BTreeMap<String, String>> {
        Some(rules.iter().map(|rule| (rule.source.clone(), rule.target.clone())).collect())
    };
    RemappingEntry::default()
        .with_connections(rules(&remapping.connections))
        .with_code_envs(rules(&remapping.code_envs))
        .with_container_execs(rules(&remapping.container_execs))
}

fn project_entry(project: &PublishedProjectSettings) -> ProjectEntry {
    let grants = project.permissions.iter();
    let rights: BTreeMap<_, BTreeSet<_>> = grants
        .map(|grant| (grant.group.clone(), rights_in(grant)))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    ProjectEntry::new(project.id.clone())
        .with_name(Some(project.name.clone()).filter(|name| !name.trim().is_empty()))
        .with_owner(project.owner.clone())
        .with_rights(Some(rights))
}

fn deployment_entry(
    deployment: &DeploymentSettings,
    options: &ExportOptions,
    left_out: &mut Vec<String>,
) -> DeploymentEntry {
    let container = &deployment.bundle_container_settings;
    let variables = &deployment.local_variables;
    let hides = !variables.is_empty() && !options.variables;
    if hides {
        left_out.push(format!("deployment `{}`: its local variables", deployment.id));
    }
    let behavior = &container.code_envs_behavior;
    let code_envs = CodeEnvsEntry::default()
        .with_import_time_mode(Some(behavior.import_time_mode))
        .with_env_import_specification_mode(Some(behavior.env_import_specification_mode));
    DeploymentEntry::new(
        deployment.id.clone(),
        deployment.published_project_key.clone(),
        deployment.infra_id.clone(),
    )
    .with_bundle(Some(deployment.bundle_id.clone()))
    .with_deployed_project_key(Some(deployment.deployed_project_key.clone()))
    .with_project_folder_id(Some(deployment.project_folder_id.clone().unwrap_or_default()))
    .with_tags(
        Some(deployment.tags.clone()).filter(|tags| tags.iter().all(|it| !it.trim().is_empty())),
    )
    .with_remapping(Some(remapping_entry(&container.remapping)))
    .with_include_infra_remappings(Some(deployment.include_infra_remappings))
    .with_code_envs(Some(code_envs))
    .with_local_variables((!hides).then(|| values_of(variables)))
    .with_scenarios_to_activate(Some(deployment.scenarios_to_activate.clone()))
    .with_disable_automatic_triggers(Some(deployment.disable_automatic_triggers))
}

fn values_of(variables: &UnknownFields) -> BTreeMap<String, Value> {
    let value = |name: &str| (name.to_owned(), variables.get(name).cloned().unwrap_or_default());
    variables.names().map(value).collect()
}
