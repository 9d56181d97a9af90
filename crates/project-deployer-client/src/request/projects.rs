//! Projects on a node (wire-facts 3.6).

use project_deployer_core::node::{ProjectPermissions, ProjectVariables};
use project_deployer_core::{ProjectKey, UnknownFields};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Call, NodeRequest};
use crate::automation_node::NewProject;
use crate::response::null_as_default;

/// A project in a list (wire-facts 3.6).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedProject {
    /// The key.
    pub project_key: ProjectKey,
    /// The name that people see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The owner.
    #[serde(default)]
    pub owner_login: Option<String>,
    /// What people should know of it.
    #[serde(default)]
    pub short_desc: Option<String>,
    /// Tags.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// Label, description and tags of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ProjectMetadata {
    /// The name that people see.
    pub label: Option<String>,
    /// A long description.
    pub description: Option<String>,
    /// A short one.
    pub short_desc: Option<String>,
    /// Tags.
    #[serde(deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// The summary of a project.
pub fn get(key: &ProjectKey) -> Call<Value> {
    NodeRequest::get(format!("read project {key}"), &["projects", key.as_str()]).json()
}

/// Creates an empty project.
pub fn create(project: &NewProject) -> Call<()> {
    NodeRequest::post(format!("create project {}", project.key), &["projects", ""])
        .with_optional_query("projectFolderId", project.folder.as_deref())
        .with_body(json!({
            "projectKey": project.key,
            "name": project.name,
            "owner": project.owner,
        }))
        .nothing()
}

/// The settings of a project, a whole document.
pub fn settings(key: &ProjectKey) -> Call<UnknownFields> {
    document("settings", key).json()
}

/// The permissions document.
pub fn permissions(key: &ProjectKey) -> Call<ProjectPermissions> {
    document("permissions", key).json()
}

/// The variables.
pub fn variables(key: &ProjectKey) -> Call<ProjectVariables> {
    document("variables", key).json()
}

/// Replaces the settings of a project: change what [`settings`] gave.
pub fn save_settings(key: &ProjectKey, document: &impl Serialize) -> Call<()> {
    save_document("settings", key, document).nothing()
}

/// Replaces the permissions document.
pub fn save_permissions(key: &ProjectKey, document: &impl Serialize) -> Call<()> {
    save_document("permissions", key, document).nothing()
}

/// Replaces the variables.
pub fn save_variables(key: &ProjectKey, document: &impl Serialize) -> Call<()> {
    save_document("variables", key, document).nothing()
}

fn document(name: &str, key: &ProjectKey) -> NodeRequest {
    NodeRequest::get(format!("read the {name} of project {key}"), &["projects", key.as_str(), name])
}

fn save_document(name: &str, key: &ProjectKey, document: &impl Serialize) -> NodeRequest {
    let operation = format!("write the {name} of project {key}");
    NodeRequest::put(operation, &["projects", key.as_str(), name], document)
}

/// All projects that the caller may see.
pub fn list() -> Call<Vec<ListedProject>> {
    NodeRequest::get("list projects", &["projects", ""]).list().json()
}

/// What a deletion of a project takes along beyond the project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProjectDeletion {
    /// The data of managed datasets.
    pub managed_datasets: bool,
    /// The contents of managed folders that recipes write.
    pub output_managed_folders: bool,
    /// The logs of jobs and scenarios.
    pub job_and_scenario_logs: bool,
    /// The contents of managed knowledge banks.
    pub managed_knowledge_banks: bool,
}

/// Deletes a project and waits for the end of it.
pub fn delete(key: &ProjectKey, deletion: ProjectDeletion) -> Call<()> {
    let word = |flag: bool| flag.to_string();
    NodeRequest::delete(format!("delete project {key}"), &["projects", key.as_str()])
        .with_query("clearManagedDatasets", word(deletion.managed_datasets))
        .with_query("clearOutputManagedFolders", word(deletion.output_managed_folders))
        .with_query("clearJobAndScenarioLogs", word(deletion.job_and_scenario_logs))
        .with_query("clearManagedKnowledgeBanks", word(deletion.managed_knowledge_banks))
        .with_query("wait", "true")
        .task()
        .result(|_| Ok(()))
}

/// Label, description and tags of a project.
pub fn metadata(key: &ProjectKey) -> Call<ProjectMetadata> {
    document("metadata", key).json()
}

/// Replaces label, description and tags of a project: change what [`metadata`] gave.
pub fn save_metadata(key: &ProjectKey, document: &impl Serialize) -> Call<()> {
    save_document("metadata", key, document).nothing()
}

/// The tags that objects of a project may have: `{tags: {name: {color…}}}`.
pub fn tags(key: &ProjectKey) -> Call<UnknownFields> {
    document("tags", key).json()
}

/// Replaces the tags that objects of the project may have.
pub fn save_tags(key: &ProjectKey, document: &impl Serialize) -> Call<()> {
    save_document("tags", key, document).nothing()
}

/// The variables of a project with those of the node, as one map.
pub fn resolved_variables(key: &ProjectKey) -> Call<UnknownFields> {
    document("variables-resolved", key).with_query("typed", "true").json()
}

/// The plugins that a project uses. No source documents the format.
pub fn plugin_usages(key: &ProjectKey) -> Call<Value> {
    let operation = format!("list the plugins of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "plugins", "usages"]).list().json()
}
