use std::fmt;

use async_trait::async_trait;
use project_deployer_core::{BundleId, ProjectKey};
use serde_json::Value;

use super::{DeployerError, not_offered};
use crate::upload::Upload;

/// Bundles of a Deployer (rows 15 to 18).
///
/// # Errors
///
/// As for [`ProjectDeployer`](super::ProjectDeployer).
#[async_trait]
pub trait BundleOperations: fmt::Debug + Send + Sync {
    /// Publishes a bundle; a published project that is absent is created. Without a key the one in
    /// the bundle counts. 15
    async fn upload_bundle(
        &self,
        bundle: Upload,
        key: Option<&ProjectKey>,
    ) -> Result<(), DeployerError> {
        Err(not_offered("upload_bundle", (bundle, key)))
    }

    /// The archive of a bundle. 16
    async fn download_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Upload, DeployerError> {
        Err(not_offered("download_bundle", (key, bundle)))
    }

    /// Deletes a bundle that no deployment uses. 17
    async fn delete_bundle(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<(), DeployerError> {
        Err(not_offered("delete_bundle", (key, bundle)))
    }

    /// The Project Standards report that was made with a bundle; none when there is none. 18
    async fn standards_report(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Option<Value>, DeployerError> {
        Err(not_offered("standards_report", (key, bundle)))
    }
}
