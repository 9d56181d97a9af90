//! What becomes of an update that waited for others while windows closed. No IO.

use super::event::UpdateEvent;
use super::machine::is_cancelled;
use super::plan::UpdatePlan;

/// Whether windows have to allow an update once more when its turn comes: it has waited, and has begun nothing. One that has begun
/// goes to its end, and so does one that began before windows were asked twice.
#[must_use]
pub(crate) fn asks_windows(plan: &UpdatePlan, events: &[UpdateEvent]) -> bool {
    let waited = |event: &UpdateEvent| matches!(event, UpdateEvent::Queued { .. });
    let settles_it = |event: &UpdateEvent| {
        matches!(
            event,
            UpdateEvent::StepStarted { .. }
                | UpdateEvent::HookStarted { .. }
                | UpdateEvent::HookFinished { .. }
                | UpdateEvent::OutsideWindow { .. }
        )
    };
    plan.asks_windows
        && events.iter().any(waited)
        && !events.iter().any(settles_it)
        && !is_cancelled(events)
}

/// Why windows ended an update before it began; none if they did not, or if the glass was broken.
#[must_use]
pub(crate) fn refused_by_windows(events: &[UpdateEvent]) -> Option<String> {
    events.iter().find_map(|event| match event {
        UpdateEvent::OutsideWindow { refused, break_glass: None, .. } => Some(format!(
            "outside-window: its turn came after a window had closed, and nothing was begun: {refused}"
        )),
        _ => None,
    })
}
