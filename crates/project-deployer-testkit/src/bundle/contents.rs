use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::seed::{CodeEnvLanguage, MockPermission};

/// What the mock knows of a bundle once it has read it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BundleContents {
    pub(crate) project_key: String,
    pub(crate) bundle_id: String,
    pub(crate) project_name: String,
    pub(crate) release_notes: Option<String>,
    /// The whole manifest, as lists return it.
    pub(crate) manifest: Value,
    /// Name and type; the type where the bundle has it.
    pub(crate) connections: BTreeSet<(String, Option<String>)>,
    pub(crate) code_envs: BTreeSet<(String, CodeEnvLanguage)>,
    pub(crate) plugins: BTreeSet<String>,
    pub(crate) permissions: Vec<MockPermission>,
    pub(crate) tags: Vec<String>,
    pub(crate) settings: Map<String, Value>,
    pub(crate) standard_variables: Map<String, Value>,
    pub(crate) datasets: Vec<Map<String, Value>>,
    /// Definitions, each with its `id`.
    pub(crate) scenarios: Vec<Map<String, Value>>,
    pub(crate) webapps: Vec<Map<String, Value>>,
}
