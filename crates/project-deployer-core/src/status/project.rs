use serde::{Deserialize, Serialize};

use super::deployment::DeploymentSummary;
use super::infra::InfraBasicInfo;
use crate::bundle::{DesignNode, PublishedBundle};
use crate::digest::BundleDigest;
use crate::identifier::{BundleId, GitCommit, Login, ProjectKey};
use crate::lenient::{empty_as_none, null_as_default};
use crate::published_project::PublishedProjectSettings;
use crate::time::Timestamp;

/// Key and name of a published project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectBasicInfo {
    /// The key.
    pub id: ProjectKey,
    /// The display name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
}

impl From<&PublishedProjectSettings> for ProjectBasicInfo {
    fn from(project: &PublishedProjectSettings) -> Self {
        Self { id: project.id.clone(), name: project.name.clone() }
    }
}

/// A published bundle as callers see it (wire-facts 2.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Package {
    /// Its id.
    pub id: BundleId,
    /// When it was published.
    #[serde(default, deserialize_with = "null_as_default")]
    pub published_on: Timestamp,
    /// The login of the publisher.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub published_by: Option<Login>,
    /// Where it comes from.
    #[serde(default, deserialize_with = "null_as_default")]
    pub design_node_info: DesignNode,
    /// The release notes of its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_notes: Option<String>,
    /// The login of its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported_by: Option<String>,
    /// When it was created, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported_on: Option<Timestamp>,
    /// The digest of its archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<BundleDigest>,
    /// The Git commit that it was made from, as its publisher said.
    #[serde(default, deserialize_with = "empty_as_none", skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<GitCommit>,
}

impl From<&PublishedBundle> for Package {
    fn from(bundle: &PublishedBundle) -> Self {
        let mut design_node_info = bundle.contents.design_node.clone();
        design_node_info.project_key.get_or_insert_with(|| bundle.contents.project_key.clone());
        Self {
            id: bundle.id().clone(),
            published_on: bundle.published_on,
            published_by: Some(bundle.published_by.clone()),
            design_node_info,
            release_notes: bundle.contents.release_notes.clone(),
            exported_by: bundle.contents.exported_by.clone(),
            exported_on: bundle.contents.exported_on,
            digest: Some(bundle.digest.clone()),
            git_commit: bundle.git_commit.clone(),
        }
    }
}

/// A published project as a caller sees it (wire-facts 2.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PublishedProjectStatus {
    /// Key and name.
    pub project_basic_info: ProjectBasicInfo,
    /// Whether the caller may administer it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_admin: bool,
    /// Whether the caller may deploy from it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub can_deploy: bool,
    /// Whether the caller may upload bundles.
    #[serde(default, deserialize_with = "null_as_default")]
    pub can_write: bool,
    /// Its bundles, in the order in which they were published.
    #[serde(default, deserialize_with = "null_as_default")]
    pub packages: Vec<Package>,
    /// Its deployments that the caller may see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub deployments: Vec<DeploymentSummary>,
    /// The infrastructures of those deployments.
    #[serde(default, deserialize_with = "null_as_default")]
    pub infras: Vec<InfraBasicInfo>,
}

impl PublishedProjectStatus {
    /// A project without bundles, for somebody who sees it only.
    #[must_use]
    pub fn new(project_basic_info: ProjectBasicInfo) -> Self {
        Self {
            project_basic_info,
            is_admin: false,
            can_deploy: false,
            can_write: false,
            packages: Vec::new(),
            deployments: Vec::new(),
            infras: Vec::new(),
        }
    }
}
