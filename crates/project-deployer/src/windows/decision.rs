use project_deployer_core::Timestamp;

use super::openings::Openings;
use super::{Window, WindowEffect, WindowRefusal, WindowSet};
use crate::maintenance::MaintenanceScope;

/// How far ahead an opening is looked for: a year, in milliseconds, as far as anything is scheduled.
const FARTHEST: i64 = 366 * 24 * 3600 * 1000;

/// After how many looks at the times of windows no opening is looked for any more: a year of ten windows that open each hour.
const MOST_LOOKS: usize = 366 * 24 * 10;

/// Whether updates may start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WindowDecision {
    /// They may.
    Allowed,
    /// They may not.
    Refused(Box<WindowRefusal>),
}

impl WindowDecision {
    /// Why they may not; none if they may.
    #[must_use]
    pub fn refusal(self) -> Option<WindowRefusal> {
        match self {
            Self::Allowed => None,
            Self::Refused(refusal) => Some(*refusal),
        }
    }
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
/// year, or if windows open too often before it: 87,840 times, as ten windows that open each hour do in a year.
#[must_use]
pub fn next_opening<'a>(
    sets: impl IntoIterator<Item = &'a WindowSet, IntoIter: Clone>,
    from: Timestamp,
) -> Option<Timestamp> {
    let farthest = Timestamp::from_millis(from.as_millis().saturating_add(FARTHEST));
    next_opening_until(sets, from, farthest)
}

/// The same, and none after a time.
pub(super) fn next_opening_until<'a>(
    sets: impl IntoIterator<Item = &'a WindowSet>,
    from: Timestamp,
    farthest: Timestamp,
) -> Option<Timestamp> {
    let mut search = Search::new(sets, from, farthest);
    let mut at = from;
    while search.looks < MOST_LOOKS {
        match search.state(at) {
            State::Open => return Some(at),
            // Until then it is closed for the same reason.
            State::Closed(until) => at = until.filter(|until| *until > at)?,
        }
    }
    None
}

/// Whether updates may start at a time of a search.
enum State {
    Open,
    /// Not before this time; none if not within the search.
    Closed(Option<Timestamp>),
}

/// A search for an opening. It goes on in time, and looks at the times of a window again only when the window opens anew.
struct Search<'a> {
    denying: Vec<Openings<'a>>,
    /// Those that allow, of each set that has some.
    allowing: Vec<Vec<Openings<'a>>>,
    farthest: Timestamp,
    looks: usize,
}

impl<'a> Search<'a> {
    fn new(
        sets: impl IntoIterator<Item = &'a WindowSet>,
        from: Timestamp,
        farthest: Timestamp,
    ) -> Self {
        let (mut denying, mut allowing) = (Vec::new(), Vec::new());
        for set in sets {
            let of = |effect| {
                of_effect(set, effect).map(move |it| Openings::new(&it.recurrence, from, farthest))
            };
            denying.extend(of(WindowEffect::Deny));
            let allows: Vec<_> = of(WindowEffect::Allow).collect();
            if !allows.is_empty() {
                allowing.push(allows);
            }
        }
        Self { denying, allowing, farthest, looks: 0 }
    }

    fn state(&mut self, at: Timestamp) -> State {
        let Self { denying, allowing, farthest, looks } = self;
        let open = denying.iter_mut().filter_map(|window| closes(window, at, looks));
        if let Some(closes) = open.max() {
            return State::Closed(Some(closes).filter(|closes| *closes <= *farthest));
        }
        for set in allowing {
            let open = set.iter_mut().filter_map(|window| closes(window, at, looks)).count();
            if open == 0 {
                return State::Closed(set.iter().filter_map(Openings::next).min());
            }
        }
        State::Open
    }
}

/// When a window closes, if it is open at a time that is not before the last one that was asked for.
fn closes(window: &mut Openings<'_>, at: Timestamp, looks: &mut usize) -> Option<Timestamp> {
    if window.next().is_some_and(|next| next <= at) {
        *looks += 1;
        window.move_to(at);
    }
    window.closes(at)
}

/// Why updates may not start, and until when at least; none is for ever.
pub(super) struct Closed<'a> {
    scope: &'a MaintenanceScope,
    window: &'a Window,
    until: Option<Timestamp>,
}

pub(super) fn closed<'a>(
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
