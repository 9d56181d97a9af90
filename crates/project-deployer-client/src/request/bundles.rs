//! Bundles on an Automation node (wire-facts 3.7).

use project_deployer_core::messages::InfoMessages;
use project_deployer_core::{BundleId, ProjectKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::{Call, NodeRequest};
use crate::automation_node::BundleProjectOptions;
use crate::documents::created_project_key;
use crate::response::report;

/// Creates a project from the bundle of the request. `failOnMissingUsersOrGroups` is always false:
/// the Deployer's rule is that unknown ones are ignored (R-S5).
pub fn create_project(options: &BundleProjectOptions) -> Call<ProjectKey> {
    NodeRequest::post("create a project from a bundle", &["projectsFromBundle", ""])
        .with_optional_query("projectFolderId", options.folder.as_deref())
        .with_query("permissionsPropagationPolicy", options.permissions_propagation.as_str())
        .with_query("failOnMissingUsersOrGroups", "false")
        .with_archive()
        .result(|created| created_project_key(&created))
}

/// The bundles that were imported into a project.
pub fn imported(key: &ProjectKey) -> Call<Value> {
    let operation = format!("list the bundles of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "bundles", "imported"]).list().json()
}

/// Imports the bundle of the request.
pub fn import(key: &ProjectKey) -> Call<()> {
    let segments = ["projects", key.as_str(), "bundles", "imported", "actions", "importFromStream"];
    NodeRequest::post(format!("import a bundle into project {key}"), &segments)
        .with_archive()
        .whole(|answer| answer.into_report().map(|_| ()))
}

/// Prepares the code environments of a bundle.
pub fn preload(key: &ProjectKey, bundle: &BundleId) -> Call<InfoMessages> {
    action(key, bundle, "preload").task().repeatable().result(report)
}

/// Makes a bundle the active one.
pub fn activate(
    key: &ProjectKey,
    bundle: &BundleId,
    scenarios: &BTreeMap<String, bool>,
) -> Call<InfoMessages> {
    let body = if scenarios.is_empty() {
        json!({})
    } else {
        json!({ "scenariosActiveOnActivation": scenarios })
    };
    action(key, bundle, "activate").with_body(body).task().repeatable().result(report)
}

/// Deletes an imported bundle from an Automation node (since 13.5.3).
pub fn delete_imported(key: &ProjectKey, bundle: &BundleId) -> Call<()> {
    let segments = ["projects", key.as_str(), "bundles", "imported", bundle.as_str()];
    NodeRequest::delete(format!("delete bundle {bundle} of project {key}"), &segments).nothing()
}

/// Creates a project from a bundle in a file that the node can read; it is not activated. Not safe
/// to repeat.
pub fn create_project_from_file(path: &str, options: &BundleProjectOptions) -> Call<ProjectKey> {
    let segments = ["projectsFromBundle", "fromArchive"];
    NodeRequest::post("create a project from a bundle on the node", &segments)
        .with_query("archivePath", path)
        .with_optional_query("projectFolderId", options.folder.as_deref())
        .with_query("permissionsPropagationPolicy", options.permissions_propagation.as_str())
        .with_query("failOnMissingUsersOrGroups", "false")
        .task()
        .result(|created| created_project_key(&created))
}

/// Imports a bundle in a file that the node can read. Not safe to repeat.
pub fn import_file(key: &ProjectKey, path: &str) -> Call<()> {
    let segments =
        ["projects", key.as_str(), "bundles", "imported", "actions", "importFromArchive"];
    NodeRequest::post(format!("import a bundle on the node into project {key}"), &segments)
        .with_query("archivePath", path)
        .task()
        .nothing()
}

fn action(key: &ProjectKey, bundle: &BundleId, action: &str) -> NodeRequest {
    let segments =
        ["projects", key.as_str(), "bundles", "imported", bundle.as_str(), "actions", action];
    NodeRequest::post(format!("{action} bundle {bundle} of project {key}"), &segments)
}
