//! M7: who is refused, by which maintenance, and until when.

use project_deployer_core::infra::InfraSettings;

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn on(scope: &str, until: Option<i64>) -> Maintenance {
    let request = MaintenanceRequest::new(scope.parse().unwrap(), "disk").with_until(until.map(at));
    request.begun("root".parse().unwrap(), at(10)).unwrap()
}

fn infra(id: &str, stage: &str) -> InfraSettings {
    InfraSettings::new(id.parse().unwrap(), stage.parse().unwrap())
}

#[test]
fn the_widest_maintenance_of_an_infrastructure_counts_until_its_end() {
    // M7
    let known = [
        on("infrastructure/prod", None),
        on("stage/Production", Some(200)),
        on("everything", Some(100)),
        on("infrastructure/other", None),
    ];
    let scope = |infra: &InfraSettings, now| {
        maintenance_of(&known, infra, at(now)).map(|found| found.scope.to_string())
    };
    let prod = infra("prod", "Production");
    let found = [99, 100, 199, 200].map(|now| scope(&prod, now).unwrap());
    assert_eq!(
        found,
        ["everything", "stage/Production", "stage/Production", "infrastructure/prod"]
    );
    assert_eq!(scope(&infra("dev", "Development"), 100), None, "neither it nor its stage");
    assert_eq!(scope(&infra("dev", "Development"), 99).unwrap(), "everything");
}

#[test]
fn a_maintenance_without_an_end_is_too_long_after_a_day() {
    // M7
    let endless = on("everything", None);
    let day = 24 * 3_600_000;
    assert_eq!([9 + day, 10 + day].map(|now| endless.is_overdue(at(now))), [false, true]);
    assert!(!on("everything", Some(20)).is_overdue(at(10 + day)), "it has ended");
    let request = MaintenanceRequest::new(MaintenanceScope::Everything, "disk");
    let request = request.with_until(Some(at(90))).with_alarm(Some(at(50)));
    let ending = request.begun("root".parse().unwrap(), at(10)).unwrap();
    assert_eq!([49, 50, 90].map(|now| ending.is_overdue(at(now))), [false, true, false]);
}

#[test]
fn a_maintenance_needs_a_reason_and_times_to_come() {
    // M7
    let request = |reason: &str| MaintenanceRequest::new(MaintenanceScope::Everything, reason);
    let refused = [
        request(" "),
        request(&"a".repeat(1001)),
        request("disk").with_until(Some(at(10))),
        request("disk").with_alarm(Some(at(9))),
    ];
    for request in refused {
        let error = request.begun("root".parse().unwrap(), at(10)).unwrap_err();
        assert_eq!(error.code(), "not-possible", "{error}");
    }
}

#[test]
fn the_refusal_says_who_why_and_until_when() {
    // M7
    let error = on("infrastructure/prod", Some(1_767_225_600_000)).refusal();
    assert_eq!(error.code(), "in-maintenance");
    assert_eq!(
        error.to_string(),
        "infrastructure `prod` is in maintenance: disk (started by root, until 2026-01-01T00:00:00Z); wait for its \
         end, or ask who started it to end it"
    );
}

#[test]
fn a_scope_is_read_as_it_is_written() {
    for text in ["everything", "stage/Production", "infrastructure/prod"] {
        assert_eq!(text.parse::<MaintenanceScope>().unwrap().to_string(), text);
    }
    for text in ["", "prod", "stage/", "infra/prod"] {
        let error = text.parse::<MaintenanceScope>().unwrap_err();
        assert!(error.to_string().contains("infrastructure/ID"), "{error}");
    }
}
