//! Bundles of a Deployer.

use project_deployer_core::{BundleId, GitCommit, ProjectKey};
use serde_json::Value;

use crate::request::{Call, NodeRequest};

/// Publishes the bundle of the request; without a key the one in the bundle counts. A Git commit is a word of ours, which the
/// product does not know. 15
pub fn upload(key: Option<&ProjectKey>, git_commit: Option<&GitCommit>) -> Call<()> {
    NodeRequest::post("publish a bundle", &["project-deployer", "projects", "bundles"])
        .with_optional_query("projectKey", key.map(AsRef::as_ref))
        .with_optional_query("gitCommit", git_commit.map(AsRef::as_ref))
        .with_archive()
        .nothing()
}

/// The archive of a bundle. 16
pub fn archive(key: &ProjectKey, bundle: &BundleId) -> NodeRequest {
    let operation = format!("download bundle {bundle} of {key}");
    NodeRequest::get(operation, &segments(key, bundle)).task()
}

/// Deletes a bundle. 17
pub fn delete(key: &ProjectKey, bundle: &BundleId) -> Call<()> {
    NodeRequest::delete(format!("delete bundle {bundle} of {key}"), &segments(key, bundle))
        .nothing()
}

/// The Project Standards report of a bundle. 18
pub fn standards_report(key: &ProjectKey, bundle: &BundleId) -> Call<Option<Value>> {
    let [root, projects, project, bundles, id] = segments(key, bundle);
    let operation = format!("read the Project Standards report of bundle {bundle} of {key}");
    let segments = [root, projects, project, bundles, id, "project-standards-report"];
    NodeRequest::get(operation, &segments).json()
}

fn segments<'a>(key: &'a ProjectKey, bundle: &'a BundleId) -> [&'a str; 5] {
    ["project-deployer", "projects", key.as_str(), "bundles", bundle.as_str()]
}
