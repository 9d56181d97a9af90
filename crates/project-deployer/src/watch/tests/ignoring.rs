//! M18: what rules ignore, and who hears of it.

use project_deployer_core::Timestamp;
use project_deployer_core::messages::Severity;

use crate::watch::ignore::{IgnoreRequest, IgnoreRule, ignoring};
use crate::watch::observation::{Observation, Seen};
use crate::watch::{Finding, FindingKind, FindingSubject, WatchEventKind, WatchScope, compare};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn request(kind: FindingKind) -> IgnoreRequest {
    IgnoreRequest::new(WatchScope::Everything, kind, "it is known")
}

fn rule(request: IgnoreRequest) -> IgnoreRule {
    request.made("r".to_owned(), "root".parse().unwrap(), at(0)).unwrap()
}

fn differs(fields: &[&str]) -> Observation {
    let mut observation = Observation::at(at(10));
    let subject = FindingSubject::new(FindingKind::OutOfSync, Some("prod".parse().unwrap()))
        .with_deployment("churn".parse().unwrap())
        .with_node("auto".to_owned());
    let fields = fields.iter().map(|&field| field.to_owned()).collect();
    let seen = Seen::new(Severity::Warning, "out-of-sync", "it differs").with_fields(fields);
    observation.see(subject, seen);
    observation
}

fn login(name: &str) -> FindingSubject {
    FindingSubject::new(FindingKind::Login, Some("prod".parse().unwrap()))
        .with_node("auto".to_owned())
        .with_name(name.to_owned())
}

fn sees(time: i64, status: &str) -> Observation {
    let mut observation = Observation::at(at(time));
    observation.see(login("svc-etl"), Seen::new(Severity::Error, status, "it is so"));
    observation
}

/// The findings and the events of a round under rules.
fn round(
    known: &[Finding],
    observation: &Observation,
    rules: &[&IgnoreRule],
) -> (Vec<Finding>, Vec<WatchEventKind>) {
    let compared = ignoring(compare(known, observation, rules), rules, observation.at);
    (compared.findings, compared.events.iter().map(|event| event.kind).collect())
}

#[test]
fn a_rule_names_logins_by_a_pattern_and_ends_by_itself() {
    let (found, _) = round(&[], &sees(10, "disabled"), &[]);
    let names = |pattern: &str| {
        let until = Some(at(100));
        let rule =
            rule(request(FindingKind::Login).with_name(Some(pattern.to_owned())).with_until(until));
        (rule.ignores(&found[0], at(99)), rule.ignores(&found[0], at(100)))
    };
    for pattern in ["svc-etl", "svc-*", "*", "*etl", "s*-*l", "auto", "**"] {
        assert_eq!(names(pattern), (true, false), "{pattern}");
    }
    for pattern in ["svc", "etl", "svc-*x", "*x*", "SVC-ETL", "svc-etl*l"] {
        assert_eq!(names(pattern), (false, false), "{pattern}");
    }
    assert!(!rule(request(FindingKind::Group)).ignores(&found[0], at(1)), "of another kind");
}

#[test]
fn a_rule_for_a_field_ignores_nothing_in_which_another_field_differs_too() {
    let container =
        request(FindingKind::OutOfSync).with_field(Some("containerSettings*".to_owned()));
    let rules = [&rule(container)];
    let ignored = |fields: &[&str]| {
        let (found, events) = round(&[], &differs(fields), &rules);
        (found[0].ignored.is_some(), events.len())
    };
    assert_eq!(ignored(&["containerSettings.image"]), (true, 0));
    assert_eq!(ignored(&["containerSettings.image", "containerSettings.tag"]), (true, 0));
    assert_eq!(ignored(&["containerSettings.image", "bundleId"]), (false, 1));
    assert_eq!(ignored(&[]), (false, 1), "it is unknown what differs");
}

#[test]
fn what_is_ignored_is_nobodys_news_and_what_is_no_longer_ignored_opens() {
    let rule = rule(request(FindingKind::Login));
    let (found, events) = round(&[], &sees(10, "disabled"), &[&rule]);
    assert_eq!((found.len(), events), (1, vec![]), "it is kept");
    let (found, events) = round(&found, &sees(20, "absent"), &[&rule]);
    assert_eq!(events, [], "its change is ignored as well");
    let (open, events) = round(&found, &sees(30, "absent"), &[]);
    assert_eq!(events, [WatchEventKind::FindingOpened]);
    assert_eq!(open[0].id, found[0].id, "it is the same finding");
    let gone = |known: &[Finding], time| round(known, &Observation::at(at(time)), &[&rule]);
    let (found, _) = gone(&found, 30);
    let (found, events) = gone(&found, 40);
    assert_eq!((found[0].resolved, events), (Some(at(40)), vec![]));
}

#[test]
fn what_is_no_longer_ignored_opens_only_when_it_is_seen_again() {
    let rule = rule(request(FindingKind::Login));
    let (found, _) = round(&[], &sees(10, "disabled"), &[&rule]);
    let (found, events) = round(&found, &Observation::at(at(20)), &[]);
    assert_eq!(events, [], "it may be gone");
    let (_, events) = round(&found, &sees(30, "disabled"), &[]);
    assert_eq!(events, [WatchEventKind::FindingOpened]);
}

