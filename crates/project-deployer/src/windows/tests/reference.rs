//! R24: random windows against a walk from minute to minute, in the same data about zones.

use fastrand::Rng;
use jiff::Timestamp as Moment;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::super::decision::{closed, next_opening_until};
use super::super::*;
use super::{every, set, window};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60;

/// Zones whose clocks change by an hour, by half an hour, by two hours, at midnight, twice in a Ramadan, or never.
const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "UTC",
];

/// How many windows every run compares.
const SCHEDULES: usize = 400;

/// Days before and after the moment around which windows are compared.
const AROUND: i64 = 2;

/// Of how many openings one is looked for as far ahead as everywhere, and not only to the end of the walk.
const OF_WHICH_ONE_IN_FULL: usize = 30;

/// The longest window of the comparison, in minutes; what began earlier than the walk is not seen by it.
const LONGEST: u32 = 1500;

/// What a clock shows for the first time while it goes from minute to minute: more than one time in a minute, where it skips
/// some. Every window of a zone is compared with the same walk.
struct Walk {
    zone: &'static str,
    /// In minutes since 1970.
    begin: i64,
    end: i64,
    /// For each minute of an hour, the times with it, and in which minute of the walk they are reached.
    reached: Vec<Vec<(i64, DateTime)>>,
}

impl Walk {
    fn around(zone: &'static str, found: &TimeZone, middle: i64) -> Self {
        let (begin, end) = (middle - AROUND * DAY, middle + AROUND * DAY);
        let shown = |minute: i64| found.to_datetime(Moment::from_second(minute * 60).unwrap());
        // Two days before, so that it is no matter where the clock stood.
        let mut latest = shown(begin - 2 * DAY);
        let mut reached = vec![Vec::new(); 60];
        for minute in begin - 2 * DAY..end {
            let now = shown(minute);
            while latest < now {
                latest = latest.checked_add(jiff::SignedDuration::from_mins(1)).unwrap();
                if minute >= begin {
                    reached[usize::try_from(latest.minute()).unwrap()].push((minute, latest));
                }
            }
        }
        Self { zone, begin, end, reached }
    }

    /// The minutes of the walk in which a schedule starts.
    fn starts(&self, fields: &Fields) -> Vec<i64> {
        let times = self.reached[usize::from(fields.minute)].iter();
        let mut starts: Vec<_> =
            times.filter(|(_, time)| fields.fit(*time)).map(|(minute, _)| *minute).collect();
        starts.dedup();
        starts
    }

    /// The first minute before which every window began in the walk that may be open.
    fn known(&self) -> i64 {
        self.begin + i64::from(LONGEST)
    }

    /// A time near its middle.
    fn middle(&self) -> DateTime {
        let times = &self.reached[0];
        times[times.len() / 2].1
    }
}

/// The fields of an expression, each with the values that fit.
struct Fields {
    minute: u8,
    hours: Vec<i8>,
    days: Option<Vec<i8>>,
    months: Option<Vec<i8>>,
    weekdays: Option<Vec<i8>>,
}

impl Fields {
    fn random(random: &mut Rng, around: DateTime) -> Self {
        let some = |random: &mut Rng, one: i8, last: i8, near: i8| {
            let count = random.usize(1..4);
            (0..count).map(|_| if random.bool() { near } else { random.i8(one..=last) }).collect()
        };
        let hours = match random.u8(..4) {
            0 => (0..24).collect(),
            1 => vec![random.i8(0..4)],
            2 => some(random, 0, 23, 2),
            _ => (random.i8(0..4)..=random.i8(4..24)).collect(),
        };
        let days = random.u8(..4) == 0;
        let days = days.then(|| some(random, 1, 31, around.day()));
        let months = random.u8(..6) == 0;
        let months = months.then(|| some(random, 1, 12, around.month()));
        let weekdays = random.u8(..3) == 0;
        let weekdays = weekdays.then(|| some(random, 0, 6, 0));
        let minute = if random.bool() { random.u8(..60) } else { random.choice([0, 30]).unwrap() };
        Self { minute, hours, days, months, weekdays }
    }

