//! What changes in the windows of a scope, and what of it may come before what else.

use std::cmp::Ordering;

use project_deployer_core::WindowName;

use super::shown;
use crate::estate::plan::PlannedField;
use crate::maintenance::MaintenanceScope;
use crate::windows::{
    MOST_WINDOWS, Recurrence, Window, WindowEffect, WindowRequest, WindowSet, WindowsChange,
};

/// What changes in one window.
#[derive(Debug)]
pub(super) struct WindowEdit {
    name: WindowName,
    /// As it is; none if it is new.
    now: Option<Window>,
    /// As it will be; none if it is removed.
    wanted: Option<WindowRequest>,
    pub(super) fields: Vec<PlannedField>,
}

impl WindowEdit {
    fn allows_now(&self) -> bool {
        self.now.as_ref().is_some_and(|now| now.effect == WindowEffect::Allow)
    }

    fn allows_then(&self) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted.effect == WindowEffect::Allow)
    }

    fn is_about_allowing(&self) -> bool {
        self.allows_now() || self.allows_then()
    }

    /// What it does by itself in a scope that has windows that allow before, or after.
    fn direction(&self, allows_before: bool, allows_after: bool) -> Direction {
        use Direction::{Narrows, Same, Unknown, Widens};
        use WindowEffect::{Allow, Deny};
        let now = self.now.as_ref().map(|it| (it.effect, &it.recurrence));
        let then = self.wanted.as_ref().map(|it| (it.effect, &it.recurrence));
        match (now, then) {
            (None, None) => Same,
            (None, Some((Allow, _))) if !allows_before => Narrows,
            (Some((Allow, _)), None) if !allows_after => Widens,
            (Some((Allow, _)), Some((Deny, _))) if !allows_after => Unknown,
            (Some((Deny, _)), Some((Allow, _))) if !allows_before => Unknown,
            (Some((Deny, now)), Some((Deny, then))) => Direction::of_denying(now, then),
            (Some((Allow, now)), Some((Allow, then))) => {
                Direction::of_denying(now, then).reversed()
            }
            (None, Some((Deny, _))) | (Some((Allow, _)), None | Some((Deny, _))) => Narrows,
            (None | Some((Deny, _)), Some((Allow, _))) | (Some((Deny, _)), None) => Widens,
        }
    }
}

/// Whether updates start at more times after a change, or at fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// At no more.
    Narrows,
    /// At no fewer.
    Widens,
    /// At the same.
    Same,
    /// It is not compared: at more, at fewer, or at others.
    Unknown,
}

impl Direction {
    /// Of a window that denies and becomes longer, or shorter. Different expressions are not compared.
    fn of_denying(now: &Recurrence, then: &Recurrence) -> Self {
        if (now.cron(), now.zone()) != (then.cron(), then.zone()) {
            return Self::Unknown;
        }
        match then.minutes().cmp(&now.minutes()) {
            Ordering::Greater => Self::Narrows,
            Ordering::Less => Self::Widens,
            Ordering::Equal => Self::Same,
        }
    }

    fn reversed(self) -> Self {
        match self {
            Self::Narrows => Self::Widens,
            Self::Widens => Self::Narrows,
            Self::Same | Self::Unknown => self,
        }
    }

    /// Of two changes that are made together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, one) | (one, Self::Same) => one,
            (one, other) if one == other => one,
            _ => Self::Unknown,
        }
    }
}

/// What changes in the windows of a scope.
#[derive(Debug, Default)]
pub(super) struct Edit {
    pub(super) windows: Vec<WindowEdit>,
}

/// The same, in the order in which it is made.
#[derive(Debug, Default)]
pub(super) struct InOrder {
    /// After it, updates start at no more times than before.
    pub(super) narrowing: Edit,
    /// Nobody knows.
    pub(super) unknown: Edit,
    /// After it, they start at no fewer times.
    pub(super) widening: Edit,
}

