use project_deployer_core::{BundleId, Login, ProjectKey, Timestamp, UnknownFields};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{NodeError, NodeErrorKind};
use crate::http::HttpNode;
use crate::request::exported::{self, BundleExport};
use crate::response::decode;
use crate::upload::Upload;

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

impl HttpNode {
    /// The bundles of a project on a Design node.
    pub async fn exported_bundles(
        &self,
        key: &ProjectKey,
    ) -> Result<Vec<ExportedBundle>, NodeError> {
        self.read(&exported::list(key), bundles).await
    }

    /// What a bundle on a Design node holds: manifest, contents, changes. No source documents the format.
    pub async fn exported_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<UnknownFields, NodeError> {
        self.json(&exported::get(key, id)).await
    }

    /// Creates a bundle on a Design node and waits for the end of it.
    ///
    /// # Errors
    ///
    /// As for every call to a node; an id that exists is refused, and so may be an export without the
    /// standards checks.
    pub async fn export_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleExport,
    ) -> Result<Value, NodeError> {
        self.task(&exported::create(key, bundle)).await
    }

    /// The archive of a bundle on a Design node, as it comes.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or something other than an archive comes.
    pub async fn exported_archive(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<Upload, NodeError> {
        self.download(&exported::archive(key, id), format!("{key}-{id}.zip")).await
    }

    /// Deletes a bundle on a Design node.
    pub async fn delete_exported_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<(), NodeError> {
        self.nothing(&exported::delete(key, id)).await
    }

    /// Publishes a bundle to the Deployer that the Design node is linked to, under a key of its own or
    /// that of the project. The published project is created when it is absent (R-D1).
    ///
    /// # Errors
    ///
    /// As for every call to a node; the Deployer's refusals come through it.
    pub async fn publish_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
        published: Option<&ProjectKey>,
    ) -> Result<Publication, NodeError> {
        self.json(&exported::publish(key, id, published)).await
    }
}

fn bundles(mut answer: Value) -> Result<Vec<ExportedBundle>, NodeErrorKind> {
    match answer.get_mut("bundles").map(Value::take) {
        Some(list) => decode(list),
        None => Err(NodeErrorKind::Malformed("the list of bundles has no `bundles`".to_owned())),
    }
}
