//! A second reading of the rules, naive and without any of the code under test, on random small worlds:
//! `drawing` makes a case, `telling` tells it to the code under test, `reading` reads it by itself.

use std::collections::BTreeSet;

use super::*;

mod drawing;
mod reading;
mod telling;

use drawing::{Case, Dice, Fault, Ldap, Plug, Remap, Style, Town, case};
use reading::unknown;
use telling::{spot_id, world};

fn without_reason(presence: &Presence) -> Presence {
    match presence {
        Presence::Unknown { .. } => unknown(),
        other => other.clone(),
    }
}

/// The statuses that were seen.
fn agree(seeds: std::ops::Range<u64>) -> BTreeSet<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for seed in seeds {
        let case = case(&mut Dice(seed * 7_919 + 17));
        let report = match_logins(&world(&case));
        let rows: BTreeSet<String> =
            report.rows().map(|row| row.login().as_str().to_owned()).collect();
        assert_eq!(rows, case.logins(), "seed {seed}: {case:#?}");
        for row in report.rows() {
            assert_eq!(row.presences().count(), case.spots.len());
            for (spot, presence) in row.presences().enumerate() {
                let expected = case.presence(spot, row.login().as_str());
                let (login, place) = (row.login(), spot_id(spot));
                let told = without_reason(presence);
                assert_eq!(told, expected, "seed {seed}, `{login}` at {place}: {case:#?}");
                let text = format!("{expected:?}");
                seen.insert(text.split([' ', '(', '{']).next().unwrap().to_owned());
            }
        }
    }
    seen
}

#[test]
fn matching_agrees_with_a_naive_reading_on_random_worlds() {
    // R10, R27
    let seen = agree(0..5_000);
    // A world that never shows a status proves nothing about it.
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
#[ignore = "minutes: the figure of R10"]
fn matching_agrees_with_a_naive_reading_on_a_hundred_thousand_random_worlds() {
    // R10
    assert_eq!(agree(5_000..105_000).len(), 12);
}
