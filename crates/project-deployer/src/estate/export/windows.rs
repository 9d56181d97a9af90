//! Windows, as far as the caller sees them.

use crate::estate::document::WindowEntry;
use crate::estate::observed::ObservedEstate;
use crate::maintenance::MaintenanceScope;
use crate::windows::Window;

impl ObservedEstate {
    /// Windows without who added them and when; none of another Deployer, which has no call for them.
    pub(super) fn export_windows(&self, left_out: &mut Vec<String>) -> Option<Vec<WindowEntry>> {
        let seen = self.windows.seen()?;
        left_out.extend(seen.unread.iter().map(|(scope, reason)| {
            format!("windows of `{scope}`, which cannot be read: {reason}")
        }));
        let entries = seen.sets.iter().flat_map(|(scope, set)| {
            set.value.windows.iter().map(move |window| entry(scope, window))
        });
        Some(entries.collect())
    }
}

fn entry(scope: &MaintenanceScope, window: &Window) -> WindowEntry {
    WindowEntry::new(scope.clone(), window.name.clone())
        .with_effect(Some(window.effect))
        .with_cron(Some(window.recurrence.cron().to_owned()))
        .with_minutes(Some(window.recurrence.minutes()))
        .with_zone(Some(window.recurrence.zone().to_owned()))
        .with_reason(Some(window.reason.clone()))
}
