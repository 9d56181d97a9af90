//! Bundles on a Design node (wire-facts 4).

use project_deployer_core::{BundleId, ProjectKey};

use super::NodeRequest;

/// A bundle to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleExport {
    /// The new id.
    pub id: BundleId,
    /// What its reader should know.
    pub release_notes: Option<String>,
    /// Whether the Project Standards checks run along; an instance may insist on them.
    pub standards_checks: bool,
}

impl BundleExport {
    /// A bundle without notes, checked.
    #[must_use]
    pub fn new(id: BundleId) -> Self {
        Self { id, release_notes: None, standards_checks: true }
    }
}

fn segments<'a>(key: &'a ProjectKey, id: &'a BundleId) -> [&'a str; 5] {
    ["projects", key.as_str(), "bundles", "exported", id.as_str()]
}

/// The bundles of a project. Row 1
pub fn list(key: &ProjectKey) -> NodeRequest {
    let operation = format!("list the exported bundles of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "bundles", "exported"]).list()
}

/// What a bundle holds. Row 2
pub fn get(key: &ProjectKey, id: &BundleId) -> NodeRequest {
    NodeRequest::get(format!("read exported bundle {id} of project {key}"), &segments(key, id))
        .list()
}

/// Creates a bundle. A second call with the id is refused, so it is not repeated. Row 3
pub fn create(key: &ProjectKey, bundle: &BundleExport) -> NodeRequest {
    let operation = format!("create bundle {} of project {key}", bundle.id);
    NodeRequest::put_nothing(operation, &segments(key, &bundle.id))
        .with_optional_query("releaseNotes", bundle.release_notes.as_deref())
        .with_query(
            "evaluateProjectStandardsChecks",
            if bundle.standards_checks { "true" } else { "false" },
        )
        .task()
}

/// The archive of a bundle. Row 4
pub fn archive(key: &ProjectKey, id: &BundleId) -> NodeRequest {
    let [projects, project, bundles, exported, bundle] = segments(key, id);
    let segments = [projects, project, bundles, exported, bundle, "archive"];
    NodeRequest::get(format!("download bundle {id} of project {key}"), &segments).task()
}

/// Deletes a bundle. Row 5
pub fn delete(key: &ProjectKey, id: &BundleId) -> NodeRequest {
    NodeRequest::delete(format!("delete exported bundle {id} of project {key}"), &segments(key, id))
}

/// Publishes a bundle to the Deployer that the node is linked to; without a key under that of the
/// project. Row 6
pub fn publish(key: &ProjectKey, id: &BundleId, published: Option<&ProjectKey>) -> NodeRequest {
    let segments = ["projects", key.as_str(), "bundles", id.as_str(), "publish"];
    NodeRequest::post(format!("publish bundle {id} of project {key}"), &segments)
        .with_optional_query("publishedProjectKey", published.map(AsRef::as_ref))
        .task()
}
