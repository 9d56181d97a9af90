use project_deployer_core::{WindowName, setters};
use serde::{Deserialize, Serialize};

use crate::maintenance::MaintenanceScope;
use crate::windows::WindowEffect;

/// A window of everything, of a stage, or of an infrastructure: when updates may start, or may not (B5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WindowEntry {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    pub scope: MaintenanceScope,
    /// Its name there.
    pub name: WindowName,
    /// Whether updates may start within it. A new window needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<WindowEffect>,
    /// When it opens, as a cron expression. A new window needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// How long it is open, in minutes. A new window needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// The time zone of the expression, a name of the IANA database. Without it a new window has `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Why: whoever is refused reads it. A new window needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl WindowEntry {
    /// A window that is left as it is.
    #[must_use]
    pub fn new(scope: MaintenanceScope, name: WindowName) -> Self {
        Self { scope, name, effect: None, cron: None, minutes: None, zone: None, reason: None }
    }
}

setters!(WindowEntry {
    with_effect(effect: Option<WindowEffect>),
    with_cron(cron: Option<String>),
    with_minutes(minutes: Option<u32>),
    with_zone(zone: Option<String>),
    with_reason(reason: Option<String>),
});
