//! G7: nodes that do not answer are asked less often.

use std::collections::BTreeMap;

use project_deployer_core::Timestamp;
use project_deployer_store::Revision;

use crate::watch::Rhythm;
use crate::watch::silent::{Moment, SilentNode, resting, rounds_to_wait, silent_after};

const START: i64 = 1_800_000_000_000;
const MINUTE: i64 = 60_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn rhythm(every: u64) -> Rhythm<'static> {
    Rhythm { of: "health/prod", every, since: at(START) }
}

fn moment(every: u64, began: i64) -> Moment<'static> {
    let rhythm = Some(rhythm(every));
    Moment { rhythm, began: at(began), settings: Revision(1), updated: None }
}

fn sick(nodes: &[&str]) -> BTreeMap<String, String> {
    nodes.iter().map(|&node| (node.to_owned(), "no connection".to_owned())).collect()
}

/// One round. `down` do not answer. Returns what is kept after it, and which were asked of `auto-1` and `auto-2`.
fn round(
    known: &[SilentNode],
    moment: Moment<'_>,
    down: &[&str],
) -> (Vec<SilentNode>, Vec<&'static str>) {
    let rest = resting(known, moment);
    let asked: Vec<_> =
        ["auto-1", "auto-2"].into_iter().filter(|node| !rest.contains_key(*node)).collect();
    let in_vain: Vec<_> = asked.iter().copied().filter(|node| down.contains(node)).collect();
    (silent_after(known, &sick(&in_vain), &rest, moment), asked)
}

/// In which of the rounds of a number `auto-1` was asked, while it does not answer.
fn asked_in(every: u64, rounds: i64) -> Vec<i64> {
    let (mut known, mut found) = (Vec::new(), Vec::new());
    for number in 0..rounds {
        // A round begins some time after its time has come.
        let began = START + number * i64::try_from(every).unwrap() * 1000 + number % 7 * 100;
        let (kept, asked) = round(&known, moment(every, began), &["auto-1"]);
        known = kept;
        assert!(asked.contains(&"auto-2"), "who answers is asked in every round");
        found.extend(asked.contains(&"auto-1").then_some(number));
    }
    found
}

#[test]
fn the_wait_doubles_up_to_16_rounds_and_an_hour() {
    let waits = |every| (1..=8).map(|times| rounds_to_wait(times, every)).collect::<Vec<_>>();
    assert_eq!(waits(60), [1, 2, 4, 8, 16, 16, 16, 16]);
    assert_eq!(waits(300), [1, 2, 4, 8, 12, 12, 12, 12], "an hour");
    assert_eq!(waits(3600), [1; 8]);
    assert_eq!(waits(604_800), [1; 8], "never less often than once a round that is rare");
    assert_eq!((rounds_to_wait(0, 60), rounds_to_wait(u32::MAX, 0)), (1, 16));
}

#[test]
fn a_node_that_does_not_answer_is_asked_in_rounds_that_are_further_and_further_apart() {
    assert_eq!(asked_in(60, 64), [0, 1, 3, 7, 15, 31, 47, 63]);
    assert_eq!(asked_in(300, 40), [0, 1, 3, 7, 15, 27, 39]);
    assert_eq!(asked_in(86_400, 4), [0, 1, 2, 3]);
}

#[test]
fn it_is_asked_again_at_a_time_of_a_round() {
    let mut known = Vec::new();
    for began in [START + 17 * 1000, START + 80 * 1000, START + 200 * 1000] {
        known = round(&known, moment(60, began), &["auto-1"]).0;
        let until = known[0].until(rhythm(60));
        assert!(until > at(began));
        assert!(rhythm(60).is_due(Some(at(until.as_millis() - 1)), until), "a round is due then");
        assert!(!rhythm(60).is_due(Some(until), at(until.as_millis() + 59_000)), "and none before");
    }
}

#[test]
fn the_first_answer_ends_it() {
    let (known, _) = round(&[], moment(60, START), &["auto-1"]);
    let (known, _) = round(&known, moment(60, START + MINUTE), &["auto-1"]);
    assert_eq!((known[0].times, known[0].since), (2, at(START)));
    let (known, asked) = round(&known, moment(60, START + 3 * MINUTE), &[]);
    assert_eq!((known.len(), asked.len()), (0, 2));
    let (known, _) = round(&known, moment(60, START + 4 * MINUTE), &["auto-1"]);
    assert_eq!((known[0].times, known[0].since), (1, at(START + 4 * MINUTE)), "it begins again");
}

#[test]
fn a_round_at_once_other_settings_and_an_update_ask_every_node() {
    let mut known = Vec::new();
    for minute in [0, 1, 3] {
        known = round(&known, moment(60, START + minute * MINUTE), &["auto-1"]).0;
    }
    let usual = moment(60, START + 4 * MINUTE);
    assert_eq!(round(&known, usual, &[]).1, ["auto-2"]);
    let at_once = Moment { rhythm: None, ..usual };
    let changed = Moment { settings: Revision(2), ..usual };
    let updated = Moment { updated: Some(at(START + 3 * MINUTE + 1)), ..usual };
    let earlier = Moment { updated: Some(at(START)), ..usual };
    for asks in [at_once, changed, updated] {
        assert_eq!(round(&known, asks, &[]).1, ["auto-1", "auto-2"], "{asks:?}");
    }
    assert_eq!(round(&known, earlier, &[]).1, ["auto-2"]);
    assert_eq!(round(&known, changed, &["auto-1"]).0[0].times, 1, "with others it begins again");
    let before = moment(60, START - 500 * MINUTE);
    assert_eq!(round(&known, before, &[]).1.len(), 2, "a clock that went back silences none");
}

#[test]
fn what_is_left_out_says_since_when_why_and_until_when_and_a_node_that_is_gone_is_forgotten() {
    let mut known = Vec::new();
    for minute in [0, 1] {
        known = round(&known, moment(60, START + minute * MINUTE), &["auto-1"]).0;
    }
    let now = moment(60, START + 2 * MINUTE);
    let rest = resting(&known, now);
    let why = &rest["auto-1"];
    assert!(why.starts_with("asked 2 times since 2027-"), "{why}");
    assert!(why.contains("(no connection); it is asked again at 2027-"), "{why}");
    assert_eq!(silent_after(&known, &BTreeMap::new(), &rest, now), known);
    assert_eq!(silent_after(&known, &BTreeMap::new(), &BTreeMap::new(), now), []);
}
