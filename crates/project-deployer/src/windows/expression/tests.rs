//! B5: which times an expression has, and how much of the calendar is looked at for one.

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

/// What fits by each field alone, one day after the other, in the words of cron.
struct Plain {
    hours: Vec<i8>,
    months: Vec<i8>,
    days: Option<Vec<&'static str>>,
    weekdays: Option<Vec<(&'static str, Option<i8>)>>,
}

impl Plain {
    fn random(random: &mut fastrand::Rng) -> Self {
        let mut some = |most: usize, last: i8, first: i8| -> Vec<i8> {
            (0..random.usize(1..=most)).map(|_| random.i8(first..=last)).collect()
        };
        let (hours, months) = (some(4, 23, 0), some(3, 12, 1));
        let all_months = (1..=12).collect();
        let months = if random.bool() { all_months } else { months };
        let days = ["1", "7", "8", "28", "29", "30", "31", "L"];
        let days = random.bool().then(|| random.choose_multiple(days, 2));
        let weekdays = random.bool().then(|| {
            let named = random.choose_multiple(WEEKDAYS, 2).into_iter();
            named.map(|day| (day, random.bool().then(|| random.i8(1..=5)))).collect()
        });
        Self { hours, months, days, weekdays }
    }

    fn text(&self) -> String {
        fn list(values: impl IntoIterator<Item = impl ToString>) -> String {
            let texts: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
            texts.join(",")
        }
        let days = self.days.as_ref().map_or("*".to_owned(), list);
        let weekday = |(day, week): &(&str, Option<i8>)| match week {
            Some(week) => format!("{day}#{week}"),
            None => (*day).to_owned(),
        };
        let weekdays = self.weekdays.as_ref();
        let weekdays = weekdays.map_or("*".to_owned(), |days| list(days.iter().map(weekday)));
        format!("17 {} {days} {} {weekdays}", list(&self.hours), list(&self.months))
    }

    fn fits(&self, day: Date) -> bool {
        if !self.months.contains(&day.month()) {
            return false;
        }
        let of_month = self.days.as_ref().map(|days| {
            let is_last = day.day() == day.days_in_month();
            days.iter().any(|it| *it == day.day().to_string() || *it == "L" && is_last)
        });
        let name = WEEKDAYS[usize::try_from(day.weekday().to_sunday_zero_offset()).unwrap()];
        let week = (day.day() - 1) / 7 + 1;
        let of_week = self
            .weekdays
            .as_ref()
            .map(|days| days.iter().any(|(it, of)| *it == name && of.is_none_or(|of| of == week)));
        match (of_month, of_week) {
            (Some(of_month), Some(of_week)) => of_month || of_week,
            (one, other) => one.or(other).unwrap_or(true),
        }
    }

    fn times(&self, day: Date) -> Vec<DateTime> {
        let fits = self.fits(day);
        let mut hours: Vec<_> = self.hours.iter().filter(|_| fits).collect();
        hours.sort();
        hours.into_iter().map(|hour| day.at(*hour, 17, 0, 0)).collect()
    }
}

#[test]
fn a_time_is_found_as_by_a_walk_from_day_to_day() {
    // B5: days as a set of each month find what one day after the other does, forwards and back, within any number of days.
    let mut random = fastrand::Rng::with_seed(15);
    for _ in 0..400 {
        let plain = Plain::random(&mut random);
        let text = plain.text();
        let read = Expression::parse(&text).unwrap();
        let day = time("2026-12-30T00:00:00").date();
        let day = day.saturating_add(SignedDuration::from_hours(24 * random.i64(0..800)));
        let at = day.at(random.i8(0..24), random.choice([0, 17, 18]).unwrap(), random.i8(0..2), 0);
        let days = random.u32(0..70);
        let ahead = (0..=i64::from(days)).map(|day| SignedDuration::from_hours(24 * day));
        let mut next = ahead.flat_map(|ahead| plain.times(at.date().saturating_add(ahead)));
        let next = next.find(|time| *time > at);
        assert_eq!(read.next(at, i64::from(days)), next, "{text} after {at} in {days}");
        let back = (0..i64::from(days)).rev().map(|day| SignedDuration::from_hours(24 * day));
        let mut last = back.flat_map(|back| plain.times(at.date().saturating_sub(back)));
        let last = last.rfind(|time| *time <= at);
        assert_eq!(read.last(at, days), last, "{text} until {at} in {days}");
    }
}

#[test]
fn a_search_looks_at_each_month_once_and_at_no_month_that_does_not_fit() {
    // B5: the bound is one of months, whatever the expression; ten years have 121 at most that fit, and as many that are none.
    let cases = [
        ("0 22 * * *", 2, true),
        ("0 22 * * MON-FRI", 2, true),
        ("0 0 1 1 *", 2, true),
        ("0 0 29 2 *", 3, true),
        // The 29th of February that is a Monday, which is that of 2044; and ten years with none.
        ("0 0 * 2 MON#5", 11, false),
        ("0 0 31 4,6 *", 21, false),
        ("0 0 30 2 *", 11, false),
        ("0 0 29-31 * SUN#5", 2, true),
    ];
    for (text, most, found) in cases {
        let read = Expression::parse(text).unwrap();
        let (next, looked) = read.search(time("2026-11-30T23:30:00"), 3660);
        assert!(looked <= most && next.is_some() == found, "{text}: {next:?} after {looked}");
    }
    let monday = Expression::parse("0 0 * 2 MON#5").unwrap();
    let (next, looked) = monday.search(time("2036-01-01T00:00:00"), 3660);
    assert_eq!((next, looked), (Some(time("2044-02-29T00:00:00")), 10));
    let mut random = fastrand::Rng::with_seed(16);
    for _ in 0..400 {
        let text = Plain::random(&mut random).text();
        let (_, looked) =
            Expression::parse(&text).unwrap().search(time("2026-11-30T23:30:00"), 3660);
        assert!(looked <= 122, "{text}: {looked}");
    }
}
