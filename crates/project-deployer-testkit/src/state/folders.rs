use serde_json::{Value, json};

use super::NodeState;
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::MockFolder;

impl NodeState {
    /// A folder that the caller may see; everybody sees the root folder.
    ///
    /// # Errors
    ///
    /// There is no such folder, or the caller may not see it.
    pub(crate) fn folder(&self, caller: &Caller, id: &str) -> Answer<&MockFolder> {
        let found = self.folders.get(id).ok_or_else(|| Refusal::not_found("Project folder", id))?;
        if self.sees_folder(caller, found) {
            return Ok(found);
        }
        Err(Refusal::forbidden(format!("{} may not read project folder {id}", caller.name())))
    }

    fn sees_folder(&self, caller: &Caller, folder: &MockFolder) -> bool {
        caller.admin || folder.parent.is_none() || !folder.readers.is_disjoint(&caller.groups)
    }

    /// What the caller is told of a folder: projects only as far as the caller sees them.
    pub(crate) fn folder_json(&self, caller: &Caller, id: &str) -> Answer<Value> {
        let folder = self.folder(caller, id)?;
        let children: Vec<&str> = self
            .folders
            .values()
            .filter(|child| child.parent.as_deref() == Some(id) && self.sees_folder(caller, child))
            .map(|child| child.id.as_str())
            .collect();
        let projects: Vec<&str> = self
            .projects
            .values()
            .filter(|project| project.folder == id && caller.has("see", project))
            .map(|project| project.key.as_str())
            .collect();
        Ok(json!({
            "id": folder.id,
            "name": folder.name,
            "parentId": folder.parent,
            "childrenIds": children,
            "projectKeys": projects,
        }))
    }

    /// Moves a project into a folder.
    ///
    /// # Errors
    ///
    /// Project or folder are not there, or the caller may not write in the folder.
    pub(crate) fn move_project(
        &mut self,
        caller: &Caller,
        key: &str,
        destination: &str,
    ) -> Answer<()> {
        self.may_create_in(caller, destination)?;
        destination.clone_into(&mut self.project_mut(caller, key, "admin")?.folder);
        Ok(())
    }
}
