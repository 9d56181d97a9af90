//! Projects on a node (wire-facts 3.6).

use project_deployer_core::ProjectKey;
use serde_json::{Value, json};

use super::NodeRequest;
use crate::automation_node::NewProject;

/// The summary of a project.
pub fn get(key: &ProjectKey) -> NodeRequest {
    NodeRequest::get(format!("read project {key}"), &["projects", key.as_str()])
}

/// Creates an empty project.
pub fn create(project: &NewProject) -> NodeRequest {
    NodeRequest::post(format!("create project {}", project.key), &["projects", ""])
        .with_optional_query("projectFolderId", project.folder.as_deref())
        .with_body(json!({
            "projectKey": project.key,
            "name": project.name,
            "owner": project.owner,
        }))
}

/// The settings document.
pub fn settings(key: &ProjectKey) -> NodeRequest {
    document("settings", key)
}

/// The permissions document.
pub fn permissions(key: &ProjectKey) -> NodeRequest {
    document("permissions", key)
}

/// The variables.
pub fn variables(key: &ProjectKey) -> NodeRequest {
    document("variables", key)
}

/// Replaces the settings document.
pub fn save_settings(key: &ProjectKey, document: Value) -> NodeRequest {
    save_document("settings", key, document)
}

/// Replaces the permissions document.
pub fn save_permissions(key: &ProjectKey, document: Value) -> NodeRequest {
    save_document("permissions", key, document)
}

/// Replaces the variables.
pub fn save_variables(key: &ProjectKey, document: Value) -> NodeRequest {
    save_document("variables", key, document)
}

fn document(name: &str, key: &ProjectKey) -> NodeRequest {
    NodeRequest::get(format!("read the {name} of project {key}"), &["projects", key.as_str(), name])
}

fn save_document(name: &str, key: &ProjectKey, document: Value) -> NodeRequest {
    let operation = format!("write the {name} of project {key}");
    NodeRequest::put(operation, &["projects", key.as_str(), name], document)
}

/// All projects that the caller may see.
pub fn list() -> NodeRequest {
    NodeRequest::get("list projects", &["projects", ""]).list()
}

/// What a deletion of a project takes along beyond the project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
pub fn delete(key: &ProjectKey, deletion: ProjectDeletion) -> NodeRequest {
    let word = |flag: bool| if flag { "true" } else { "false" };
    NodeRequest::delete(format!("delete project {key}"), &["projects", key.as_str()])
        .with_query("clearManagedDatasets", word(deletion.managed_datasets))
        .with_query("clearOutputManagedFolders", word(deletion.output_managed_folders))
        .with_query("clearJobAndScenarioLogs", word(deletion.job_and_scenario_logs))
        .with_query("clearManagedKnowledgeBanks", word(deletion.managed_knowledge_banks))
        .with_query("wait", "true")
        .task()
}

/// Label, description and tags.
pub fn metadata(key: &ProjectKey) -> NodeRequest {
    document("metadata", key)
}

/// Replaces label, description and tags.
pub fn save_metadata(key: &ProjectKey, document: Value) -> NodeRequest {
    save_document("metadata", key, document)
}

/// The tags that objects of the project may have.
pub fn tags(key: &ProjectKey) -> NodeRequest {
    document("tags", key)
}

/// Replaces the tags that objects of the project may have.
pub fn save_tags(key: &ProjectKey, document: Value) -> NodeRequest {
    save_document("tags", key, document)
}

/// The variables with those of the node, as one map.
pub fn resolved_variables(key: &ProjectKey) -> NodeRequest {
    document("variables-resolved", key).with_query("typed", "true")
}

/// The plugins that the project uses.
pub fn plugin_usages(key: &ProjectKey) -> NodeRequest {
    let operation = format!("list the plugins of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "plugins", "usages"]).list()
}
