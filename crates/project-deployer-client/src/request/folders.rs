//! The tree of project folders (wire-facts 3.5). [`super::instance::project_folder`] reads one.

use project_deployer_core::{GroupName, ProjectKey, UnknownFields};
use serde::{Deserialize, Serialize};

use super::{Call, NodeRequest};
use crate::response::null_as_default;

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
#[non_exhaustive]
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
#[non_exhaustive]
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

impl FolderPermission {
    /// A group without a right.
    #[must_use]
    pub fn new(group: GroupName) -> Self {
        Self {
            group,
            read: false,
            write_contents: false,
            admin: false,
            extra: UnknownFields::default(),
        }
    }
}

/// Name, owner and permissions of a folder; for its administrators.
pub fn settings(id: &str) -> Call<FolderSettings> {
    let operation = format!("read the settings of project folder {id}");
    NodeRequest::get(operation, &["project-folders", id, "settings"]).json()
}

/// Replaces name, owner and permissions of a folder: change what [`settings`] gave.
pub fn save_settings(id: &str, document: &impl Serialize) -> Call<()> {
    let operation = format!("write the settings of project folder {id}");
    NodeRequest::put(operation, &["project-folders", id, "settings"], document).nothing()
}

/// Creates a folder in another one.
pub fn create(parent: &str, name: &str) -> Call<Folder> {
    let operation = format!("create project folder {name} in {parent}");
    NodeRequest::post(operation, &["project-folders", parent, "children"])
        .with_query("name", name)
        .json()
}

/// Puts a folder into another one.
pub fn move_to(id: &str, destination: &str) -> Call<()> {
    let operation = format!("move project folder {id} to {destination}");
    NodeRequest::post(operation, &["project-folders", id, "move"])
        .with_query("destination", destination)
        .nothing()
}

/// Puts a project of this folder into another one.
pub fn move_project(id: &str, key: &ProjectKey, destination: &str) -> Call<()> {
    let operation = format!("move project {key} to folder {destination}");
    NodeRequest::post(operation, &["project-folders", id, "projects", key.as_str(), "move"])
        .with_query("destination", destination)
        .nothing()
}

/// Deletes a folder, which has to be empty.
pub fn delete(id: &str) -> Call<()> {
    NodeRequest::delete(format!("delete project folder {id}"), &["project-folders", id]).nothing()
}

/// The folder that holds a project.
pub fn of_project(key: &ProjectKey) -> Call<Folder> {
    let operation = format!("find the folder of project {key}");
    NodeRequest::get(operation, &["project-folders", "locate-project", key.as_str()]).json()
}

/// The folder that new projects go to by default when they are created in this one.
pub fn default_for_new_projects(id: &str) -> Call<Folder> {
    let operation = format!("find the default folder of {id}");
    NodeRequest::get(operation, &["project-folders", id, "default-for-project-creation"]).json()
}
