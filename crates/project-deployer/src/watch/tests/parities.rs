//! D9: what a round of parity says.

use std::collections::BTreeSet;

use project_deployer_core::accounts::{SourceType, User};
use project_deployer_core::{InfraId, Timestamp};
use project_deployer_ldap::Reason;
use project_deployer_ldap::matching::{
    Location, LocationId, Locations, LoginRequirement, MatchInput, ParityReport, Role, match_logins,
};

use crate::watch::compare::Compared;
use crate::watch::parity::{observed, unfinished};
use crate::watch::{Finding, FindingKind, Observation};

/// Without a rule.
fn compare(known: &[Finding], observation: &Observation) -> Compared {
    crate::watch::compare(known, observation, &[])
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn node(infra: &str) -> LocationId {
    LocationId::Node { infra: infra.parse().unwrap(), node: None }
}

/// `ann` is needed on `prod`, `bob` on `dev`, and `prod` and `dev` have these users.
fn report(prod: Result<Vec<User>, Reason>, dev: Vec<User>) -> ParityReport {
    let need = |login: &str, infra: &str| {
        let at = Locations::At(BTreeSet::from([node(infra)]));
        LoginRequirement::new(login.parse().unwrap(), Role::Requester, "deployment `churn`", at)
    };
    let location = |infra: &str, users: Result<Vec<User>, Reason>| {
        let location = Location::new(node(infra));
        location
            .with_users(users.map(|users| users.into_iter().collect()))
            .with_groups(Ok(Vec::new()))
    };
    let input = MatchInput::default()
        .with_needs(vec![need("ann", "prod"), need("bob", "dev")])
        .with_locations(vec![location("prod", prod), location("dev", Ok(dev))]);
    match_logins(&input)
}

fn ann(enabled: bool) -> User {
    let mut user = User::new("ann".parse().unwrap(), SourceType::Local);
    user.enabled = enabled;
    user
}

fn prod() -> InfraId {
    "prod".parse().unwrap()
}

#[test]
fn a_needed_login_that_is_disabled_is_a_finding_of_its_infrastructure_alone() {
    // D9
    let report = report(Ok(vec![ann(false)]), Vec::new());
    let observation = observed(&report, &prod(), at(1));
    let (subject, seen) = observation.seen.iter().next().unwrap();
    assert_eq!(observation.seen.len(), 1, "bob is needed elsewhere: {observation:?}");
    assert_eq!((subject.kind, subject.name.as_deref()), (FindingKind::Login, Some("ann")));
    assert_eq!(seen.status, "disabled");
    assert!(seen.details.iter().any(|it| it.contains("deployment `churn`")), "{seen:?}");
}

#[test]
fn users_that_cannot_be_read_are_a_finding_and_resolve_and_open_none() {
    // D9, D7
    let known = compare(&[], &observed(&report(Ok(vec![ann(false)]), Vec::new()), &prod(), at(1)));
    let unknown = report(Err(Reason::new("it answered 503")), Vec::new());
    let mut findings = known.findings;
    for time in 2..6 {
        findings = compare(&findings, &observed(&unknown, &prod(), at(time))).findings;
    }
    let open = |findings: &[Finding]| -> Vec<FindingKind> {
        findings.iter().filter(|it| it.is_open()).map(|it| it.subject.kind).collect()
    };
    assert_eq!(open(&findings), [FindingKind::Login, FindingKind::ParityUnknown]);
    for time in 6..9 {
        let observation = unfinished(&prod(), "it took too long", at(time));
        findings = compare(&findings, &observation).findings;
    }
    assert!(open(&findings).contains(&FindingKind::Login), "nothing is known");
    for time in 9..11 {
        let well = report(Ok(vec![ann(true)]), Vec::new());
        findings = compare(&findings, &observed(&well, &prod(), at(time))).findings;
    }
    assert_eq!(open(&findings), []);
}
