//! M18, G9: the life of a finding.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::Timestamp;
use project_deployer_core::messages::Severity;
use proptest::prelude::*;

use crate::watch::observation::{Observation, Seen, Unknown};
use crate::watch::{
    Acknowledgement, Finding, FindingKind, FindingSubject, WatchEventKind, compare,
};

const DAY: i64 = 24 * 3600 * 1000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn login(name: &str) -> FindingSubject {
    let infra = Some("prod".parse().unwrap());
    FindingSubject::new(FindingKind::Login, infra)
        .with_node("prod".to_owned())
        .with_name(name.to_owned())
}

fn seen(status: &str) -> Seen {
    Seen::new(Severity::Error, status, format!("it is {status}"))
}

fn sees(time: i64, found: &[(&str, &str)]) -> Observation {
    let mut observation = Observation::at(at(time));
    for (name, status) in found {
        observation.see(login(name), seen(status));
    }
    observation
}

/// The findings after these rounds, and the events of the last one.
fn after(rounds: &[Observation]) -> (Vec<Finding>, Vec<WatchEventKind>) {
    let mut known = (Vec::new(), Vec::new());
    for round in rounds {
        let compared = compare(&known.0, round, &[]);
        known = (compared.findings, compared.events.iter().map(|event| event.kind).collect());
    }
    known
}

#[test]
fn a_finding_has_first_and_last_seen_and_is_resolved_after_two_rounds_without_it() {
    // M18, G9
    let (findings, events) = after(&[sees(10, &[("ann", "disabled")])]);
    assert_eq!(events, [WatchEventKind::FindingOpened]);
    let first = &findings[0];
    assert_eq!((first.first_seen, first.last_seen, first.times_seen), (at(10), at(10), 1));
    let again = [sees(10, &[("ann", "disabled")]), sees(20, &[("ann", "disabled")])];
    let (findings, events) = after(&again);
    assert_eq!(events, []);
    let seen_twice = &findings[0];
    assert_eq!((seen_twice.first_seen, seen_twice.last_seen), (at(10), at(20)));
    assert_eq!((seen_twice.times_seen, &seen_twice.id), (2, &first.id));
    let [one, two] = again;
    let gone_once = [one.clone(), two.clone(), sees(30, &[])];
    let (findings, events) = after(&gone_once);
    assert!(findings[0].is_open() && events.is_empty(), "what comes and goes is one finding");
    let (findings, events) = after(&[one, two, sees(30, &[]), sees(40, &[])]);
    assert_eq!(
        (findings[0].resolved, &events[..]),
        (Some(at(40)), &[WatchEventKind::FindingResolved][..])
    );
    assert_eq!(findings[0].last_seen, at(20));
}

#[test]
fn what_comes_and_goes_stays_one_open_finding() {
    // G9
    let rounds: Vec<_> = (0..20)
        .map(|round| sees(round, if round % 2 == 0 { &[("ann", "disabled")] } else { &[] }))
        .collect();
    let (findings, _) = after(&rounds);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].is_open() && findings[0].times_seen == 10);
}

#[test]
fn another_status_is_a_change_and_a_finding_that_comes_back_is_another_one() {
    // M18
    let (findings, events) =
        after(&[sees(1, &[("ann", "disabled")]), sees(2, &[("ann", "not-in-directory")])]);
    assert_eq!(events, [WatchEventKind::FindingChanged]);
    assert_eq!((findings.len(), findings[0].status.as_str()), (1, "not-in-directory"));
    let (findings, events) = after(&[
        sees(1, &[("ann", "disabled")]),
        sees(2, &[]),
        sees(3, &[]),
        sees(4, &[("ann", "disabled")]),
    ]);
    assert_eq!(events, [WatchEventKind::FindingOpened]);
    assert_eq!(findings.len(), 2);
    assert_ne!(findings[0].id, findings[1].id);
    assert_eq!(findings[0].first_seen, at(4));
}

#[test]
fn what_is_unknown_neither_opens_nor_resolves() {
    // D9, D7: a wrong verdict is worse than an unknown one.
    let mut unknown = sees(20, &[]);
    let place = Unknown { node: Some("prod".to_owned()), ..Unknown::default() };
    unknown.unknown.push(place);
    let (findings, events) = after(&[
        sees(10, &[("ann", "disabled")]),
        unknown.clone(),
        unknown.clone(),
        unknown.clone(),
    ]);
    assert!(findings[0].is_open() && events.is_empty());
    assert_eq!(findings[0].last_seen, at(10), "it was not seen either");
    let elsewhere = Unknown { node: Some("dev".to_owned()), ..Unknown::default() };
    unknown.unknown = vec![elsewhere];
    let (findings, _) = after(&[sees(10, &[("ann", "disabled")]), unknown.clone(), unknown]);
    assert!(!findings[0].is_open(), "what is unknown elsewhere proves nothing here");
    let (findings, events) = after(&[Observation::nothing(at(1))]);
    assert_eq!((findings.len(), events.len()), (0, 0));
}

