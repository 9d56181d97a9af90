use project_deployer_core::Timestamp;

use super::{Window, WindowEffect, WindowRefusal, WindowSet};
use crate::maintenance::MaintenanceScope;

/// How far ahead an opening is looked for: a year, in milliseconds, as far as anything is scheduled.
const FARTHEST: i64 = 366 * 24 * 3600 * 1000;

/// After how many windows that follow each other no opening is looked for any more.
const MOST_STEPS: usize = 1000;

/// Whether updates may start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WindowDecision {
    /// They may.
    Allowed,
    /// They may not.
    Refused(Box<WindowRefusal>),
}

/// Whether an update may start at a time. Of all sets that are about its infrastructure:
///
/// - within a window that denies, it may not;
/// - of each set that has windows that allow, one of them has to be open. So the windows of an infrastructure narrow those
///   of its stage, and never widen them.
#[must_use]
pub fn decide<'a>(
    sets: impl IntoIterator<Item = &'a WindowSet, IntoIter: Clone>,
    now: Timestamp,
) -> WindowDecision {
    let sets = sets.into_iter();
    match closed(sets.clone(), now) {
        None => WindowDecision::Allowed,
        Some(Closed { scope, window, .. }) => {
            let (scope, window) = (scope.clone(), window.clone());
            let until = next_opening(sets, now);
            WindowDecision::Refused(Box::new(WindowRefusal { scope, window, until }))
        }
    }
}

/// The first time from `from` on at which an update may start: `from` itself, if it may. None if there is none within a
/// year, or more than a thousand windows follow each other before it.
#[must_use]
pub fn next_opening<'a>(
    sets: impl IntoIterator<Item = &'a WindowSet, IntoIter: Clone>,
    from: Timestamp,
) -> Option<Timestamp> {
    let sets = sets.into_iter();
    let farthest = Timestamp::from_millis(from.as_millis().saturating_add(FARTHEST));
    let mut at = from;
    for _ in 0..MOST_STEPS {
        let Some(closed) = closed(sets.clone(), at) else { return Some(at) };
        // Until then it is closed for the same reason.
        at = closed.until.filter(|until| *until > at && *until <= farthest)?;
    }
    None
}

/// Why updates may not start, and until when at least; none is for ever.
struct Closed<'a> {
    scope: &'a MaintenanceScope,
    window: &'a Window,
    until: Option<Timestamp>,
}

fn closed<'a>(
    mut sets: impl Iterator<Item = &'a WindowSet> + Clone,
    at: Timestamp,
) -> Option<Closed<'a>> {
    denied(sets.clone(), at).or_else(|| sets.find_map(|set| not_allowed(set, at)))
}

/// The open window that denies updates and closes last.
fn denied<'a>(sets: impl Iterator<Item = &'a WindowSet>, at: Timestamp) -> Option<Closed<'a>> {
    let open = sets.flat_map(|set| {
        of_effect(set, WindowEffect::Deny).filter_map(move |window| {
            let until = Some(window.recurrence.closes(at)?);
            Some(Closed { scope: &set.scope, window, until })
        })
    });
    open.max_by_key(|closed| closed.until)
}

/// If a set allows updates within windows only and none of these is open: the one that opens next.
fn not_allowed(set: &WindowSet, at: Timestamp) -> Option<Closed<'_>> {
    let allowing = || of_effect(set, WindowEffect::Allow);
    if allowing().any(|window| window.recurrence.closes(at).is_some()) {
        return None;
    }
    let next = allowing().map(|window| (window.recurrence.next_start(at), window));
    // One that does not open any more comes last.
    let (until, window) = next.min_by_key(|(start, _)| (start.is_none(), *start))?;
    Some(Closed { scope: &set.scope, window, until })
}

fn of_effect(set: &WindowSet, effect: WindowEffect) -> impl Iterator<Item = &Window> {
    set.windows.iter().filter(move |window| window.effect == effect)
}
