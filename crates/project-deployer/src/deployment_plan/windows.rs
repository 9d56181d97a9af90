use std::fmt;

use project_deployer_core::{Timestamp, WindowName};
use serde::Serialize;

use crate::maintenance::MaintenanceScope;
use crate::windows::WindowRefusal;

/// Windows would refuse the update now (B5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OutsideWindow {
    /// Where the window is; none if the caller does not see it, or if windows cannot be read.
    pub scope: Option<MaintenanceScope>,
    /// The window: one that denies updates, or one that will allow them.
    pub window: Option<WindowName>,
    /// Why, in words.
    pub reason: String,
    /// When updates may start; none if no such time was found within a year, or if windows cannot be read.
    pub opens: Option<Timestamp>,
}

impl OutsideWindow {
    /// What the start of an update would be refused with. A window that the caller does not see is not named.
    pub(crate) fn of(refusal: &WindowRefusal, is_seen: bool) -> Self {
        let (scope, window) = (&refusal.scope, &refusal.window.name);
        Self {
            scope: is_seen.then(|| scope.clone()),
            window: is_seen.then(|| window.clone()),
            reason: match is_seen {
                true => refusal.to_string(),
                false => "a window refuses updates now".to_owned(),
            },
            opens: refusal.until,
        }
    }

    /// Windows that cannot be read refuse every update.
    pub(crate) fn unreadable(reason: String) -> Self {
        Self { scope: None, window: None, reason, opens: None }
    }
}

impl fmt::Display for OutsideWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the update would be refused now: {}; ", self.reason)?;
        match self.opens {
            Some(opens) => write!(f, "it may start from {opens} on"),
            None => f.write_str("no time at which it may start was found"),
        }
    }
}