impl InOrder {
    /// Whether there are never too many windows in between.
    fn fits(&self, known: usize) -> bool {
        let mut count = known;
        [&self.narrowing, &self.unknown, &self.widening].into_iter().all(|part| {
            let new = part.windows.iter().filter(|it| it.now.is_none()).count();
            let removed = part.windows.iter().filter(|it| it.wanted.is_none()).count();
            count = (count + new).saturating_sub(removed);
            count <= MOST_WINDOWS
        })
    }
}

impl Edit {
    pub(super) fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    pub(super) fn change(&self, scope: &MaintenanceScope, is_new: bool) -> WindowsChange {
        let add = self.windows.iter().filter_map(|window| window.wanted.clone()).collect();
        let removed = self.windows.iter().filter(|window| window.wanted.is_none());
        let remove = removed.map(|window| window.name.clone()).collect();
        let planned = self.windows.iter().map(|window| (window.name.clone(), window.now.clone()));
        let planned = planned.collect();
        WindowsChange { scope: scope.clone(), add, remove, is_new, planned }
    }

    /// What narrows, what may do both, and what widens. Windows that allow change together: there is no moment at which
    /// none of them is there, and everything is allowed. Where there would be too many in between, all is one change.
    pub(super) fn in_order(self, known: Option<&WindowSet>) -> InOrder {
        let known = known.map(|known| known.windows.as_slice()).unwrap_or_default();
        let before = known.iter().filter(|it| it.effect == WindowEffect::Allow).count();
        let ended = self.windows.iter().filter(|it| it.allows_now() && !it.allows_then()).count();
        let allows_before = before > 0;
        let allows_after = before > ended || self.windows.iter().any(WindowEdit::allows_then);
        let of = |it: &WindowEdit| it.direction(allows_before, allows_after);
        let about = self.windows.iter().filter(|it| it.is_about_allowing());
        let together = about.fold(Direction::Same, |all, it| all.and(of(it)));
        let (mut parts, mut same) = (InOrder::default(), Vec::new());
        for window in self.windows {
            let direction = if window.is_about_allowing() { together } else { of(&window) };
            match direction {
                Direction::Narrows => parts.narrowing.windows.push(window),
                Direction::Widens => parts.widening.windows.push(window),
                Direction::Unknown => parts.unknown.windows.push(window),
                Direction::Same => same.push(window),
            }
        }
        // They need no commit of their own.
        let InOrder { narrowing, unknown, widening } = &mut parts;
        let place = if !narrowing.is_empty() {
            narrowing
        } else if unknown.is_empty() && !widening.is_empty() {
            widening
        } else {
            unknown
        };
        place.windows.extend(same);
        if parts.fits(known.len()) {
            return parts;
        }
        let InOrder { narrowing, mut unknown, widening } = parts;
        unknown.windows.extend(narrowing.windows);
        unknown.windows.extend(widening.windows);
        InOrder { unknown, ..InOrder::default() }
    }

    /// Puts a window in place of what is there, field by field. One without a difference stays, with who added it.
    pub(super) fn put(&mut self, known: Option<&Window>, wanted: WindowRequest) {
        let now = known.map(|it| shown(it.effect, &it.recurrence, &it.reason));
        let new = shown(wanted.effect, &wanted.recurrence, &wanted.reason);
        let mut fields = Vec::new();
        for (number, (field, to)) in new.into_iter().enumerate() {
            let from = now.as_ref().and_then(|now| now.get(number)).map(|(_, from)| from.clone());
            if from.as_ref() != Some(&to) {
                let field = format!("{}.{field}", wanted.name);
                fields.push(PlannedField::new(field, from, Some(to)));
            }
        }
        if !fields.is_empty() {
            let (name, now) = (wanted.name.clone(), known.cloned());
            self.windows.push(WindowEdit { name, now, wanted: Some(wanted), fields });
        }
    }

    pub(super) fn remove(&mut self, known: &Window) {
        let from = format!("{} {}", known.effect.as_str(), known.recurrence);
        let fields = vec![PlannedField::new(known.name.to_string(), Some(from), None)];
        let (name, now) = (known.name.clone(), Some(known.clone()));
        self.windows.push(WindowEdit { name, now, wanted: None, fields });
    }
}
