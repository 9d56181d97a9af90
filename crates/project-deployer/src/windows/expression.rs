//! Cron expressions, on a calendar without time zones.

use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

/// The longest expression, in bytes.
pub(super) const MAX_CRON: usize = 100;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The weeks of a month that a day of the week counts in: bit 1 for its first one.
const ALL_WEEKS: u8 = 0b11_1110;

/// When a window opens: at one minute of some hours of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    minute: i8,
    /// A bit for each hour.
    hours: u64,
    months: u64,
    days: Option<Days>,
    /// For each day of the week, the weeks of the month in which it counts.
    weekdays: Option<[u8; 7]>,
}

/// Days of the month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Days {
    /// A bit for each day.
    numbers: u64,
    last: bool,
}

impl Expression {
    /// Reads minute, hour, day of the month, month and day of the week. The error is why it is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<_> = text.split(' ').collect();
        let (true, [minute, hours, days, months, weekdays]) =
            (text.len() <= MAX_CRON, fields.as_slice())
        else {
            return Err("it has not five fields".to_owned());
        };
        let minute = digits::<i8>(minute).filter(|minute| (0..60).contains(minute));
        let minute = minute.ok_or("its minute is not one number from 0 to 59")?;
        let hours = Field { name: "hour", first: 0, last: 23, names: &[] }.bits(hours)?;
        let month = Field { name: "month", first: 1, last: 12, names: &MONTHS };
        let months = month.bits(months)?;
        // Vixie's cron takes a day that fits both fields if one begins with `*`, and others one that fits either.
        let restricted = |field: &str| field != "*";
        let both = restricted(days) && restricted(weekdays);
        if let Some(field) =
            [days, weekdays].into_iter().find(|field| both && field.starts_with('*'))
        {
            return Err(format!(
                "beside another field of days, programs read `{}` in two ways; write it as a range, such as `1-31/2`",
                field.escape_debug()
            ));
        }
        let days = (*days != "*").then(|| Days::parse(days)).transpose()?;
        let weekdays = (*weekdays != "*").then(|| weekdays_of(weekdays)).transpose()?;
        Ok(Self { minute, hours, months, days, weekdays })
    }

    /// The first time after another one, within a number of days.
    pub(super) fn next(&self, after: DateTime, days: i64) -> Option<DateTime> {
        let mut day = after.date();
        let last = day.saturating_add(SignedDuration::from_hours(days.saturating_mul(24)));
        while day <= last {
            if !has(self.months, number(day.month())) {
                day = day.last_of_month().tomorrow().ok()?;
                continue;
            }
            if let Some(time) = self.times(day).find(|time| *time > after) {
                return Some(time);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The last time up to another one, within a number of days.
    pub(super) fn last(&self, until: DateTime, days: u32) -> Option<DateTime> {
        let mut day = until.date();
        for _ in 0..days {
            if let Some(time) = self.times(day).filter(|time| *time <= until).last() {
                return Some(time);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// The times of a day, the earliest first.
    fn times(&self, day: Date) -> impl Iterator<Item = DateTime> {
        let (hours, end) = (self.hours, if self.fits(day) { 24_i8 } else { 0 });
        let hours = (0..end).filter(move |hour| has(hours, number(*hour)));
        hours.map(move |hour| day.at(hour, self.minute, 0, 0))
    }

    fn fits(&self, day: Date) -> bool {
        if !has(self.months, number(day.month())) {
            return false;
        }
        let of_month = self.days.as_ref().map(|days| {
            let is_last = days.last && day.day() == day.days_in_month();
            is_last || has(days.numbers, number(day.day()))
        });
        let of_week = self.weekdays.as_ref().map(|weekdays| {
            let weekday = usize::from(day.weekday().to_sunday_zero_offset().unsigned_abs());
            let week = number(day.day()).div_ceil(7);
            weekdays.get(weekday).is_some_and(|weeks| has(u64::from(*weeks), week))
        });
        match (of_month, of_week) {
            (Some(of_month), Some(of_week)) => of_month || of_week,
            (one, other) => one.or(other).unwrap_or(true),
        }
    }
}

impl Days {
    fn parse(text: &str) -> Result<Self, String> {
        let field = Field { name: "day of the month", first: 1, last: 31, names: &[] };
        let mut days = Self::default();
        for part in text.split(',') {
            match part {
                "L" | "l" => days.last = true,
                _ => days.numbers |= field.part(part)?,
            }
        }
        Ok(days)
    }
}

fn weekdays_of(text: &str) -> Result<[u8; 7], String> {
    // 7 is a Sunday as well.
    let field = Field { name: "day of the week", first: 0, last: 7, names: &WEEKDAYS };
    let mut weekdays = [0; 7];
    for part in text.split(',') {
        let (part, weeks) = match part.split_once('#') {
            Some((day, week)) => {
                let week = digits::<u32>(week).filter(|week| (1..=5).contains(week));
                let week = week.ok_or_else(|| field.refused(part))?;
                (field.value(day).map(|_| day).ok_or_else(|| field.refused(part))?, 1 << week)
            }
            None => (part, ALL_WEEKS),
        };
        let bits = field.part(part)?;
        for (day, known) in weekdays.iter_mut().enumerate() {
            let is_sunday = day == 0 && has(bits, 7);
            if has(bits, u32::try_from(day).unwrap_or_default()) || is_sunday {
                *known |= weeks;
            }
        }
    }
    Ok(weekdays)
}

/// A field, with the numbers that it may have and the names of the first ones.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

impl Field {
    fn bits(&self, text: &str) -> Result<u64, String> {
        text.split(',').try_fold(0, |bits, part| Ok(bits | self.part(part)?))
    }

    /// A number, a range, or `*`, the last two with a step.
    fn part(&self, text: &str) -> Result<u64, String> {
        let refused = || self.refused(text);
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => {
                let step = digits::<usize>(step).filter(|step| *step > 0);
                (range, Some(step.ok_or_else(refused)?))
            }
            None => (text, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((from, to)) => {
                let (from, to) = self.value(from).zip(self.value(to)).ok_or_else(refused)?;
                // Saturday to Sunday.
                let is_sunday = to == 0 && from > 0 && self.last == 7;
                (from, if is_sunday { 7 } else { to })
            }
            None if step.is_some() => return Err(refused()),
            None => {
                let only = self.value(range).ok_or_else(refused)?;
                (only, only)
            }
        };
        if from > to {
            return Err(refused());
        }
        Ok((from..=to).step_by(step.unwrap_or(1)).fold(0, |bits, number| bits | (1 << number)))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + self.first);
        named.or_else(|| digits(text)).filter(|number| (self.first..=self.last).contains(number))
    }

    fn refused(&self, text: &str) -> String {
        format!("`{}` is no {}", text.escape_debug(), self.name)
    }
}

/// A number of digits alone: Rust reads `+5` as well.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A field of a date or a time, none of which is negative.
fn number(field: i8) -> u32 {
    u32::from(field.unsigned_abs())
}

fn has(bits: u64, number: u32) -> bool {
    (bits >> number) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn an_expression_has_the_times_that_cron_gives_it() {
        // B5. Each with the times from the first Sunday of November 2026 on.
        let cases = [
            ("0 22 * * MON-FRI", ["2026-11-02T22:00", "2026-11-03T22:00", "2026-11-04T22:00"]),
            ("5 */12 * * sat-sun", ["2026-11-01T00:05", "2026-11-01T12:05", "2026-11-07T00:05"]),
            ("0 9 1-31/2 * 1", ["2026-11-01T09:00", "2026-11-02T09:00", "2026-11-03T09:00"]),
            ("0 0 13 * FRI", ["2026-11-06T00:00", "2026-11-13T00:00", "2026-11-20T00:00"]),
            ("0 0 L * *", ["2026-11-30T00:00", "2026-12-31T00:00", "2027-01-31T00:00"]),
            ("0 9 * * SAT#1,SAT#3", ["2026-11-07T09:00", "2026-11-21T09:00", "2026-12-05T09:00"]),
            ("0 6-18/6 1 DEC,feb *", ["2026-12-01T06:00", "2026-12-01T12:00", "2026-12-01T18:00"]),
            ("0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
            ("30 1 1 * 7", ["2026-11-01T01:30", "2026-11-08T01:30", "2026-11-15T01:30"]),
        ];
        for (text, expected) in cases {
            let read = Expression::parse(text).unwrap();
            let mut at = time("2026-10-31T23:59:59");
            for expected in expected.map(|text| time(&format!("{text}:00"))) {
                assert_eq!(read.next(at, 3660), Some(expected), "{text}");
                assert_eq!(read.last(expected, 1), Some(expected), "{text}");
                at = expected;
            }
        }
        let nights = Expression::parse("0 22 * * MON-FRI").unwrap();
        let sunday = time("2026-11-08T12:00:00");
        assert_eq!(nights.last(sunday, 3), Some(time("2026-11-06T22:00:00")));
        assert_eq!(nights.last(sunday, 2), None);
        assert_eq!(nights.next(sunday, 1), Some(time("2026-11-09T22:00:00")));
        assert_eq!(nights.next(time("2026-11-06T22:00:00"), 2), None);
        let never = Expression::parse("0 0 31 4,6 *").unwrap();
        assert_eq!(never.next(sunday, 3660), None);
        assert_eq!(
            Expression::parse("0 0 29 2 *").unwrap().next(time("2096-03-01T00:00:00"), 3660),
            Some(time("2104-02-29T00:00:00"))
        );
    }

    #[test]
    fn what_is_no_expression_is_refused_by_its_field() {
        // B5
        let cases = [
            ("0 22 * *", "five fields"),
            ("0 22 * * * *", "five fields"),
            ("0  22 * * *", "five fields"),
            ("* 22 * * *", "its minute"),
            ("0,30 22 * * *", "its minute"),
            ("60 22 * * *", "its minute"),
            ("+5 22 * * *", "its minute"),
            ("0 */+2 * * *", "`*/+2` is no hour"),
            ("0 0 * * SAT#+1", "`SAT#+1` is no day of the week"),
            ("0 24 * * *", "`24` is no hour"),
            ("0 4-2 * * *", "`4-2` is no hour"),
            ("0 */0 * * *", "`*/0` is no hour"),
            ("0 3/2 * * *", "`3/2` is no hour"),
            ("0 , * * *", "`` is no hour"),
            ("0 +3 * * *", "`+3` is no hour"),
            ("0 0 0 * *", "`0` is no day of the month"),
            ("0 0 32 * *", "`32` is no day of the month"),
            ("0 0 * 13 *", "`13` is no month"),
            ("0 0 * * 8", "`8` is no day of the week"),
            ("0 0 * * SAT#6", "`SAT#6` is no day of the week"),
            ("0 0 * * MON-FRI#1", "`MON-FRI#1` is no day of the week"),
            ("0 0 * * MÖN", "`MÖN` is no day of the week"),
            ("0 9 */2 * 1", "`*/2` in two ways"),
            ("0 9 10 * */2", "`*/2` in two ways"),
        ];
        for (text, why) in cases {
            let error = Expression::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
