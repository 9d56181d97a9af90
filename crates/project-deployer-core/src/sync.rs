//! Whether a node matches the settings of a deployment, and which fields differ.

mod container;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::deployment::{BundleContainerSettings, DeploymentSettings};
use crate::identifier::{BundleId, Login};
use crate::infra::InfraSettings;
use crate::node::{AuthorizedObjects, NodeProject, ProjectVariables, Scenario, Webapp};
use crate::unknown_fields::UnknownFields;

/// Whether a node matches the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncState {
    /// It matches.
    InSync,
    /// It differs in these fields, at least one.
    OutOfSync(Vec<FieldDifference>),
    /// The node does not report enough.
    Unknown(String),
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldDifference {
    /// The field of the deployment's settings, such as `bundleId`.
    pub field: String,
    /// The value in the settings.
    pub expected: String,
    /// The value on the node.
    pub observed: String,
}

impl FieldDifference {
    /// Creates a difference.
    #[must_use]
    pub fn new(
        field: impl Into<String>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), expected: expected.into(), observed: observed.into() }
    }
}

impl fmt::Display for FieldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} should be {} and is {}", self.field, self.expected, self.observed)
    }
}

/// The state of a node after a successful update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DesiredState {
    /// The active bundle.
    pub bundle_id: BundleId,
    /// How the bundle is adapted to the node.
    pub container_settings: BundleContainerSettings,
    /// Local variables that are overridden. Others stay unchanged.
    pub local_variables: UnknownFields,
    /// Scenarios whose triggers are set.
    pub scenarios: BTreeMap<String, bool>,
    /// Whether all triggers are off, which overrides `scenarios` (wire-facts 8.3, item 17).
    pub all_triggers_off: bool,
    /// The user that every scenario runs as (R-S8).
    pub scenarios_run_as: Option<Login>,
    /// The user that every webapp runs as (R-S8). A state of an earlier version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webapps_run_as: Option<Login>,
    /// Objects of the bundle that are authorized besides those of the node. Only an update knows them: the settings
    /// alone do not have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_objects: Option<AuthorizedObjects>,
}

impl DesiredState {
    /// The state that a deployment and its infrastructure require.
    #[must_use]
    pub fn of(deployment: &DeploymentSettings, infra: &InfraSettings) -> Self {
        Self {
            bundle_id: deployment.bundle_id.clone(),
            container_settings: deployment.effective_container_settings(infra),
            local_variables: deployment.local_variables.clone(),
            scenarios: deployment.scenarios_to_activate.clone(),
            all_triggers_off: deployment.disable_automatic_triggers,
            scenarios_run_as: infra.scenarios_run_as_user.clone(),
            webapps_run_as: infra.webapps_run_as_user.clone(),
            authorized_objects: None,
        }
    }

    /// Whether the triggers of a scenario must be on or off; none leaves them unchanged.
    #[must_use]
    pub fn trigger_of(&self, scenario: &str) -> Option<bool> {
        if self.all_triggers_off { Some(false) } else { self.scenarios.get(scenario).copied() }
    }

    /// The local variables of the project with the overrides.
    #[must_use]
    pub fn local_variables_over(&self, current: &UnknownFields) -> UnknownFields {
        let mut merged = current.fields().clone();
        for (name, value) in self.local_variables.fields() {
            merged.insert(name.clone(), value.clone());
        }
        merged.into()
    }
}

/// What a node reports about a project.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedState {
    /// The project; none if it does not exist.
    pub project: Option<NodeProject>,
    /// How the node adapts bundles.
    pub container_settings: BundleContainerSettings,
    /// Its variables.
    pub variables: ProjectVariables,
    /// Its scenarios.
    pub scenarios: Vec<Scenario>,
    /// Its webapps; read only where the settings impose a user on them.
    pub webapps: Vec<Webapp>,
    /// Its authorized objects, where the node reports them.
    pub authorized_objects: Option<AuthorizedObjects>,
    /// Whether the node reports authorized objects in a form that is not known.
    pub authorized_objects_unreadable: bool,
}

impl ObservedState {
    /// A project, or none, without settings, variables, scenarios and webapps.
    #[must_use]
    pub fn new(project: Option<NodeProject>) -> Self {
        Self {
            project,
            container_settings: BundleContainerSettings::default(),
            variables: ProjectVariables::default(),
            scenarios: Vec::new(),
            webapps: Vec::new(),
            authorized_objects: None,
            authorized_objects_unreadable: false,
        }
    }
}

/// What an update writes and [`compare`] cannot compare, each with the reason.
pub const NOT_COMPARED: [(&str, &str); 5] = [
    ("folder of the project", "no known call reports it"),
    ("name and owner of the project", "users of the node may change them"),
    (
        "permissions of the project",
        "users of the node may change them, and an update sets them only when it creates the project; authorized objects are \
         compared by the update that merges them",
    ),
    ("code environments", "their build is reported by the preload, and the node may rebuild them"),
    (
        "unknown fields of `bundleContainerSettings`",
        "their meaning and what a node makes of them are unknown",
    ),
];

