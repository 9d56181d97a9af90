//! Cron expressions, on a calendar without time zones. The days of a month are one number with a bit for each, so that no search
//! goes from day to day.

use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

/// The longest expression, in bytes.
pub(super) const MAX_CRON: usize = 100;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A bit for each day of the longest month.
const ALL_DAYS: u64 = up_to(31) & !1;

/// Each seventh day of a month from the day 0 on.
const WEEKLY: u64 = 1 | (1 << 7) | (1 << 14) | (1 << 21) | (1 << 28);

/// When a window opens: at one minute of some hours of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    minute: i8,
    /// A bit for each hour.
    hours: u64,
    months: u64,
    days: Option<Days>,
    /// For each day of the week, a bit for each day of the month at which it counts.
    weekdays: Option<[u64; 7]>,
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
        self.search(after, days).0
    }

    /// The same, with the number of months that were looked at: no day is looked at alone, and months that do not fit are passed
    /// over.
    fn search(&self, after: DateTime, days: i64) -> (Option<DateTime>, usize) {
        let today = after.date();
        let (mut month, mut looked) = (today.first_of_month(), 1);
        let mut fitting = self.days_of(month);
        let later = self.hours & !self.passed(after);
        if later != 0 && has(fitting, number(today.day())) {
            return (self.at(today, lowest(later)), looked);
        }
        fitting &= !up_to(number(today.day()));
        let last = today.saturating_add(SignedDuration::from_hours(days.saturating_mul(24)));
        loop {
            if let Some(day) = lowest(fitting).and_then(|day| on(month, day)) {
                return (self.at(day, lowest(self.hours)).filter(|_| day <= last), looked);
            }
            let next = month.last_of_month().tomorrow().ok();
            let next = next.and_then(|next| self.month_from(next)).filter(|next| *next <= last);
            let Some(next) = next else { return (None, looked) };
            (month, fitting, looked) = (next, self.days_of(next), looked + 1);
        }
    }

    /// The last time up to another one, within a number of days.
    pub(super) fn last(&self, until: DateTime, days: u32) -> Option<DateTime> {
        let today = until.date();
        let begin = i64::from(days.checked_sub(1)?).saturating_mul(24);
        let begin = today.saturating_sub(SignedDuration::from_hours(begin));
        let passed = self.hours & self.passed(until);
        let mut month = today.first_of_month();
        let mut fitting = self.days_of(month);
        if passed != 0 && has(fitting, number(today.day())) {
            return self.at(today, highest(passed));
        }
        fitting &= before(number(today.day()));
        loop {
            if let Some(day) = highest(fitting).and_then(|day| on(month, day)) {
                return self.at(day, highest(self.hours)).filter(|_| day >= begin);
            }
            if month <= begin {
                return None;
            }
            month = month.yesterday().ok()?.first_of_month();
            fitting = self.days_of(month);
        }
    }

    /// The first month from one on that fits, by its first day.
    fn month_from(&self, first: Date) -> Option<Date> {
        let later = self.months & !before(number(first.month()));
        match lowest(later) {
            Some(month) => Date::new(first.year(), month, 1).ok(),
            None => Date::new(first.year().checked_add(1)?, lowest(self.months)?, 1).ok(),
        }
    }

    /// The days of a month that fit, a bit for each.
    fn days_of(&self, first: Date) -> u64 {
        if !has(self.months, number(first.month())) {
            return 0;
        }
        let last = number(first.days_in_month());
        let of_month = self.days.as_ref().map(|days| match days.last {
            true => days.numbers | (1 << last),
            false => days.numbers,
        });
        let of_week = self.weekdays.as_ref().map(|weekdays| {
            let begins_with = first.weekday().to_sunday_zero_offset();
            (0_i8..).zip(weekdays).fold(0, |found, (weekday, counting)| {
                let earliest = 1 + (weekday - begins_with).rem_euclid(7);
                found | ((WEEKLY << number(earliest)) & counting)
            })
        });
        let fitting = match (of_month, of_week) {
            (Some(of_month), Some(of_week)) => of_month | of_week,
            (one, other) => one.or(other).unwrap_or(ALL_DAYS),
        };
        fitting & up_to(last)
    }

    /// The hours of a day whose time is not after another one of that day, a bit for each.
    fn passed(&self, time: DateTime) -> u64 {
        let hour = number(time.hour());
        let of_hour = time.date().at(time.hour(), self.minute, 0, 0);
        if of_hour <= time { up_to(hour) } else { before(hour) }
    }

    fn at(&self, day: Date, hour: Option<i8>) -> Option<DateTime> {
        hour.map(|hour| day.at(hour, self.minute, 0, 0))
    }
}

fn on(month: Date, day: i8) -> Option<Date> {
    Date::new(month.year(), month.month(), day).ok()
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

fn weekdays_of(text: &str) -> Result<[u64; 7], String> {
    // 7 is a Sunday as well.
    let field = Field { name: "day of the week", first: 0, last: 7, names: &WEEKDAYS };
    let mut weekdays = [0; 7];
    for part in text.split(',') {
        let (part, counting) = match part.split_once('#') {
            Some((day, week)) => {
                let week = digits::<u32>(week).filter(|week| (1..=5).contains(week));
                let week = week.ok_or_else(|| field.refused(part))?;
                let day = field.value(day).map(|_| day).ok_or_else(|| field.refused(part))?;
                (day, up_to(7 * week) & !up_to(7 * (week - 1)))
            }
            None => (part, ALL_DAYS),
        };
        let bits = field.part(part)?;
        for (day, known) in weekdays.iter_mut().enumerate() {
            let is_sunday = day == 0 && has(bits, 7);
            if has(bits, u32::try_from(day).unwrap_or_default()) || is_sunday {
                *known |= counting;
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

/// A bit for each number from 0 to this one, which is less than 63.
const fn up_to(number: u32) -> u64 {
    (2 << number) - 1
}

/// A bit for each number from 0 to the one before.
const fn before(number: u32) -> u64 {
    up_to(number) >> 1
}

/// The lowest number of some.
fn lowest(bits: u64) -> Option<i8> {
    i8::try_from(bits.trailing_zeros()).ok().filter(|_| bits != 0)
}

/// The highest number of some.
fn highest(bits: u64) -> Option<i8> {
    let highest = bits.checked_ilog2()?;
    i8::try_from(highest).ok()
}

#[cfg(test)]
mod tests;
