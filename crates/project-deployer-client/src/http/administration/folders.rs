use std::collections::{BTreeSet, VecDeque};

use project_deployer_core::{GroupName, ProjectKey, UnknownFields};
use serde::{Deserialize, Serialize};

use super::tolerant::null_as_default;
use crate::documents::written;
use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::{folders, instance};

/// A folder of projects in the tree of a node (wire-facts 3.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Folder {
    /// Its id.
    pub id: String,
    /// Its name; the root folder has none.
    pub name: Option<String>,
    /// The folder that it is in; the root folder is in none.
    pub parent_id: Option<String>,
    /// The folders in it.
    #[serde(deserialize_with = "null_as_default")]
    pub children_ids: Vec<String>,
    /// The keys of the projects in it, as far as the caller may see them.
    #[serde(deserialize_with = "null_as_default")]
    pub project_keys: Vec<String>,
}

/// Name, owner and permissions of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FolderSettings {
    /// The name.
    pub name: Option<String>,
    /// The owner.
    pub owner: Option<String>,
    /// One entry for each group.
    #[serde(deserialize_with = "null_as_default")]
    pub permissions: Vec<FolderPermission>,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// What the members of a group may do in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderPermission {
    /// The group.
    pub group: GroupName,
    /// See it and its projects.
    #[serde(default)]
    pub read: bool,
    /// Put projects and folders into it.
    #[serde(default)]
    pub write_contents: bool,
    /// Change its settings, delete it.
    #[serde(default)]
    pub admin: bool,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl HttpNode {
    /// A folder; no id means the root folder.
    pub async fn folder(&self, id: Option<&str>) -> Result<Folder, NodeError> {
        self.json(&instance::project_folder(id)).await
    }

    /// The folders that the caller may see, the root folder first, each before those in it. A folder
    /// that the caller may not see is left out with all in it.
    pub async fn folder_tree(&self) -> Result<Vec<Folder>, NodeError> {
        let root = self.folder(None).await?;
        let mut seen = BTreeSet::from([root.id.clone()]);
        let mut waiting: VecDeque<String> = root.children_ids.iter().cloned().collect();
        let mut tree = vec![root];
        while let Some(id) = waiting.pop_front() {
            if !seen.insert(id.clone()) {
                continue;
            }
            match self.folder(Some(&id)).await {
                Ok(folder) => {
                    waiting.extend(folder.children_ids.iter().cloned());
                    tree.push(folder);
                }
                Err(error) if error.is_forbidden() || error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tree)
    }

    /// Name, owner and permissions of a folder; for its administrators.
    pub async fn folder_settings(&self, id: &str) -> Result<FolderSettings, NodeError> {
        self.json(&folders::settings(id)).await
    }

    /// Replaces name, owner and permissions of a folder: change what [`Self::folder_settings`] gave.
    pub async fn save_folder_settings(
        &self,
        id: &str,
        settings: &FolderSettings,
    ) -> Result<(), NodeError> {
        self.nothing(&folders::save_settings(id, written(settings))).await
    }

    /// Creates a folder in another one.
    pub async fn create_folder(&self, parent: &str, name: &str) -> Result<Folder, NodeError> {
        self.json(&folders::create(parent, name)).await
    }

    /// Puts a folder into another one.
    pub async fn move_folder(&self, id: &str, destination: &str) -> Result<(), NodeError> {
        self.nothing(&folders::move_to(id, destination)).await
    }

    /// Takes a project from one folder into another.
    pub async fn move_project(
        &self,
        key: &ProjectKey,
        from: &str,
        destination: &str,
    ) -> Result<(), NodeError> {
        self.nothing(&folders::move_project(from, key, destination)).await
    }

    /// Deletes a folder, which has to be empty.
    pub async fn delete_folder(&self, id: &str) -> Result<(), NodeError> {
        self.nothing(&folders::delete(id)).await
    }

    /// The folder that holds a project.
    pub async fn folder_of(&self, key: &ProjectKey) -> Result<Folder, NodeError> {
        self.json(&folders::of_project(key)).await
    }

    /// The folder that new projects go to by default when they are created in this one.
    pub async fn default_folder(&self, id: &str) -> Result<Folder, NodeError> {
        self.json(&folders::default_for_new_projects(id)).await
    }
}
