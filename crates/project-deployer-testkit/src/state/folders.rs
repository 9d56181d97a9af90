use serde_json::{Value, json};

use super::NodeState;
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::MockFolder;

impl NodeState {
    /// A folder that the caller may see; all callers see the root folder.
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

    /// The fields of a folder for a caller: projects only as far as the caller sees them.
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

    /// # Errors
    ///
    /// There is no such folder.
    pub(crate) fn folder_mut(&mut self, id: &str) -> Answer<&mut MockFolder> {
        self.folders.get_mut(id).ok_or_else(|| Refusal::not_found("Project folder", id))
    }

    /// Makes a folder in another.
    ///
    /// # Errors
    ///
    /// The parent is not there, or the caller may not write in it.
    pub(crate) fn create_folder(
        &mut self,
        caller: &Caller,
        parent: &str,
        name: String,
    ) -> Answer<Value> {
        if !self.writes_in(caller, self.folder(caller, parent)?) {
            let message = format!("{} may not write in project folder {parent}", caller.name());
            return Err(Refusal::forbidden(message));
        }
        // Folders may have gone, so their number may be taken.
        let mut number = self.folders.len();
        while self.folders.contains_key(&format!("folder{number}")) {
            number += 1;
        }
        let mut folder = MockFolder::new(format!("folder{number}"), name);
        folder.parent = Some(parent.to_owned());
        folder.readers.extend(caller.groups.iter().cloned());
        folder.writers.extend(caller.groups.iter().cloned());
        let id = folder.id.clone();
        self.folders.insert(id.clone(), folder);
        self.folder_json(caller, &id)
    }

    /// # Errors
    ///
    /// A folder is not there, it is the root folder, or it would come to lie in itself.
    pub(crate) fn move_folder(&mut self, id: &str, destination: &str) -> Answer<()> {
        let mut above = Some(destination.to_owned());
        while let Some(current) = above {
            if current == id {
                return Err(Refusal::illegal(format!("Project folder {id} cannot be moved there")));
            }
            above = self.folder_mut(&current)?.parent.clone();
        }
        self.folder_mut(id)?.parent = Some(destination.to_owned());
        Ok(())
    }

    /// # Errors
    ///
    /// It is not there, not empty, or the root folder.
    pub(crate) fn remove_folder(&mut self, id: &str) -> Answer<()> {
        let is_root = self.folder_mut(id)?.parent.is_none();
        let holds_folders = self.folders.values().any(|child| child.parent.as_deref() == Some(id));
        let holds_projects = self.projects.values().any(|project| project.folder == id);
        if is_root || holds_folders || holds_projects {
            return Err(Refusal::illegal(format!("Project folder is not empty: {id}")));
        }
        self.folders.remove(id);
        Ok(())
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
