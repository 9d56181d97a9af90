use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::{BundleId, ProjectKey};
use serde::{Deserialize, Serialize};

/// A bundle of a published project. A deleted bundle leaves its id: a node may still have the bundle, so the
/// id is never reused for other bytes (R-D10).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BundleRecord {
    pub(crate) project: ProjectKey,
    pub(crate) id: BundleId,
    /// None after the bundle was deleted.
    pub(crate) published: Option<PublishedBundle>,
}

impl BundleRecord {
    pub(crate) fn of(bundle: PublishedBundle) -> Self {
        Self {
            project: bundle.published_project_key.clone(),
            id: bundle.id().clone(),
            published: Some(bundle),
        }
    }

    /// The record without its bundle.
    pub(crate) fn deleted(&self) -> Self {
        Self { published: None, ..self.clone() }
    }

    /// The id of a bundle's record.
    pub(crate) fn record_id(project: &ProjectKey, id: &BundleId) -> String {
        format!("{project}/{id}")
    }

    /// What the records of a project's bundles begin with: no id has a slash.
    pub(crate) fn prefix(project: &ProjectKey) -> String {
        format!("{project}/")
    }
}
