//! G7: when rounds are.

use std::collections::BTreeSet;

use project_deployer_core::Timestamp;

use crate::watch::{Check, Rhythm, WatchRequest, WatchScope, next_round, setting_of};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const START: i64 = 1_800_000_000_000;
const MINUTE: i64 = 60_000;

/// The times of the rounds within an hour, when somebody looks every second.
fn rounds(of: &str, every: u64, since: i64, from: i64) -> Vec<i64> {
    let (mut last, mut found) = (None, Vec::new());
    for now in (from..from + 60 * MINUTE).step_by(1000) {
        let rhythm = Rhythm { of, every, since: at(since) };
        if rhythm.is_due(last, at(now)) {
            last = Some(at(now));
            found.push(now);
        }
    }
    found
}

#[test]
fn rounds_come_once_in_each_time_and_the_first_one_within_it() {
    // G7
    let found = rounds("health/prod", 300, START, START);
    assert_eq!(found.len(), 12, "{found:?}");
    assert!(found[0] > START && found[0] <= START + 5 * MINUTE, "{found:?}");
    for pair in found.windows(2) {
        let between = pair[1] - pair[0];
        assert!((between - 5 * MINUTE).abs() <= 1000, "{between}");
    }
}

#[test]
fn infrastructures_have_their_places_all_over_the_time_and_keep_them() {
    // G7
    let first = |id: usize| rounds(&format!("health/infra-{id}"), 300, START, START)[0] - START;
    let places: Vec<_> = (0..200).map(first).collect();
    let minutes: BTreeSet<_> = places.iter().map(|place| (place - 1) / MINUTE).collect();
    assert_eq!(minutes.len(), 5, "no minute of five is empty");
    assert_eq!(places, (0..200).map(first).collect::<Vec<_>>());
    let restarted = rounds("health/infra-7", 300, START, START + 17 * MINUTE);
    let all = rounds("health/infra-7", 300, START, START);
    assert!(all.contains(&restarted[1]), "the place outlives the process: {restarted:?} {all:?}");
}

#[test]
fn rounds_that_were_missed_are_one_round_and_a_clock_that_went_back_stops_none() {
    // G7
    let rhythm = Rhythm { of: "health/prod", every: 60, since: at(START) };
    let now = at(START + 90 * MINUTE);
    assert!(rhythm.is_due(Some(at(START + MINUTE)), now));
    assert!(!rhythm.is_due(Some(now), now));
    assert_eq!(next_round(rhythm, Some(at(START + MINUTE)), now), now);
    let next = next_round(rhythm, Some(now), now);
    assert!(next > now && next <= at(now.as_millis() + MINUTE));
    assert!(rhythm.is_due(Some(at(START + 500 * MINUTE)), now), "the last round is in the future");
}

#[test]
fn times_have_bounds_and_the_own_setting_of_an_infrastructure_counts() {
    // D9
    let by = || "root".parse().unwrap();
    let request = WatchRequest::new(WatchScope::Everything);
    for (health, parity) in [(Some(59), None), (None, Some(299)), (Some(604_801), None)] {
        let request = request.clone().with_health_every(health).with_parity_every(parity);
        assert_eq!(request.made(by(), at(0)).unwrap_err().code(), "not-possible");
    }
    let everything = request.with_health_every(Some(60)).made(by(), at(0)).unwrap();
    let own = WatchRequest::new("infrastructure/prod".parse().unwrap());
    let own = own.with_parity_every(Some(300)).made(by(), at(0)).unwrap();
    let known = [everything, own];
    let of = |infra: &str| setting_of(&known, &infra.parse().unwrap()).unwrap();
    assert_eq!(of("dev").every(Check::Health), Some(60));
    assert_eq!(of("prod").every(Check::Health), None, "its own setting replaces the other one");
    assert_eq!(of("prod").every(Check::Parity), Some(300));
    for text in ["", "stage/Production", "infrastructure/", "infrastructure/a/b"] {
        assert!(text.parse::<WatchScope>().is_err(), "{text}");
    }
}
