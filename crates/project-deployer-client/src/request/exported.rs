//! Bundles on a Design node (wire-facts 4).

use project_deployer_core::setters;
use project_deployer_core::{BundleId, Login, ProjectKey, Timestamp, UnknownFields};
use serde::Deserialize;
use serde_json::Value;

use super::{Call, NodeRequest};
use crate::error::NodeErrorKind;
use crate::response::decode;

/// A bundle on a Design node (wire-facts 4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExportedBundle {
    /// Its id.
    pub bundle_id: BundleId,
    /// Its manifest (wire-facts 9.1).
    #[serde(default)]
    pub export_manifest: Option<UnknownFields>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl ExportedBundle {
    /// What its author wrote about it: `exportUserInfo.releaseNotes` (wire-facts 9.2), else
    /// `releaseNotes`.
    #[must_use]
    pub fn release_notes(&self) -> Option<&str> {
        let manifest = self.export_manifest.as_ref()?;
        let author = manifest.get("exportUserInfo");
        let notes = author.and_then(|author| author.get("releaseNotes"));
        notes.or_else(|| manifest.get("releaseNotes")).and_then(Value::as_str)
    }
}

/// A bundle that a Design node published to its Deployer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Publication {
    /// The published project that it belongs to.
    pub published_project_key: ProjectKey,
    /// When.
    #[serde(default)]
    pub published_on: Option<Timestamp>,
    /// The user who created it.
    #[serde(default)]
    pub published_by: Option<Login>,
}

/// A bundle to create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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

setters!(BundleExport {
    with_release_notes(release_notes: Option<String>),
    with_standards_checks(standards_checks: bool),
});

fn segments<'a>(key: &'a ProjectKey, id: &'a BundleId) -> [&'a str; 5] {
    ["projects", key.as_str(), "bundles", "exported", id.as_str()]
}

/// The bundles of a project on a Design node.
pub fn list(key: &ProjectKey) -> Call<Vec<ExportedBundle>> {
    let operation = format!("list the exported bundles of project {key}");
    NodeRequest::get(operation, &["projects", key.as_str(), "bundles", "exported"])
        .list()
        .reading(bundles)
}

/// What a bundle on a Design node holds: manifest, contents, changes. No source documents the format.
pub fn get(key: &ProjectKey, id: &BundleId) -> Call<UnknownFields> {
    NodeRequest::get(format!("read exported bundle {id} of project {key}"), &segments(key, id))
        .list()
        .json()
}

/// Creates a bundle. A second call with the id is refused, so it is not repeated. Row 3
pub fn create(key: &ProjectKey, bundle: &BundleExport) -> Call<Value> {
    let operation = format!("create bundle {} of project {key}", bundle.id);
    NodeRequest::put_nothing(operation, &segments(key, &bundle.id))
        .with_optional_query("releaseNotes", bundle.release_notes.as_deref())
        .with_query("evaluateProjectStandardsChecks", bundle.standards_checks.to_string())
        .task()
        .result(Ok)
}

/// The archive of a bundle. Row 4
pub fn archive(key: &ProjectKey, id: &BundleId) -> NodeRequest {
    let [projects, project, bundles, exported, bundle] = segments(key, id);
    let segments = [projects, project, bundles, exported, bundle, "archive"];
    NodeRequest::get(format!("download bundle {id} of project {key}"), &segments).task()
}

/// Deletes a bundle on a Design node.
pub fn delete(key: &ProjectKey, id: &BundleId) -> Call<()> {
    NodeRequest::delete(format!("delete exported bundle {id} of project {key}"), &segments(key, id))
        .nothing()
}

/// Publishes a bundle to the Deployer that the Design node is linked to, under a key of its own or
/// that of the project. The published project is created when it is absent (R-D1).
pub fn publish(
    key: &ProjectKey,
    id: &BundleId,
    published: Option<&ProjectKey>,
) -> Call<Publication> {
    let segments = ["projects", key.as_str(), "bundles", id.as_str(), "publish"];
    NodeRequest::post(format!("publish bundle {id} of project {key}"), &segments)
        .with_optional_query("publishedProjectKey", published.map(AsRef::as_ref))
        .task()
        .json()
}

fn bundles(mut answer: Value) -> Result<Vec<ExportedBundle>, NodeErrorKind> {
    match answer.get_mut("bundles").map(Value::take) {
        Some(list) => decode(list),
        None => Err(NodeErrorKind::Malformed("the list of bundles has no `bundles`".to_owned())),
    }
}