    fn text(&self) -> String {
        let list = |values: &[i8]| {
            let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
            texts.join(",")
        };
        let or_any = |values: &Option<Vec<i8>>| values.as_deref().map_or("*".to_owned(), list);
        let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
        let named = |values: &Vec<i8>| {
            let names: Vec<_> =
                values.iter().map(|day| names[usize::try_from(*day).unwrap()]).collect();
            names.join(",")
        };
        let weekdays = self.weekdays.as_ref().map_or("*".to_owned(), named);
        let (hours, days, months) = (list(&self.hours), or_any(&self.days), or_any(&self.months));
        format!("{} {hours} {days} {months} {weekdays}", self.minute)
    }

    fn fit(&self, time: DateTime) -> bool {
        let (minute, weekday) = (time.minute(), time.weekday().to_sunday_zero_offset());
        if i8::try_from(self.minute).unwrap() != minute || !self.hours.contains(&time.hour()) {
            return false;
        }
        if self.months.as_ref().is_some_and(|months| !months.contains(&time.month())) {
            return false;
        }
        let day = self.days.as_ref().map(|days| days.contains(&time.day()));
        let weekday = self.weekdays.as_ref().map(|days| days.contains(&weekday));
        match (day, weekday) {
            (Some(day), Some(weekday)) => day || weekday,
            (day, weekday) => day.or(weekday).unwrap_or(true),
        }
    }
}

/// A window, and where the walk sees it start.
struct Tried {
    window: Window,
    minutes: i64,
    starts: Vec<i64>,
    /// In which minute the walk begins.
    begin: i64,
    /// For each minute of the walk, when the window closes that began last; 0 before the first one.
    closing: Vec<i64>,
}

impl Tried {
    fn random(random: &mut Rng, walk: &Walk, number: usize) -> Self {
        let fields = Fields::random(random, walk.middle());
        let minutes = random.choice([1, 20, 60, 61, 90, 480, 1440, LONGEST]).unwrap();
        let effect = if random.bool() { WindowEffect::Allow } else { WindowEffect::Deny };
        let recurrence = every(&fields.text(), minutes, walk.zone);
        let mut window = window("w", WindowEffect::Deny, every("0 0 * * *", 1, "UTC"));
        window.name = format!("w{number}").parse().unwrap();
        (window.effect, window.recurrence) = (effect, recurrence);
        let (minutes, starts) = (i64::from(minutes), walk.starts(&fields));
        let mut closing = Vec::new();
        let mut closes = 0;
        for start in starts.iter().chain([&walk.end]) {
            closing.resize(usize::try_from(start - walk.begin).unwrap(), closes);
            closes = start + minutes;
        }
        Self { window, minutes, starts, begin: walk.begin, closing }
    }

    /// When the window closes that is open in a minute.
    fn closes(&self, minute: i64) -> Option<i64> {
        let closes = self.closing[usize::try_from(minute - self.begin).unwrap()];
        Some(closes).filter(|closes| *closes > minute)
    }

    fn next(&self, minute: i64) -> Option<i64> {
        self.starts.iter().find(|start| **start > minute).copied()
    }

    fn is(&self, effect: WindowEffect) -> bool {
        self.window.effect == effect
    }

    /// Compares at some times of the walk, of which none is too early to be known.
    fn compare(&self, random: &mut Rng, walk: &Walk) {
        let known = walk.known();
        let edges = self
            .starts
            .iter()
            .flat_map(|start| [start - 1, *start, start + self.minutes - 1, start + self.minutes]);
        let edges: Vec<_> = edges.filter(|edge| (known..walk.end).contains(edge)).collect();
        let edges = (0..10).filter_map(|_| random.choice(&edges).copied()).collect::<Vec<_>>();
        let others = (0..5).map(|_| random.i64(known..walk.end)).collect::<Vec<_>>();
        for minute in edges.into_iter().chain(others) {
            let now = Timestamp::from_millis(minute * MINUTE + random.i64(0..MINUTE));
            let recurrence = &self.window.recurrence;
            let what = || format!("{recurrence} at {now}");
            let minutes = |at: Timestamp| at.as_millis() / MINUTE;
            assert_eq!(recurrence.closes(now).map(minutes), self.closes(minute), "{}", what());
            let next = recurrence.next_start(now).map(minutes);
            match self.next(minute) {
                Some(expected) => assert_eq!(next, Some(expected), "{}", what()),
                None => assert!(next.is_none_or(|next| next >= walk.end), "{}", what()),
            }
        }
    }
}