#[test]
fn an_acknowledgement_lasts_until_the_finding_is_resolved_or_its_time_is_over() {
    // M18
    let (mut findings, _) = after(&[sees(10, &[("ann", "disabled")])]);
    let by = || "olga".parse().unwrap();
    let acknowledged = Acknowledgement::new(by(), " on leave ", Some(at(50)), at(15)).unwrap();
    assert_eq!(acknowledged.note, "on leave");
    findings[0].acknowledged = Some(acknowledged);
    let findings = compare(&findings, &sees(20, &[("ann", "not-in-directory")]), &[]).findings;
    assert!(findings[0].acknowledgement(at(49)).is_some());
    assert!(findings[0].acknowledgement(at(50)).is_none(), "its time is over");
    let findings = compare(&findings, &sees(30, &[]), &[]).findings;
    let findings = compare(&findings, &sees(40, &[]), &[]).findings;
    let findings = compare(&findings, &sees(45, &[("ann", "disabled")]), &[]).findings;
    assert!(findings[0].is_open() && findings[0].acknowledged.is_none(), "it is another finding");
    for (note, until) in [(" ", None), ("leave", Some(at(15))), (&*"a".repeat(1001), None)] {
        let refused = Acknowledgement::new(by(), note, until, at(15)).unwrap_err();
        assert_eq!(refused.code(), "not-possible");
    }
}

#[test]
fn resolved_findings_are_kept_for_30_days_and_too_many_open_ones_are_counted() {
    // M18
    let resolved = [sees(1, &[("ann", "disabled")]), sees(2, &[]), sees(3, &[])];
    let (findings, _) = after(&resolved);
    assert_eq!(compare(&findings, &sees(3 + 30 * DAY, &[]), &[]).findings.len(), 1);
    assert_eq!(compare(&findings, &sees(4 + 30 * DAY, &[]), &[]).findings.len(), 0);
    let names: Vec<_> = (0..2100).map(|number| format!("user-{number:04}")).collect();
    let all: Vec<_> = names.iter().map(|name| (name.as_str(), "disabled")).collect();
    let compared = compare(&[], &sees(1, &all), &[]);
    assert_eq!((compared.findings.len(), compared.left_out), (2000, 100));
    let compared = compare(&compared.findings, &sees(2, &all), &[]);
    assert_eq!((compared.left_out, compared.events.len()), (100, 0), "no finding comes and goes");
}

/// What a round says about one login.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Wrong(u8),
    Right,
    Nothing,
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![(0..2_u8).prop_map(Says::Wrong), Just(Says::Right), Just(Says::Nothing)]
}

proptest! {
    /// M18: every sequence of rounds, against a slow model that looks at the whole past of each login.
    #[test]
    fn findings_follow_from_what_was_seen(
        rounds in prop::collection::vec(prop::collection::vec(says(), 3), 1..25),
    ) {
        let mut known: Vec<Finding> = Vec::new();
        let mut opened = BTreeMap::new();
        for (time, round) in rounds.iter().enumerate() {
            let time = i64::try_from(time).unwrap();
            let mut observation = Observation::at(at(time));
            for (number, says) in round.iter().enumerate() {
                let name = format!("user-{number}");
                match says {
                    Says::Wrong(status) => observation.see(login(&name), seen(&status.to_string())),
                    Says::Right => {}
                    Says::Nothing => observation.unknown.push(Unknown {
                        name: Some(name), ..Unknown::default()
                    }),
                }
            }
            let before = known.clone();
            let compared = compare(&known, &observation, &[]);
            known = compared.findings;
            // No subject has two open findings, no id occurs twice.
            let open: Vec<_> = known.iter().filter(|it| it.is_open()).map(|it| &it.subject).collect();
            prop_assert_eq!(open.iter().collect::<BTreeSet<_>>().len(), open.len());
            prop_assert_eq!(known.iter().map(|it| &it.id).collect::<BTreeSet<_>>().len(), known.len());
            for (number, says) in round.iter().enumerate() {
                let subject = login(&format!("user-{number}"));
                let is_open = |all: &[Finding]| all.iter().any(|it| it.is_open() && it.subject == subject);
                match says {
                    Says::Wrong(_) => prop_assert!(is_open(&known)),
                    Says::Nothing => prop_assert_eq!(is_open(&before), is_open(&known)),
                    Says::Right => {
                        let past = rounds[..=usize::try_from(time).unwrap()].iter().rev();
                        let said = past.map(|round| round[number]).filter(|it| *it != Says::Nothing);
                        let absent = said.take_while(|it| *it == Says::Right).count();
                        let was_wrong = rounds[..usize::try_from(time).unwrap()].iter()
                            .any(|round| matches!(round[number], Says::Wrong(_)));
                        prop_assert_eq!(is_open(&known), was_wrong && absent < 2);
                    }
                }
            }
            // Each finding that is opened is resolved once at most.
            for event in &compared.events {
                match event.kind {
                    WatchEventKind::FindingOpened => {
                        prop_assert!(opened.insert(event.object.clone(), true).is_none());
                    }
                    WatchEventKind::FindingResolved => {
                        prop_assert_eq!(opened.insert(event.object.clone(), false), Some(true));
                    }
                    _ => prop_assert_eq!(opened.get(&event.object), Some(&true)),
                }
            }
        }
    }
}
