use super::NodeState;
use super::project::Project;
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::{MockConnection, MockFolder, implied_by};

impl Caller {
    /// Whether the caller has a right on a project. Rights add up over groups and there are no
    /// negative ones (R-P12).
    pub(crate) fn has(&self, right: &str, project: &Project) -> bool {
        if self.admin || project.owner == self.name() {
            return true;
        }
        project.permissions.iter().any(|entry| {
            let concerns_group = entry.group.as_ref().is_some_and(|g| self.groups.contains(g));
            let concerns_user = entry.user.is_some() && entry.user == self.login;
            let grants = || implied_by(right).iter().any(|flag| entry.flags.contains(*flag));
            (concerns_group || concerns_user) && grants()
        })
    }

    /// # Errors
    ///
    /// The caller has not got the right.
    pub(crate) fn must_have(&self, right: &str, project: &Project) -> Answer<()> {
        if self.has(right, project) {
            return Ok(());
        }
        Err(Refusal::forbidden(format!(
            "{} has not got the permission {right} on project {}",
            self.name(),
            project.key
        )))
    }

    pub(crate) fn may_use(&self, connection: &MockConnection) -> bool {
        let allowed = connection.allowed_groups.as_ref();
        self.admin || allowed.is_none_or(|groups| !groups.is_disjoint(&self.groups))
    }
}

impl NodeState {
    pub(crate) fn writes_in(&self, caller: &Caller, folder: &MockFolder) -> bool {
        caller.admin
            || match folder.parent {
                None => caller.may_write_in_root_folder,
                Some(_) => !folder.writers.is_disjoint(&caller.groups),
            }
    }

    /// # Errors
    ///
    /// The caller may not create projects, or not in that folder.
    pub(crate) fn may_create_in(&self, caller: &Caller, folder: &str) -> Answer<()> {
        let found = self.folder(caller, folder)?;
        if caller.admin {
            return Ok(());
        }
        if !caller.may_create_projects {
            return Err(Refusal::forbidden(format!("{} may not create projects", caller.name())));
        }
        if self.writes_in(caller, found) {
            return Ok(());
        }
        Err(Refusal::forbidden(format!(
            "{} may not write in project folder {folder}",
            caller.name()
        )))
    }
}