/// Whether updates may start in a minute, by the rules in words.
fn allows(sets: &[Vec<Tried>], minute: i64) -> bool {
    let is_open = |it: &&Tried| it.closes(minute).is_some();
    let denies = |it: &&Tried| it.is(WindowEffect::Deny);
    if sets.iter().flatten().filter(denies).any(|it| is_open(&it)) {
        return false;
    }
    sets.iter().all(|set| {
        let mut allow = set.iter().filter(|it| it.is(WindowEffect::Allow)).peekable();
        allow.peek().is_none() || allow.any(|it| is_open(&it))
    })
}

fn compare_sets(random: &mut Rng, walk: &Walk, tried: &[Vec<Tried>]) {
    let scopes = ["everything", "stage/S", "infrastructure/i"];
    let sets: Vec<_> = tried
        .iter()
        .zip(scopes)
        .map(|(tried, scope)| set(scope, tried.iter().map(|it| it.window.clone())))
        .collect();
    let known = walk.known();
    let allowed: Vec<_> = (known..walk.end).map(|minute| allows(tried, minute)).collect();
    for _ in 0..10 {
        let minute = random.i64(known..walk.end);
        let now = Timestamp::from_millis(minute * MINUTE);
        let what = || format!("{sets:?} at {now}");
        let from_now = &allowed[usize::try_from(minute - known).unwrap()..];
        assert_eq!(closed(sets.iter(), now).is_none(), from_now[0], "{}", what());
        let expected = from_now.iter().position(|allowed| *allowed);
        let expected = expected.map(|later| minute + i64::try_from(later).unwrap());
        let opens = match random.usize(..OF_WHICH_ONE_IN_FULL) {
            0 => {
                let opens = next_opening(&sets, now);
                if let WindowDecision::Refused(refusal) = decide(&sets, now) {
                    assert_eq!(refusal.until, opens, "{}", what());
                }
                opens
            }
            _ => next_opening_until(&sets, now, Timestamp::from_millis((walk.end + DAY) * MINUTE)),
        };
        let opens = opens.map(|at| at.as_millis() / MINUTE);
        match expected {
            Some(expected) => assert_eq!(opens, Some(expected), "{}", what()),
            None => assert!(opens.is_none_or(|opens| opens >= walk.end), "{}", what()),
        }
    }
}

/// A walk around a change of clocks, or around any time.
fn some_walk(random: &mut Rng, zones: &[(&'static str, TimeZone)]) -> Walk {
    let (name, zone) = random.choice(zones).unwrap();
    let year = 365 * 24 * 3600;
    // Beyond 2037 changes of clocks follow a rule, and are in no table.
    let any = Moment::from_second(random.i64(54 * year..76 * year)).unwrap();
    let change = zone.following(any).next().map(|change| change.timestamp());
    let middle = change.filter(|_| random.u8(..5) > 0).unwrap_or(any);
    Walk::around(name, zone, middle.as_second().div_euclid(60))
}

#[test]
fn random_windows_open_and_close_as_a_walk_from_minute_to_minute_says() {
    // R24
    compare_windows(SCHEDULES);
}

#[test]
#[ignore = "a part of `cargo xtask ci --full`"]
fn ten_thousand_random_windows_open_and_close_as_a_walk_from_minute_to_minute_says() {
    // R24
    compare_windows(10_000);
}

fn compare_windows(schedules: usize) {
    let mut random = Rng::with_seed(24);
    let database = TimeZoneDatabase::bundled();
    let zones = ZONES.map(|name| (name, database.get(name).unwrap()));
    let mut done = 0;
    while done < schedules {
        let walk = some_walk(&mut random, &zones);
        for _ in 0..20 {
            let sets: Vec<Vec<Tried>> = (0..random.usize(1..4))
                .map(|_| {
                    let count = random.usize(0..4);
                    (0..count).map(|number| Tried::random(&mut random, &walk, number)).collect()
                })
                .collect();
            done += sets.iter().map(Vec::len).sum::<usize>();
            sets.iter().flatten().for_each(|it| it.compare(&mut random, &walk));
            compare_sets(&mut random, &walk, &sets);
        }
    }
}
