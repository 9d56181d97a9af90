//! The tree of project folders (wire-facts 3.5). [`super::instance::project_folder`] reads one.

use project_deployer_core::ProjectKey;
use serde_json::Value;

use super::NodeRequest;

/// Name, owner and permissions of a folder.
pub fn settings(id: &str) -> NodeRequest {
    let operation = format!("read the settings of project folder {id}");
    NodeRequest::get(operation, &["project-folders", id, "settings"])
}

/// Replaces name, owner and permissions of a folder.
pub fn save_settings(id: &str, document: Value) -> NodeRequest {
    let operation = format!("write the settings of project folder {id}");
    NodeRequest::put(operation, &["project-folders", id, "settings"], document)
}

/// Creates a folder in another one.
pub fn create(parent: &str, name: &str) -> NodeRequest {
    let operation = format!("create project folder {name} in {parent}");
    NodeRequest::post(operation, &["project-folders", parent, "children"]).with_query("name", name)
}

/// Puts a folder into another one.
pub fn move_to(id: &str, destination: &str) -> NodeRequest {
    let operation = format!("move project folder {id} to {destination}");
    NodeRequest::post(operation, &["project-folders", id, "move"])
        .with_query("destination", destination)
}

/// Puts a project of this folder into another one.
pub fn move_project(id: &str, key: &ProjectKey, destination: &str) -> NodeRequest {
    let operation = format!("move project {key} to folder {destination}");
    NodeRequest::post(operation, &["project-folders", id, "projects", key.as_str(), "move"])
        .with_query("destination", destination)
}

/// Deletes a folder, which has to be empty.
pub fn delete(id: &str) -> NodeRequest {
    NodeRequest::delete(format!("delete project folder {id}"), &["project-folders", id])
}

/// The folder that holds a project.
pub fn of_project(key: &ProjectKey) -> NodeRequest {
    let operation = format!("find the folder of project {key}");
    NodeRequest::get(operation, &["project-folders", "locate-project", key.as_str()])
}

/// The folder that new projects go to by default when they are created in this one.
pub fn default_for_new_projects(id: &str) -> NodeRequest {
    let operation = format!("find the default folder of {id}");
    NodeRequest::get(operation, &["project-folders", id, "default-for-project-creation"])
}
