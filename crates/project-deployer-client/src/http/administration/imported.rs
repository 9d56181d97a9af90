use project_deployer_core::{BundleId, ProjectKey};

use crate::automation_node::BundleProjectOptions;
use crate::documents::created_project_key;
use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::bundles;

impl HttpNode {
    /// Deletes an imported bundle from an Automation node (since 13.5.3).
    pub async fn delete_imported_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<(), NodeError> {
        self.nothing(&bundles::delete_imported(key, bundle)).await
    }

    /// Creates a project from a bundle in a file that the node can read; it is not activated. Not safe
    /// to repeat.
    pub async fn create_project_from_file(
        &self,
        path: &str,
        options: &BundleProjectOptions,
    ) -> Result<ProjectKey, NodeError> {
        let request = bundles::create_project_from_file(path, options);
        self.result(&request, |created| created_project_key(&created)).await
    }

    /// Imports a bundle in a file that the node can read. Not safe to repeat.
    pub async fn import_bundle_file(&self, key: &ProjectKey, path: &str) -> Result<(), NodeError> {
        self.nothing(&bundles::import_file(key, path)).await
    }
}
