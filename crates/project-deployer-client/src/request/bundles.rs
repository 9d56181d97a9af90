//! Bundles on an Automation node (wire-facts 3.7).

use std::collections::BTreeMap;

use project_deployer_core::{BundleId, ProjectKey};
use serde_json::json;

use super::NodeRequest;
use crate::automation_node::BundleProjectOptions;

/// Creates a project from the bundle of the request. `failOnMissingUsersOrGroups` is always false:
/// the Deployer's rule is that unknown ones are ignored (R-S5).
pub fn create_project(options: &BundleProjectOptions) -> NodeRequest {
    NodeRequest::post("create a project from a bundle", &["projectsFromBundle", ""])
        .with_optional_query("projectFolderId", options.folder.as_deref())
        .with_query("permissionsPropagationPolicy", options.permissions_propagation.as_str())
        .with_query("failOnMissingUsersOrGroups", "false")
        .with_archive()
}

/// The bundles that were imported into a project.
pub fn imported(key: &ProjectKey) -> NodeRequest {
    let operation = format!("list the bundles of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "bundles", "imported"]).list()
}

/// Imports the bundle of the request.
pub fn import(key: &ProjectKey) -> NodeRequest {
    let segments = ["projects", key.as_str(), "bundles", "imported", "actions", "importFromStream"];
    NodeRequest::post(format!("import a bundle into project {key}"), &segments).with_archive()
}

/// Prepares the code environments of a bundle.
pub fn preload(key: &ProjectKey, bundle: &BundleId) -> NodeRequest {
    action(key, bundle, "preload").task().repeatable()
}

/// Makes a bundle the active one.
pub fn activate(
    key: &ProjectKey,
    bundle: &BundleId,
    scenarios: &BTreeMap<String, bool>,
) -> NodeRequest {
    let body = if scenarios.is_empty() {
        json!({})
    } else {
        json!({ "scenariosActiveOnActivation": scenarios })
    };
    action(key, bundle, "activate").with_body(body).task().repeatable()
}

/// Deletes an imported bundle (row 8, since 13.5.3).
pub fn delete_imported(key: &ProjectKey, bundle: &BundleId) -> NodeRequest {
    let segments = ["projects", key.as_str(), "bundles", "imported", bundle.as_str()];
    NodeRequest::delete(format!("delete bundle {bundle} of project {key}"), &segments)
}

/// Creates a project from a bundle in a file that the node can read (row 2).
pub fn create_project_from_file(path: &str, options: &BundleProjectOptions) -> NodeRequest {
    let segments = ["projectsFromBundle", "fromArchive"];
    NodeRequest::post("create a project from a bundle on the node", &segments)
        .with_query("archivePath", path)
        .with_optional_query("projectFolderId", options.folder.as_deref())
        .with_query("permissionsPropagationPolicy", options.permissions_propagation.as_str())
        .with_query("failOnMissingUsersOrGroups", "false")
        .task()
}

/// Imports a bundle in a file that the node can read (row 4).
pub fn import_file(key: &ProjectKey, path: &str) -> NodeRequest {
    let segments =
        ["projects", key.as_str(), "bundles", "imported", "actions", "importFromArchive"];
    NodeRequest::post(format!("import a bundle on the node into project {key}"), &segments)
        .with_query("archivePath", path)
        .task()
}

fn action(key: &ProjectKey, bundle: &BundleId, action: &str) -> NodeRequest {
    let segments =
        ["projects", key.as_str(), "bundles", "imported", bundle.as_str(), "actions", action];
    NodeRequest::post(format!("{action} bundle {bundle} of project {key}"), &segments)
}
