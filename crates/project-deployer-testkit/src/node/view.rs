use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::other_fields::OtherFields;
use crate::seed::MockPermission;
use crate::state::project::Project;
use crate::state::scenarios::Scenario;

/// The state of a project on a node.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MockProject {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The folder that it is in; `ROOT` is the root folder.
    pub folder: String,
    /// Its owner: a login, or the id of a key.
    pub owner: String,
    /// Its permissions.
    pub permissions: Vec<MockPermission>,
    /// The ids of the imported bundles in the order of import.
    pub bundles: Vec<String>,
    /// The bundles that were preloaded.
    pub preloaded: BTreeSet<String>,
    /// The active bundle.
    pub active_bundle: Option<String>,
    /// The node's connections that the active bundle uses.
    pub connections: BTreeSet<String>,
    /// Variables that came with the active bundle.
    pub standard_variables: OtherFields,
    /// Variables of this node.
    pub local_variables: OtherFields,
    /// The settings document.
    pub settings: Value,
    /// The scenarios by id.
    pub scenarios: BTreeMap<String, MockScenario>,
}

/// The state of a scenario on a node.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MockScenario {
    /// Whether its triggers are on.
    pub active: bool,
    /// The user that it runs as; none means the last editor.
    pub run_as_user: Option<String>,
    /// Whether a bundle brought it.
    pub from_bundle: bool,
    /// How often it was run.
    pub runs: usize,
}

impl MockProject {
    pub(crate) fn of(project: &Project) -> Self {
        let id = |bundle: &crate::state::project::ImportedBundle| bundle.contents.bundle_id.clone();
        let scenarios = project.scenarios.iter();
        Self {
            key: project.key.clone(),
            name: project.name.clone(),
            folder: project.folder.clone(),
            owner: project.owner.clone(),
            permissions: project.permissions.clone(),
            bundles: project.bundles.iter().map(id).collect(),
            preloaded: project.bundles.iter().filter(|bundle| bundle.preloaded).map(id).collect(),
            active_bundle: project.active_bundle.clone(),
            connections: project.connections_in_use.clone(),
            standard_variables: OtherFields(project.standard_variables.clone()),
            local_variables: OtherFields(project.local_variables.clone()),
            settings: Value::Object(project.settings.clone()),
            scenarios: scenarios.map(|(id, known)| (id.clone(), MockScenario::of(known))).collect(),
        }
    }
}

impl MockScenario {
    fn of(scenario: &Scenario) -> Self {
        Self {
            active: scenario.flag("active"),
            run_as_user: scenario.run_as_user().map(str::to_owned),
            from_bundle: scenario.from_bundle,
            runs: scenario.runs.len(),
        }
    }
}