/// Compares what an update writes, except [`NOT_COMPARED`]. Variable values are never shown: they may be secret.
#[must_use]
pub fn compare(desired: &DesiredState, observed: &ObservedState) -> SyncState {
    let Some(project) = &observed.project else {
        return SyncState::OutOfSync(vec![FieldDifference::new(
            "project",
            "on the node",
            "not there",
        )]);
    };
    let mut differences = Vec::new();
    let mut unknown = None;
    match &project.active_bundle {
        Some(active) if *active != desired.bundle_id => differences.push(FieldDifference::new(
            "bundleId",
            format!("`{}`", desired.bundle_id),
            format!("`{active}`"),
        )),
        Some(_) => {}
        None if project.has_imported(&desired.bundle_id) => {
            unknown = Some("the node does not report which bundle is active");
        }
        None => differences.push(FieldDifference::new(
            "bundleId",
            format!("`{}`", desired.bundle_id),
            "not imported",
        )),
    }
    differences
        .extend(container::differences(&desired.container_settings, &observed.container_settings));
    differences.extend(variable_differences(desired, &observed.variables));
    differences.extend(scenario_differences(desired, &observed.scenarios));
    differences.extend(webapp_differences(desired, &observed.webapps));
    if desired.authorized_objects.is_some() && observed.authorized_objects_unreadable {
        let reason = "the node reports authorized objects (`dashboardAuthorizations`) in a form that is not known, so \
                      nothing was merged into them";
        unknown = unknown.or(Some(reason));
    } else {
        differences
            .extend(authorization_differences(desired, observed.authorized_objects.as_ref()));
    }
    match (differences.is_empty(), unknown) {
        (false, _) => SyncState::OutOfSync(differences),
        (true, Some(reason)) => SyncState::Unknown(reason.to_owned()),
        (true, None) => SyncState::InSync,
    }
}

fn variable_differences(
    desired: &DesiredState,
    observed: &ProjectVariables,
) -> Vec<FieldDifference> {
    let local = |name: &str| observed.local.get(name);
    let differs = |(name, value): (&String, &Value)| {
        let observed = match local(name) {
            Some(found) if found == value => return None,
            Some(_) => "another value",
            None => "not set",
        };
        Some(FieldDifference::new(format!("localVariables.{name}"), "as in the settings", observed))
    };
    desired.local_variables.fields().iter().filter_map(differs).collect()
}

fn scenario_differences(desired: &DesiredState, observed: &[Scenario]) -> Vec<FieldDifference> {
    let on_off = |on: bool| if on { "on" } else { "off" };
    let mut differences = Vec::new();
    for scenario in observed {
        let field = |what: &str| format!("scenarios.{}.{what}", scenario.id);
        if let Some(wanted) = desired.trigger_of(&scenario.id)
            && wanted != scenario.active
        {
            differences.push(FieldDifference::new(
                field("triggers"),
                on_off(wanted),
                on_off(scenario.active),
            ));
        }
        if let Some(wanted) = &desired.scenarios_run_as {
            let found = scenario.run_as_user.as_deref();
            differences.extend(run_as_difference(field("runAsUser"), wanted, found));
        }
    }
    differences
}

fn webapp_differences(desired: &DesiredState, observed: &[Webapp]) -> Vec<FieldDifference> {
    let Some(wanted) = &desired.webapps_run_as else { return Vec::new() };
    let differs = |webapp: &Webapp| {
        let field = format!("webapps.{}.runAsUser", webapp.id);
        run_as_difference(field, wanted, webapp.run_as_user.as_deref())
    };
    observed.iter().filter_map(differs).collect()
}

fn authorization_differences(
    desired: &DesiredState,
    observed: Option<&AuthorizedObjects>,
) -> Vec<FieldDifference> {
    let Some(wanted) = &desired.authorized_objects else { return Vec::new() };
    let missing = match observed {
        Some(observed) => wanted.missing_from(observed),
        None => wanted.missing_from(&AuthorizedObjects::default()),
    };
    let difference = |object| FieldDifference::new("authorizedObjects", object, "not authorized");
    missing.into_iter().map(difference).collect()
}

fn run_as_difference(
    field: String,
    wanted: &Login,
    found: Option<&str>,
) -> Option<FieldDifference> {
    if found == Some(wanted.as_str()) {
        return None;
    }
    let found = found.filter(|user| !user.is_empty());
    let found = found.map_or_else(|| "the last editor".to_owned(), |user| format!("`{user}`"));
    Some(FieldDifference::new(field, format!("`{wanted}`"), found))
}

#[cfg(test)]
mod tests;
