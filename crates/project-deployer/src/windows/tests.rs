//! B5, R24: which windows allow an update, and when they open and close, also where clocks change.

mod reference;

use project_deployer_core::infra::InfraSettings;

use super::*;

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(super) fn every(cron: &str, minutes: u32, zone: &str) -> Recurrence {
    Recurrence::new(cron, minutes, zone).unwrap()
}

pub(super) fn window(name: &str, effect: WindowEffect, recurrence: Recurrence) -> Window {
    let scope = MaintenanceScope::Everything;
    let request = WindowRequest::new(scope, name.parse().unwrap(), recurrence, "habit");
    let now = at("2026-01-01T00:00:00Z");
    request.with_effect(effect).added("root".parse().unwrap(), now).unwrap()
}

pub(super) fn set(scope: &str, windows: impl IntoIterator<Item = Window>) -> WindowSet {
    let empty = WindowSet::empty(scope.parse().unwrap());
    windows.into_iter().fold(empty, |set, window| set.with(window))
}

/// The time at which updates are allowed again; none if they are allowed.
fn refused(sets: &[WindowSet], now: &str) -> Option<(String, Option<Timestamp>)> {
    match decide(sets, at(now)) {
        WindowDecision::Allowed => None,
        WindowDecision::Refused(refusal) => Some((refusal.window.name.to_string(), refusal.until)),
    }
}

fn nights() -> Window {
    window("nights", WindowEffect::Allow, every("0 22 * * MON-FRI", 480, "UTC"))
}

fn freeze() -> Window {
    window("freeze", WindowEffect::Deny, every("0 0 20 12 *", 14 * 1440, "UTC"))
}

#[test]
fn without_windows_and_outside_a_freeze_updates_are_allowed() {
    // B5
    assert_eq!(refused(&[], "2026-12-24T12:00:00Z"), None);
    let freeze = [set("everything", [freeze()])];
    assert_eq!(refused(&freeze, "2026-12-19T23:59:59Z"), None);
    let until = Some(at("2027-01-03T00:00:00Z"));
    assert_eq!(refused(&freeze, "2026-12-20T00:00:00Z"), Some(("freeze".to_owned(), until)));
    assert_eq!(refused(&freeze, "2027-01-02T23:59:59Z"), Some(("freeze".to_owned(), until)));
    assert_eq!(refused(&freeze, "2027-01-03T00:00:00Z"), None);
}

#[test]
fn a_window_that_denies_wins_over_one_that_allows() {
    // B5
    let both = [set("infrastructure/prod", [nights(), freeze()])];
    assert_eq!(refused(&both, "2026-12-18T23:00:00Z"), None, "a Friday night before the freeze");
    let monday = Some(at("2027-01-04T22:00:00Z"));
    let until = |now| refused(&both, now).unwrap();
    assert_eq!(until("2026-12-21T23:00:00Z"), ("freeze".to_owned(), monday), "in both");
    assert_eq!(until("2027-01-03T12:00:00Z"), ("nights".to_owned(), monday), "in neither");
    let noon = at("2026-12-14T12:00:00Z");
    assert_eq!(until("2026-12-14T12:00:00Z").1, Some(at("2026-12-14T22:00:00Z")));
    assert_eq!(next_opening(&both, noon), Some(at("2026-12-14T22:00:00Z")));
    assert_eq!(next_opening(&both, at("2026-12-14T23:00:00Z")), Some(at("2026-12-14T23:00:00Z")));
}

#[test]
fn the_windows_of_an_infrastructure_narrow_those_of_its_stage_and_never_widen_them() {
    // B5
    let saturdays = window("saturdays", WindowEffect::Allow, every("0 0 * * SAT", 1440, "UTC"));
    let days = window("days", WindowEffect::Allow, every("0 8 * * *", 600, "UTC"));
    let sets = [set("stage/Production", [saturdays]), set("infrastructure/prod", [days])];
    assert_eq!(refused(&sets, "2026-11-28T09:00:00Z"), None, "Saturday at nine");
    let saturday = Some(at("2026-12-05T08:00:00Z"));
    let monday = refused(&sets, "2026-11-30T09:00:00Z");
    assert_eq!(
        monday,
        Some(("saturdays".to_owned(), saturday)),
        "the infrastructure alone is not enough"
    );
    let late = refused(&sets, "2026-11-28T19:00:00Z");
    assert_eq!(late, Some(("days".to_owned(), saturday)), "nor is the stage");
}

