use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::civil::ZoneClock;
use super::expression::{Expression, MAX_CRON};

/// The longest window: 90 days, in minutes.
pub(crate) const MOST_MINUTES: u32 = 90 * 24 * 60;

/// The zones of this program, whatever the machine has: all processes on one state see the same.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// When a window is open: from each time of a cron expression, in a named time zone, for a number of minutes.
///
/// A time that clocks skip is the moment of their change, and one that they show twice is the first one. The minutes are
/// elapsed time: a window of eight hours is open for eight hours also in a night in which clocks change.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Recurrence {
    written: Written,
    read: Arc<Read>,
}

/// As it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    cron: String,
    minutes: u32,
    zone: String,
}

struct Read {
    cron: Expression,
    zone: TimeZone,
}

/// A text is no recurrence of a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {fix}")]
pub struct InvalidRecurrence {
    field: &'static str,
    what: String,
    fix: &'static str,
}

impl InvalidRecurrence {
    fn new(field: &'static str, what: String, fix: &'static str) -> Self {
        Self { field, what, fix }
    }

    /// What it is about: `cron`, `minutes` or `zone`.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to write.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        self.fix
    }
}

const CRON: &str = "write minute, hour, day of the month, month and day of the week, such as `0 22 * * MON-FRI`; the minute \
                    is one number from 0 to 59";
const ZONE: &str = "write a name of the IANA time zone database, such as `Europe/Berlin` or `UTC`";

impl Recurrence {
    /// A window that opens at each time of a cron expression in a time zone of the IANA database, for 1 minute to 90 days.
    ///
    /// The expression has five fields: minute, hour, day of the month, month, day of the week. The minute is one number, so
    /// that a window opens once an hour at most. The others are `*`, or numbers, names, ranges (`MON-FRI`) and steps (`*/2`)
    /// in a list; `L` is the last day of the month, and `SAT#1` its first Saturday. Where days of both kinds are given, one of
    /// them has to fit, as for cron.
    ///
    /// # Errors
    ///
    /// The expression, the length or the zone is not one.
    pub fn new(cron: &str, minutes: u32, zone: &str) -> Result<Self, InvalidRecurrence> {
        if !(1..=MOST_MINUTES).contains(&minutes) {
            return Err(InvalidRecurrence::new(
                "minutes",
                format!("a window of {minutes} minutes is no window"),
                "write a length from 1 minute to 90 days",
            ));
        }
        let text = cron.split_whitespace().collect::<Vec<_>>().join(" ");
        let cron = Expression::parse(&text).map_err(|why| {
            let shown: String = text.chars().take(MAX_CRON).collect();
            let what = format!("`{}` is no time of a window: {why}", shown.escape_debug());
            InvalidRecurrence::new("cron", what, CRON)
        })?;
        let found = ZONES.get(zone).ok().filter(|found| !found.is_unknown());
        let found = found.ok_or_else(|| {
            let shown: String = zone.chars().take(MAX_CRON).collect();
            let what = format!("there is no time zone `{}`", shown.escape_debug());
            InvalidRecurrence::new("zone", what, ZONE)
        })?;
        let zone = found.iana_name().unwrap_or(zone).to_owned();
        let written = Written { cron: text, minutes, zone };
        Ok(Self { written, read: Arc::new(Read { cron, zone: found }) })
    }

    /// The cron expression.
    #[must_use]
    pub fn cron(&self) -> &str {
        &self.written.cron
    }

    /// How long a window is open, in minutes.
    #[must_use]
    pub fn minutes(&self) -> u32 {
        self.written.minutes
    }

    /// The name of the time zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.written.zone
    }

    pub(super) fn expression(&self) -> &Expression {
        &self.read.cron
    }

    /// A clock of its zone.
    pub(super) fn clock(&self) -> ZoneClock<'_> {
        ZoneClock::new(&self.read.zone)
    }
}

impl PartialEq for Recurrence {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Recurrence {}

impl fmt::Debug for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Written { cron, minutes, zone } = &self.written;
        write!(f, "for {} from `{cron}` in {zone}", Length(*minutes))
    }
}

/// A number of minutes as people write it, such as `8h` or `1d12h`.
struct Length(u32);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(self.0 / 1440, "d"), (self.0 / 60 % 24, "h"), (self.0 % 60, "min")];
        for (number, unit) in parts.into_iter().filter(|(number, _)| *number > 0) {
            write!(f, "{number}{unit}")?;
        }
        Ok(())
    }
}

impl TryFrom<Written> for Recurrence {
    type Error = InvalidRecurrence;

    fn try_from(Written { cron, minutes, zone }: Written) -> Result<Self, InvalidRecurrence> {
        Self::new(&cron, minutes, &zone)
    }
}

impl From<Recurrence> for Written {
    fn from(recurrence: Recurrence) -> Self {
        recurrence.written
    }
}
