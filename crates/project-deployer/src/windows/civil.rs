//! What clocks show: the times of a zone that its clocks skip or show twice.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The moment at which a clock of the zone first shows a time, or jumps past it. So a time that the clock shows twice is
/// the first one, and one that it skips is the moment of the change. A later time is never at an earlier moment.
pub(super) fn first_shown(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
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
pub(super) fn latest_shown(zone: &TimeZone, moment: Timestamp) -> Option<DateTime> {
    let shown = zone.to_datetime(moment);
    let Some(change) = zone.preceding(moment.checked_add(SECOND).ok()?).next() else {
        return Some(shown);
    };
    let before = zone.to_offset(change.timestamp().checked_sub(SECOND).ok()?);
    let last = before.to_datetime(change.timestamp()).checked_sub(SECOND).ok()?;
    Some(shown.max(last))
}