#[test]
fn windows_that_leave_no_time_have_no_opening() {
    // B5: the search ends.
    let allow = window("a", WindowEffect::Allow, every("0 * * * *", 30, "UTC"));
    let deny = window("d", WindowEffect::Deny, every("0 * * * *", 30, "UTC"));
    let always = window("d", WindowEffect::Deny, every("0 0 * * *", 1440, "UTC"));
    let now = at("2026-11-30T09:10:00Z");
    for windows in [vec![allow, deny], vec![always]] {
        assert_eq!(next_opening(&[set("everything", windows)], now), None);
    }
    let leap = window("leap", WindowEffect::Allow, every("0 0 29 2 *", 60, "UTC"));
    let leap = [set("everything", [leap])];
    assert_eq!(next_opening(&leap, now), None, "more than a year away");
    let before = at("2027-06-01T00:00:00Z");
    assert_eq!(next_opening(&leap, before), Some(at("2028-02-29T00:00:00Z")));
}

#[test]
fn an_opening_within_a_year_is_found_behind_windows_of_each_hour() {
    // B5: sixteen thousand windows open and close before it.
    let allow = window("a", WindowEffect::Allow, every("0 * * * *", 30, "UTC"));
    let deny = window("d", WindowEffect::Deny, every("0 * * 1-10,12 *", 30, "UTC"));
    let sets = [set("everything", [allow, deny])];
    let november = Some(at("2027-11-01T00:00:00Z"));
    assert_eq!(next_opening(&sets, at("2026-12-01T00:10:00Z")), november);
    assert_eq!(next_opening(&sets, at("2027-10-31T23:59:00Z")), november);
}

#[test]
fn a_window_that_never_opens_is_refused() {
    // B5
    for (cron, opens) in [("0 0 30 2 *", false), ("0 0 31 4,6 *", false), ("0 0 29 2 *", true)] {
        let scope = MaintenanceScope::Everything;
        let recurrence = every(cron, 60, "UTC");
        let request = WindowRequest::new(scope, "w".parse().unwrap(), recurrence, "habit");
        let added = request.added("root".parse().unwrap(), at("2026-01-01T00:00:00Z"));
        match added {
            Ok(_) => assert!(opens, "{cron}"),
            Err(error) => {
                assert!(!opens && error.to_string().contains("never opens"), "{cron}: {error}");
            }
        }
    }
}

#[test]
fn what_is_no_window_is_refused_with_what_to_write() {
    // B5
    let crons = [
        "",
        "0 22 * *",
        "0 0 22 * * *",
        "* 22 * * *",
        "*/5 * * * *",
        "60 22 * * *",
        "-1 2 * * *",
        "0 24 * * *",
        "0 22 32 * *",
        "0 22 * 13 *",
        "0 22 * * XYZ",
        "@daily",
        "0 22 * * ö",
    ];
    for cron in crons {
        let error = Recurrence::new(cron, 60, "UTC").unwrap_err().to_string();
        assert!(error.contains("0 22 * * MON-FRI"), "{cron}: {error}");
    }
    for minutes in [0, 90 * 1440 + 1] {
        let error = Recurrence::new("0 22 * * *", minutes, "UTC").unwrap_err();
        assert!(error.to_string().contains("1 minute to 90 days"), "{error}");
    }
    for zone in ["", "Berlin", "CET+1", "../etc/passwd", "Etc/Unknown"] {
        let error = Recurrence::new("0 22 * * *", 60, zone).unwrap_err();
        assert!(error.to_string().contains("Europe/Berlin"), "{error}");
    }
    for reason in [String::new(), " ".to_owned(), "a".repeat(1001)] {
        let request = WindowRequest::new(
            MaintenanceScope::Everything,
            "w".parse().unwrap(),
            every("0 22 * * *", 60, "UTC"),
            reason,
        );
        let error = request.added("root".parse().unwrap(), at("2026-01-01T00:00:00Z")).unwrap_err();
        assert_eq!(error.code(), "not-possible");
    }
}

#[test]
fn no_text_breaks_the_reader_of_expressions() {
    let mut random = fastrand::Rng::with_seed(5);
    let letters: Vec<char> = "0123456789*/-,?LW#+@ MONFRIJAN7\t%ü".chars().collect();
    for _ in 0..20_000 {
        let text: String =
            (0..random.usize(0..24)).filter_map(|_| random.choice(&letters)).collect();
        let text = format!("{} {text}", random.u8(..62));
        if let Ok(recurrence) = Recurrence::new(&text, 60, "Europe/Berlin") {
            let now = at("2026-10-25T00:30:00Z");
            assert!(recurrence.next_start(now).is_none_or(|next| next > now), "{text}");
            let _ = recurrence.closes(now);
        }
    }
}

