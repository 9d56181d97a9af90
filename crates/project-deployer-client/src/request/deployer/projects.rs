//! Published projects of a Deployer.

use project_deployer_core::ProjectKey;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::status::PublishedProjectStatus;
use serde_json::json;

use super::documents;
use crate::request::{Call, NodeRequest};

const ROOT: [&str; 2] = ["project-deployer", "projects"];

fn segments(key: &ProjectKey) -> [&str; 3] {
    [ROOT[0], ROOT[1], key.as_str()]
}

/// All published projects. 9
pub fn list() -> Call<Vec<PublishedProjectStatus>> {
    NodeRequest::get("list published projects", &ROOT).list().reading(documents::status)
}

/// Creates a published project. 10
pub fn create(key: &ProjectKey) -> Call<()> {
    NodeRequest::post(format!("create published project {key}"), &ROOT)
        .with_body(json!({ "publishedProjectKey": key }))
        .nothing()
}

/// One published project. 11
pub fn get(key: &ProjectKey) -> Call<PublishedProjectStatus> {
    NodeRequest::get(format!("read published project {key}"), &segments(key))
        .list()
        .reading(documents::status)
}

/// Deletes a published project. 12
pub fn delete(key: &ProjectKey) -> Call<()> {
    NodeRequest::delete(format!("delete published project {key}"), &segments(key)).nothing()
}

/// The settings of a published project. 13
pub fn settings(key: &ProjectKey) -> Call<PublishedProjectSettings> {
    let [root, projects, key] = segments(key);
    let operation = format!("read the settings of published project {key}");
    NodeRequest::get(operation, &[root, projects, key, "settings"])
        .reading(crate::documents::document)
}

/// Replaces the settings of a published project. 14
pub fn save_settings(settings: &PublishedProjectSettings) -> Call<()> {
    let [root, projects, key] = segments(&settings.id);
    let operation = format!("write the settings of published project {key}");
    NodeRequest::put(operation, &[root, projects, key, "settings"], settings.to_document())
        .nothing()
}
