use serde::{Deserialize, Serialize};

use crate::identifier::{BundleId, ProjectKey};
use crate::lenient::null_as_default;
use crate::time::Timestamp;
use crate::unknown_fields::UnknownFields;

/// A project on a node, with the bundles that were imported into it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeProject {
    /// The key.
    pub key: ProjectKey,
    /// The bundles.
    pub imported: Vec<ImportedBundle>,
    /// The active bundle, if the node reports one (wire-facts 9.2).
    pub active_bundle: Option<BundleId>,
}

impl NodeProject {
    /// A project without a bundle.
    #[must_use]
    pub fn new(key: ProjectKey) -> Self {
        Self { key, imported: Vec::new(), active_bundle: None }
    }
}

impl NodeProject {
    /// Whether a bundle was imported.
    #[must_use]
    pub fn has_imported(&self, bundle: &BundleId) -> bool {
        self.imported.iter().any(|imported| imported.id == *bundle)
    }
}

/// A bundle that was imported into a project.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportedBundle {
    /// Its id.
    pub id: BundleId,
    /// When it was imported, if the node reports it (wire-facts 9.2).
    pub imported_on: Option<Timestamp>,
}

impl ImportedBundle {
    /// A bundle.
    #[must_use]
    pub fn new(id: BundleId) -> Self {
        Self { id, imported_on: None }
    }
}

/// The variables of a project (wire-facts 3.6). Their values may be secret: `Debug` prints names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ProjectVariables {
    /// Variables that bundles contain (R-A9).
    #[serde(deserialize_with = "null_as_default")]
    pub standard: UnknownFields,
    /// Variables of the project on this node.
    #[serde(deserialize_with = "null_as_default")]
    pub local: UnknownFields,
}

impl ProjectVariables {
    /// Variables.
    #[must_use]
    pub fn new(standard: UnknownFields, local: UnknownFields) -> Self {
        Self { standard, local }
    }
}

/// A folder of projects on a node (wire-facts 3.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ProjectFolder {
    /// Its id.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// Its name; the root folder has none.
    pub name: Option<String>,
    /// The keys of its projects that the caller may see.
    #[serde(deserialize_with = "null_as_default")]
    pub project_keys: Vec<String>,
}