#[test]
fn a_time_that_the_clock_skips_is_the_moment_of_the_change() {
    // R24
    let cases = [
        // Clocks go from 02:00 to 03:00, from 02:00 to 02:30, and over a whole day.
        ("30 2 28 3 *", "Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z"),
        ("30 2 14 3 *", "America/New_York", "2027-03-13T12:00:00Z", "2027-03-14T07:00:00Z"),
        ("15 2 3 10 *", "Australia/Lord_Howe", "2027-10-02T00:00:00Z", "2027-10-02T15:30:00Z"),
        ("0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-30T10:00:00Z"),
    ];
    for (cron, zone, before, opens) in cases {
        let (recurrence, opens) = (every(cron, 60, zone), at(opens));
        let moved = |millis| Timestamp::from_millis(opens.as_millis() + millis);
        assert_eq!(recurrence.next_start(at(before)), Some(opens), "{zone}");
        assert_eq!(recurrence.closes(moved(-1)), None, "{zone}");
        assert_eq!(recurrence.closes(opens), Some(moved(3_600_000)), "{zone}");
        assert_eq!(recurrence.closes(moved(3_600_000)), None, "{zone}");
        assert!(
            recurrence.next_start(opens) > Some(moved(300 * 24 * 3_600_000)),
            "{zone}: only once"
        );
    }
}

#[test]
fn a_time_that_the_clock_shows_twice_is_the_first_one() {
    // R24
    let cases = [
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z"),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"),
    ];
    for (cron, zone, first) in cases {
        let (recurrence, first) = (every(cron, 20, zone), at(first));
        let moved = |millis| Timestamp::from_millis(first.as_millis() + millis);
        let minute = 60_000;
        assert_eq!(recurrence.next_start(moved(-minute)), Some(first), "{zone}");
        assert_eq!(recurrence.closes(moved(19 * minute)), Some(moved(20 * minute)), "{zone}");
        let again = moved(if zone.ends_with("Howe") { 30 } else { 60 } * minute);
        assert_eq!(recurrence.closes(again), None, "{zone}: the second time opens nothing");
        assert!(recurrence.next_start(first) > Some(moved(24 * 60 * minute - 1)), "{zone}");
    }
    let night = every("0 22 * * *", 480, "Europe/Berlin");
    let closes = night.closes(at("2026-10-24T21:00:00Z"));
    assert_eq!(closes, Some(at("2026-10-25T04:00:00Z")), "eight hours, which is 05:00 there");
}

#[test]
fn a_window_is_written_and_read_as_it_is() {
    let written = serde_json::to_value(nights()).unwrap();
    let recurrence = serde_json::json!({"cron": "0 22 * * MON-FRI", "minutes": 480, "zone": "UTC"});
    assert_eq!(written["recurrence"], recurrence);
    assert_eq!(serde_json::from_value::<Window>(written.clone()).unwrap(), nights());
    let mut unknown = written;
    unknown["recurrence"]["zone"] = "Atlantis/Capital".into();
    let error = serde_json::from_value::<Window>(unknown).unwrap_err();
    assert!(error.to_string().contains("no time zone `Atlantis/Capital`"), "{error}");
    assert_eq!(every(" 0  22 * * MON-FRI ", 1, "europe/berlin").zone(), "Europe/Berlin");
    let text = every("0 22 * * MON-FRI", 1441, "UTC").to_string();
    assert_eq!(text, "for 1d1min from `0 22 * * MON-FRI` in UTC");
}

#[test]
fn windows_are_about_the_infrastructures_of_their_scope() {
    let prod = InfraSettings::new("prod".parse().unwrap(), "Production".parse().unwrap());
    let about = |scope| set(scope, []).is_about(&prod);
    assert!(["everything", "stage/Production", "infrastructure/prod"].into_iter().all(about));
    assert!(!["stage/Test", "infrastructure/dev"].into_iter().any(about));
}

#[test]
fn the_refusal_says_which_window_why_and_when_it_opens() {
    // B5
    let sets = [set("infrastructure/prod", [nights()])];
    let WindowDecision::Refused(refusal) = decide(&sets, at("2026-11-30T12:00:00Z")) else {
        panic!()
    };
    let error = refusal.error();
    assert_eq!(error.code(), "outside-window");
    assert_eq!(
        error.to_string(),
        "infrastructure `prod` takes updates only within its windows (`nights`: habit); wait until \
         2026-11-30T22:00:00Z, schedule the update for the next window, or let an administrator of the infrastructure \
         break the glass, with a reason"
    );
    let WindowDecision::Refused(refusal) =
        decide(&[set("everything", [freeze()])], at("2026-12-24T12:00:00Z"))
    else {
        panic!()
    };
    assert_eq!(refusal.to_string(), "window `freeze` of everything denies updates now (habit)");
    assert_eq!(
        refusal.error_at(at("2026-12-25T12:00:00Z")).to_string(),
        "updates may not start at 2026-12-25T12:00:00Z: window `freeze` of everything denies updates then (habit); name \
         2027-01-03T00:00:00Z or a later time within the windows, or the next window"
    );
}
