//! The openings of a window, one after the other.

use jiff::civil::DateTime;
use project_deployer_core::Timestamp;

use super::Recurrence;
use super::civil::ZoneClock;
use super::recurrence::MOST_MINUTES;

/// How far ahead a day is looked for: ten years, since the 29th of February may be eight years away.
pub(super) const MOST_DAYS: i64 = 3660;

/// How many openings are passed one by one. Beyond that the latest one is looked for.
const STEPS: usize = 3;

/// The openings of a window as somebody looks at them who goes on in time: the last one up to a time, and the next one. From one
/// to the next it is a step, without another search.
#[derive(Debug)]
pub(super) struct Openings<'a> {
    recurrence: &'a Recurrence,
    clock: ZoneClock<'a>,
    until: Timestamp,
    last: Option<Opening>,
    next: Option<Opening>,
}

#[derive(Debug, Clone, Copy)]
struct Opening {
    /// What clocks show. Where they skip it, this is not at the moment.
    shown: DateTime,
    moment: Timestamp,
}

impl<'a> Openings<'a> {
    /// The openings around a time, and not after another one.
    pub(super) fn new(recurrence: &'a Recurrence, at: Timestamp, until: Timestamp) -> Self {
        let clock = recurrence.clock();
        let mut openings = Self { recurrence, clock, until, last: None, next: None };
        openings.look(at);
        openings
    }

    /// When it opens next after the time to which it was moved on.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.next.map(|next| next.moment)
    }

    /// When it closes, if it is open at a time to which it was moved on.
    pub(super) fn closes(&self, at: Timestamp) -> Option<Timestamp> {
        self.last.and_then(|last| closes(self.recurrence, last, at))
    }

    /// Moves on to a later time.
    pub(super) fn move_to(&mut self, at: Timestamp) {
        for _ in 0..STEPS {
            let Some(next) = self.next.filter(|next| next.moment <= at) else { return };
            if let Some(moment) = moment(at) {
                self.clock.turn_to(moment);
            }
            self.last = Some(next);
            self.next = self.after(next.shown, next.moment);
        }
        if self.next.is_some_and(|next| next.moment <= at) {
            self.look(at);
        }
    }

    fn look(&mut self, at: Timestamp) {
        let shown = shown(&mut self.clock, at);
        self.last = shown.and_then(|shown| last_opening(self.recurrence, &self.clock, shown));
        self.next = shown.and_then(|shown| self.after(shown, at));
    }

    fn after(&self, shown: DateTime, at: Timestamp) -> Option<Opening> {
        let days = self.until.as_millis().saturating_sub(at.as_millis()) / 86_400_000;
        // Clocks may skip a day.
        let days = days.saturating_add(3).clamp(0, MOST_DAYS);
        let next = next_opening(self.recurrence, &self.clock, shown, days)?;
        Some(next).filter(|next| next.moment <= self.until)
    }
}

impl Recurrence {
    /// When the window closes that is open at a time; none if none is open. Another one may open before that.
    #[must_use]
    pub fn closes(&self, at: Timestamp) -> Option<Timestamp> {
        let mut clock = self.clock();
        let shown = shown(&mut clock, at)?;
        closes(self, last_opening(self, &clock, shown)?, at)
    }

    /// When a window opens next after a time, within ten years.
    #[must_use]
    pub fn next_start(&self, after: Timestamp) -> Option<Timestamp> {
        let mut clock = self.clock();
        let shown = shown(&mut clock, after)?;
        next_opening(self, &clock, shown, MOST_DAYS).map(|next| next.moment)
    }
}

/// The latest opening closes last: they are all of the same length.
fn last_opening(
    recurrence: &Recurrence,
    clock: &ZoneClock<'_>,
    until: DateTime,
) -> Option<Opening> {
    opening(clock, recurrence.expression().last(until, MOST_MINUTES / 1440 + 2)?)
}

fn next_opening(
    recurrence: &Recurrence,
    clock: &ZoneClock<'_>,
    after: DateTime,
    days: i64,
) -> Option<Opening> {
    opening(clock, recurrence.expression().next(after, days)?)
}

fn opening(clock: &ZoneClock<'_>, shown: DateTime) -> Option<Opening> {
    let moment = clock.first_shown(shown)?.as_millisecond();
    Some(Opening { shown, moment: Timestamp::from_millis(moment) })
}

fn closes(recurrence: &Recurrence, opening: Opening, at: Timestamp) -> Option<Timestamp> {
    let open = i64::from(recurrence.minutes()) * 60_000;
    let closes = Timestamp::from_millis(opening.moment.as_millis().checked_add(open)?);
    (closes > at).then_some(closes)
}

/// What clocks have shown up to a time.
fn shown(clock: &mut ZoneClock<'_>, at: Timestamp) -> Option<DateTime> {
    let moment = moment(at)?;
    clock.turn_to(moment);
    clock.latest_shown(moment)
}

/// To the second: nothing happens in between.
fn moment(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(at.as_millis().div_euclid(1000)).ok()
}
