use project_deployer_client::DeployerError;
use project_deployer_core::{Login, Timestamp, WindowName};

use super::{MOST_WINDOWS, Window, WindowRequest, WindowSet};
use crate::maintenance::MaintenanceScope;

/// Windows of one scope that are added or replaced, and others that are removed, in one commit: nothing is seen between
/// the old windows and the new ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WindowsChange {
    pub(crate) scope: MaintenanceScope,
    /// The windows to add, in place of those of their names.
    pub(crate) add: Vec<WindowRequest>,
    /// The names of the windows to remove.
    pub(crate) remove: Vec<WindowName>,
    /// Whether the scope has no windows before.
    pub(crate) is_new: bool,
    /// Each window that it names as it was planned; none where there was no such window. Windows that change in two
    /// commits have no version to expect in the second one.
    pub(crate) planned: Vec<(WindowName, Option<Window>)>,
}

impl WindowsChange {
    /// Whether nobody changed the windows that it names since it was planned.
    pub(crate) fn is_as_planned(&self, known: Option<&WindowSet>) -> bool {
        let known = known.map(|known| known.windows.as_slice()).unwrap_or_default();
        let is_same = |(name, planned): &(WindowName, Option<Window>)| {
            known.iter().find(|window| window.name == *name) == planned.as_ref()
        };
        self.planned.iter().all(is_same)
    }

    /// The windows afterwards. Those that it does not name stay as they are.
    ///
    /// # Errors
    ///
    /// A window has no reason or never opens, or there would be more than 20.
    pub(crate) fn applied_to(
        &self,
        known: Option<&WindowSet>,
        owner: &Login,
        now: Timestamp,
    ) -> Result<WindowSet, DeployerError> {
        let mut new = known.cloned().unwrap_or_else(|| WindowSet::empty(self.scope.clone()));
        new.windows.retain(|window| !self.remove.contains(&window.name));
        for request in &self.add {
            new = new.with(request.clone().added(owner.clone(), now)?);
        }
        new.within_limit()
    }
}

impl WindowSet {
    /// The same, if there are not too many.
    pub(crate) fn within_limit(self) -> Result<Self, DeployerError> {
        if self.windows.len() > MOST_WINDOWS {
            return Err(DeployerError::not_possible(
                format!("{} has {MOST_WINDOWS} windows", self.scope.in_words()),
                "remove one of them first",
            ));
        }
        Ok(self)
    }
}
