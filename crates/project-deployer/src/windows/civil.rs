//! What clocks show: the times of a zone that its clocks skip or show twice.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// How long before and after a change all is looked up: more than the distance of any two clocks.
const RESTLESS: SignedDuration = SignedDuration::from_hours(72);

/// A clock of a zone. It remembers between which changes it was turned last: far from them one offset gives all answers, and to
/// look a change up costs more than all else about a window.
#[derive(Debug)]
pub(super) struct ZoneClock<'a> {
    zone: &'a TimeZone,
    between: Option<Between>,
}

/// The time between two changes of the clocks of a zone.
#[derive(Debug)]
struct Between {
    /// The moment of the change, and of the next one.
    from: Timestamp,
    until: Timestamp,
    offset: Offset,
}

impl<'a> ZoneClock<'a> {
    pub(super) fn new(zone: &'a TimeZone) -> Self {
        Self { zone, between: None }
    }

    /// Turns it to a moment, near which it will be asked.
    pub(super) fn turn_to(&mut self, moment: Timestamp) {
        if !self.between.as_ref().is_some_and(|between| between.has(moment)) {
            self.between = Between::changes_around(self.zone, moment);
        }
    }

    /// See [`first_shown`].
    pub(super) fn first_shown(&self, time: DateTime) -> Option<Timestamp> {
        let calm = self.between.as_ref().and_then(|between| {
            let moment = between.offset.to_timestamp(time).ok()?;
            between.is_calm_at(moment).then_some(moment)
        });
        calm.or_else(|| first_shown(self.zone, time))
    }

    /// See [`latest_shown`].
    pub(super) fn latest_shown(&self, moment: Timestamp) -> Option<DateTime> {
        match &self.between {
            Some(between) if between.is_calm_at(moment) => Some(between.offset.to_datetime(moment)),
            _ => latest_shown(self.zone, moment),
        }
    }
}

impl Between {
    fn changes_around(zone: &TimeZone, moment: Timestamp) -> Option<Self> {
        let before = zone.preceding(moment.checked_add(SECOND).ok()?).next();
        let from = before.map_or(Timestamp::MIN, |change| change.timestamp());
        let after = zone.following(moment).next();
        let until = after.map_or(Timestamp::MAX, |change| change.timestamp());
        Some(Self { from, until, offset: zone.to_offset(moment) })
    }

    fn has(&self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.until
    }

    /// Whether no clock of the zone changes within days.
    fn is_calm_at(&self, moment: Timestamp) -> bool {
        let (from, until) = (moment.checked_sub(RESTLESS), moment.checked_add(RESTLESS));
        from.is_ok_and(|from| self.has(from)) && until.is_ok_and(|until| self.has(until))
    }
}

/// The moment at which a clock of the zone first shows a time, or jumps past it. So a time that the clock shows twice is
/// the first one, and one that it skips is the moment of the change. A later time is never at an earlier moment.
fn first_shown(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(time).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(time).ok(),
        AmbiguousOffset::Gap { before, .. } => {
            // As if the clock had not changed: that is at the change, or less than the gap after it.
            let unchanged = before.to_timestamp(time).ok()?;
            let changes = zone.preceding(unchanged.checked_add(SECOND).ok()?);
            changes.map(|change| change.timestamp()).next()
        }
    }
}

/// The latest time that a clock of the zone has shown up to a moment, to the second. It is not what the clock shows while
/// it shows times again.
fn latest_shown(zone: &TimeZone, moment: Timestamp) -> Option<DateTime> {
    let shown = zone.to_datetime(moment);
    let Some(change) = zone.preceding(moment.checked_add(SECOND).ok()?).next() else {
        return Some(shown);
    };
    let before = zone.to_offset(change.timestamp().checked_sub(SECOND).ok()?);
    let last = before.to_datetime(change.timestamp()).checked_sub(SECOND).ok()?;
    Some(shown.max(last))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn a_clock_that_remembers_shows_what_one_does_that_looks_all_up() {
        // R24: near each change and far from it, in every order, also beyond the table of changes.
        let database = TimeZoneDatabase::bundled();
        let mut random = fastrand::Rng::with_seed(24);
        for name in
            ["Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "UTC"]
        {
            let zone = database.get(name).unwrap();
            let mut clock = ZoneClock::new(&zone);
            let mut moment = Timestamp::from_second(1_262_304_000).unwrap();
            while moment < Timestamp::from_second(2_240_000_000).unwrap() {
                let change = zone.following(moment).next().map(|change| change.timestamp());
                let middle = change.filter(|_| random.u8(..4) > 0).unwrap_or(moment);
                for _ in 0..6 {
                    let hours = random.i64(-100..100);
                    let at = middle + SignedDuration::from_secs(hours * 3600 + random.i64(0..3600));
                    if random.bool() {
                        clock.turn_to(at);
                    }
                    let shown = zone.to_datetime(at);
                    assert_eq!(clock.latest_shown(at), latest_shown(&zone, at), "{name} {at}");
                    assert_eq!(
                        clock.first_shown(shown),
                        first_shown(&zone, shown),
                        "{name} {shown}"
                    );
                }
                moment = middle + SignedDuration::from_hours(random.i64(24..9000));
            }
        }
    }
}
