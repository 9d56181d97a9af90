//! Projects on a node (`wire-facts.md` 3.6).

use project_deployer_core::ProjectKey;
use serde_json::{Value, json};

use super::NodeRequest;
use crate::automation_node::NewProject;

/// The summary of a project.
#[must_use]
pub fn get(key: &ProjectKey) -> NodeRequest {
    NodeRequest::get(format!("read project {key}"), &["projects", key.as_str()])
}

/// Creates an empty project.
#[must_use]
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
#[must_use]
pub fn settings(key: &ProjectKey) -> NodeRequest {
    document("settings", key)
}

/// The permissions document.
#[must_use]
pub fn permissions(key: &ProjectKey) -> NodeRequest {
    document("permissions", key)
}

/// The variables.
#[must_use]
pub fn variables(key: &ProjectKey) -> NodeRequest {
    document("variables", key)
}

/// Replaces the settings document.
#[must_use]
pub fn save_settings(key: &ProjectKey, document: Value) -> NodeRequest {
    save_document("settings", key, document)
}

/// Replaces the permissions document.
#[must_use]
pub fn save_permissions(key: &ProjectKey, document: Value) -> NodeRequest {
    save_document("permissions", key, document)
}

/// Replaces the variables.
#[must_use]
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
