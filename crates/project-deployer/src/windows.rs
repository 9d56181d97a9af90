//! Windows: when updates of an infrastructure, of a stage or of everything may start, and when they may not (B5).

mod change;
mod civil;
mod decision;
mod expression;
mod openings;
mod recurrence;
mod stored;

use std::fmt;

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{Login, Timestamp, WindowName, setters};
use serde::{Deserialize, Serialize};

pub(crate) use self::change::WindowsChange;
pub use self::decision::{WindowDecision, decide, next_opening};
pub(crate) use self::recurrence::MOST_MINUTES;
pub use self::recurrence::{InvalidRecurrence, Recurrence};
pub use self::stored::UnreadableWindows;
pub(crate) use self::stored::{NOT_SHOWN, StoredWindows};
use crate::maintenance::MaintenanceScope;

/// The longest reason, in bytes.
pub(crate) const MAX_REASON: usize = 1000;

/// How many windows an infrastructure, a stage or everything may have.
pub(crate) const MOST_WINDOWS: usize = 20;

/// Whether updates may start within a window, or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WindowEffect {
    /// They may. Where there is such a window, they may only within one.
    Allow,
    /// They may not, whatever allows them.
    Deny,
}

impl WindowEffect {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// A window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Window {
    /// Its name among those of the same scope.
    pub name: WindowName,
    /// What it does.
    pub effect: WindowEffect,
    /// When it is open.
    pub recurrence: Recurrence,
    /// Why.
    pub reason: String,
    /// Who added it.
    pub owner: Login,
    /// When it was added.
    pub since: Timestamp,
}

/// The windows of an infrastructure, of a stage, or of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WindowSet {
    /// Where.
    pub scope: MaintenanceScope,
    /// Each window, in the order of their names.
    pub windows: Vec<Window>,
}

/// A window to add.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowRequest {
    /// Where.
    pub scope: MaintenanceScope,
    /// Its name there.
    pub name: WindowName,
    /// What it does.
    pub effect: WindowEffect,
    /// When it is open.
    pub recurrence: Recurrence,
    /// Why: whoever is refused reads it.
    pub reason: String,
}

impl WindowRequest {
    /// A window within which updates may start.
    #[must_use]
    pub fn new(
        scope: MaintenanceScope,
        name: WindowName,
        recurrence: Recurrence,
        reason: impl Into<String>,
    ) -> Self {
        Self { scope, name, effect: WindowEffect::Allow, recurrence, reason: reason.into() }
    }

    /// The window that it adds.
    pub(crate) fn added(self, owner: Login, now: Timestamp) -> Result<Window, DeployerError> {
        let Self { name, effect, recurrence, reason, .. } = self;
        let reason = checked_reason("the window", &reason)?;
        if recurrence.next_start(now).is_none() {
            return Err(DeployerError::not_possible(
                format!("`{}` never opens, or not within ten years", recurrence.cron()),
                "correct the day and the month",
            ));
        }
        Ok(Window { name, effect, recurrence, reason, owner, since: now })
    }
}

setters!(WindowRequest {
    with_effect(effect: WindowEffect),
});

/// A reason that was given, if it says something in at most 1,000 bytes.
pub(crate) fn checked_reason(of: &str, reason: &str) -> Result<String, DeployerError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > MAX_REASON {
        return Err(DeployerError::not_possible(
            format!("the reason of {of} has {} bytes", reason.len()),
            format!("write a reason of at most {MAX_REASON} bytes"),
        ));
    }
    Ok(reason.to_owned())
}

impl WindowSet {
    /// No windows yet.
    pub(crate) fn empty(scope: MaintenanceScope) -> Self {
        Self { scope, windows: Vec::new() }
    }

    /// The same with a window, in place of the one with its name.
    pub(crate) fn with(&self, window: Window) -> Self {
        let others = self.windows.iter().filter(|known| known.name != window.name);
        let mut windows: Vec<_> = others.cloned().collect();
        windows.push(window);
        windows.sort_by(|one, other| one.name.cmp(&other.name));
        Self { scope: self.scope.clone(), windows }
    }

    /// Whether it is about an infrastructure.
    #[must_use]
    pub fn is_about(&self, infra: &InfraSettings) -> bool {
        match &self.scope {
            MaintenanceScope::Everything => true,
            MaintenanceScope::Stage(stage) => *stage == infra.stage,
            MaintenanceScope::Infra(id) => *id == infra.id,
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.effect {
            WindowEffect::Allow => "allows",
            WindowEffect::Deny => "denies",
        };
        write!(f, "`{}` {verb} updates {}: {}", self.name, self.recurrence, self.reason)
    }
}

/// The windows of an infrastructure, with those of its stage and of everything, and what they say at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InfraWindows {
    /// The windows by scope, the widest first.
    pub sets: Vec<WindowSet>,
    /// Those that cannot be read. As long as there are some, updates may not start.
    pub unreadable: Vec<UnreadableWindows>,
    /// Why updates may not start now; none if they may, or if some windows cannot be read.
    pub refused: Option<WindowRefusal>,
    /// When they may start: now, if they may; none if no such time was found within a year, or if some windows cannot be
    /// read.
    pub opens: Option<Timestamp>,
}

impl InfraWindows {
    /// Why updates may not start now, in words; none if they may.
    #[must_use]
    pub fn why_refused(&self) -> Option<String> {
        let unreadable = self.unreadable.first().map(ToString::to_string);
        unreadable.or_else(|| self.refused.as_ref().map(ToString::to_string))
    }
}

/// Why updates may not start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowRefusal {
    /// Where the window is.
    pub scope: MaintenanceScope,
    /// A window that denies them; or one that will allow them, of a scope that allows them only within windows.
    pub window: Window,
    /// When they may start again; none if no such time was found within a year.
    pub until: Option<Timestamp>,
}

impl WindowRefusal {
    /// What whoever is refused reads.
    pub(crate) fn error(&self) -> DeployerError {
        DeployerError::OutsideWindow { why: self.to_string(), at: None, opens: self.until }
    }

    /// The same of a later time.
    pub(crate) fn error_at(&self, at: Timestamp) -> DeployerError {
        let why = format!("updates may not start at {at}: {}", self.in_words("then"));
        DeployerError::OutsideWindow { why, at: Some(at), opens: self.until }
    }

    fn in_words(&self, when: &str) -> String {
        let scope = self.scope.in_words();
        let Window { name, reason, .. } = &self.window;
        match self.window.effect {
            WindowEffect::Allow => {
                format!("{scope} takes updates only within its windows (`{name}`: {reason})")
            }
            WindowEffect::Deny => {
                format!("window `{name}` of {scope} denies updates {when} ({reason})")
            }
        }
    }
}

impl fmt::Display for WindowRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words("now"))
    }
}

#[cfg(test)]
mod tests;