#[test]
fn who_was_called_for_a_finding_hears_that_it_is_ignored_now() {
    let rule = rule(request(FindingKind::Login));
    let (found, events) = round(&[], &sees(10, "disabled"), &[]);
    assert_eq!(events, [WatchEventKind::FindingOpened]);
    let compared = ignoring(compare(&found, &sees(20, "disabled"), &[&rule]), &[&rule], at(20));
    let event = &compared.events[0];
    assert_eq!((event.kind, compared.events.len()), (WatchEventKind::FindingChanged, 1));
    assert_eq!(event.data["finding"]["ignored"]["reason"], "it is known");
    let (_, events) = round(&compared.findings, &sees(30, "disabled"), &[&rule]);
    assert_eq!(events, [], "once");
}

#[test]
fn who_was_called_for_a_finding_hears_of_its_end_also_if_it_is_ignored_by_then() {
    // M18
    let rule = rule(request(FindingKind::Login));
    let rules = [&rule];
    let nothing = |time| Observation::at(at(time));
    let (found, _) = round(&[], &sees(10, "disabled"), &[]);
    let (found, _) = round(&found, &sees(20, "disabled"), &rules);
    let (found, events) = round(&found, &sees(25, "absent"), &rules);
    assert_eq!(events, [], "its change is nobody's news");
    let (found, _) = round(&found, &nothing(30), &rules);
    let compared = ignoring(compare(&found, &nothing(40), &rules), &rules, at(40));
    let event = &compared.events[0];
    assert_eq!((event.kind, compared.events.len()), (WatchEventKind::FindingResolved, 1));
    assert_eq!(event.data["finding"]["ignored"]["reason"], "it is known");
    assert_eq!(event.data["finding"].get("announced"), None, "it is only kept");
    // One that is kept since before this was kept, and was open.
    let (mut found, _) = round(&[], &sees(10, "disabled"), &[]);
    found[0].announced = false;
    let (found, _) = round(&found, &sees(20, "disabled"), &rules);
    let (found, _) = round(&found, &nothing(30), &rules);
    let (_, events) = round(&found, &nothing(40), &rules);
    assert_eq!(events, [WatchEventKind::FindingResolved]);
}

#[test]
fn a_finding_whose_rule_ended_for_a_while_is_heard_of_until_its_end() {
    // M18
    let rule = rule(request(FindingKind::Login));
    let (found, _) = round(&[], &sees(10, "disabled"), &[&rule]);
    assert!(!found[0].announced, "nobody was called");
    let (found, events) = round(&found, &sees(20, "disabled"), &[]);
    assert_eq!((events, found[0].announced), (vec![WatchEventKind::FindingOpened], true));
    let (found, _) = round(&found, &sees(30, "disabled"), &[&rule]);
    let (found, _) = round(&found, &Observation::at(at(40)), &[&rule]);
    let (_, events) = round(&found, &Observation::at(at(50)), &[&rule]);
    assert_eq!(events, [WatchEventKind::FindingResolved]);
}

#[test]
fn what_is_ignored_takes_the_place_of_no_other_finding() {
    // M18
    let svc = rule(request(FindingKind::Login).with_name(Some("svc-*".to_owned())));
    let sees = |time, ignored: usize, others: usize| {
        let mut observation = Observation::at(at(time));
        let names = (0..ignored).map(|number| format!("svc-{number:04}"));
        for name in names.chain((0..others).map(|number| format!("user-{number:04}"))) {
            observation.see(login(&name), Seen::new(Severity::Error, "disabled", "it is so"));
        }
        observation
    };
    let counts = |found: &[Finding]| {
        let ignored = found.iter().filter(|it| it.ignored.is_some()).count();
        (ignored, found.len() - ignored)
    };
    let (found, _) = round(&[], &sees(10, 1999, 1), &[&svc]);
    let compared = compare(&found, &sees(20, 2100, 1900), &[&svc]);
    assert_eq!(compared.left_out, 100, "of those that are ignored");
    let (found, _) = round(&found, &sees(20, 2100, 1900), &[&svc]);
    assert_eq!(counts(&found), (2000, 1900));
    let compared = compare(&found, &sees(30, 2000, 2001), &[&svc]);
    assert_eq!((compared.findings.len(), compared.left_out), (4000, 1));
}

#[test]
fn fields_are_bounded_and_a_rule_for_a_field_ignores_none_that_are_left_out() {
    // M18
    let names: Vec<_> = (0..130).map(|number| format!("scenarios.s{number}.triggers")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let of = |names: &[&str], pattern: &str| {
        let request = request(FindingKind::OutOfSync).with_field(Some(pattern.to_owned()));
        round(&[], &differs(names), &[&rule(request)]).0.remove(0)
    };
    let found = of(&names, "scenarios.*.triggers");
    assert_eq!((found.fields.len(), found.fields[100].as_str()), (101, "and 30 more"));
    assert_eq!(found.ignored, None, "which ones these are is not known");
    assert!(of(&names, "*").ignored.is_some());
    assert!(of(&names[..100], "scenarios.*.triggers").ignored.is_some());
    let long = "x".repeat(600);
    assert!(of(&[&long], "*").fields[0].len() < 510);
}

#[test]
fn a_rule_needs_a_reason_a_pattern_that_can_fit_and_an_end_to_come() {
    let by = || "root".parse().unwrap();
    for refused in [
        IgnoreRequest::new(WatchScope::Everything, FindingKind::Login, " "),
        request(FindingKind::WebhookDisabled),
        request(FindingKind::Login).with_field(Some("bundleId".to_owned())),
        request(FindingKind::Login).with_name(Some(String::new())),
        request(FindingKind::Login).with_name(Some("x".repeat(201))),
        request(FindingKind::Login).with_until(Some(at(5))),
    ] {
        let error = refused.clone().made("r".to_owned(), by(), at(5)).unwrap_err();
        assert_eq!(error.code(), "not-possible", "{refused:?}");
    }
}
