use project_deployer_core::{ProjectKey, UnknownFields};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tolerant::null_as_default;
use crate::documents::written;
use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::projects::{self, ProjectDeletion};

/// A project in a list (wire-facts 3.6).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedProject {
    /// The key.
    pub project_key: ProjectKey,
    /// The name that people see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// The owner.
    #[serde(default)]
    pub owner_login: Option<String>,
    /// What people should know of it.
    #[serde(default)]
    pub short_desc: Option<String>,
    /// Tags.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// Label, description and tags of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProjectMetadata {
    /// The name that people see.
    pub label: Option<String>,
    /// A long description.
    pub description: Option<String>,
    /// A short one.
    pub short_desc: Option<String>,
    /// Tags.
    #[serde(deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl HttpNode {
    /// All projects that the caller may see.
    pub async fn projects(&self) -> Result<Vec<ListedProject>, NodeError> {
        self.json(&projects::list()).await
    }

    /// Deletes a project and waits for the end of it.
    pub async fn delete_project(
        &self,
        key: &ProjectKey,
        deletion: ProjectDeletion,
    ) -> Result<(), NodeError> {
        self.task(&projects::delete(key, deletion)).await.map(|_| ())
    }

    /// Label, description and tags of a project.
    pub async fn project_metadata(&self, key: &ProjectKey) -> Result<ProjectMetadata, NodeError> {
        self.json(&projects::metadata(key)).await
    }

    /// Replaces label, description and tags of a project: change what [`Self::project_metadata`] gave.
    pub async fn save_project_metadata(
        &self,
        key: &ProjectKey,
        metadata: &ProjectMetadata,
    ) -> Result<(), NodeError> {
        self.nothing(&projects::save_metadata(key, written(metadata))).await
    }

    /// The settings of a project, a whole document.
    pub async fn project_settings(&self, key: &ProjectKey) -> Result<UnknownFields, NodeError> {
        self.json(&projects::settings(key)).await
    }

    /// Replaces the settings of a project: change what [`Self::project_settings`] gave.
    pub async fn save_project_settings(
        &self,
        key: &ProjectKey,
        document: &UnknownFields,
    ) -> Result<(), NodeError> {
        self.nothing(&projects::save_settings(key, written(document))).await
    }

    /// The tags that objects of a project may have: `{tags: {name: {color…}}}`.
    pub async fn project_tags(&self, key: &ProjectKey) -> Result<UnknownFields, NodeError> {
        self.json(&projects::tags(key)).await
    }

    /// Replaces the tags that objects of a project may have.
    pub async fn save_project_tags(
        &self,
        key: &ProjectKey,
        document: &UnknownFields,
    ) -> Result<(), NodeError> {
        self.nothing(&projects::save_tags(key, written(document))).await
    }

    /// The variables of a project with those of the node, as one map.
    pub async fn resolved_variables(&self, key: &ProjectKey) -> Result<UnknownFields, NodeError> {
        self.json(&projects::resolved_variables(key)).await
    }

    /// The plugins that a project uses. No source documents the format.
    pub async fn project_plugins(&self, key: &ProjectKey) -> Result<Value, NodeError> {
        self.json(&projects::plugin_usages(key)).await
    }
}
