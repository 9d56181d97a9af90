use serde_json::{Value, json};

use super::*;
use crate::document::Document as _;
use crate::identifier::{InfraId, StageId};
use crate::infra::InfraSettings;
use crate::problem::ProblemCode;
use crate::remapping::{NameRemapping, Remapping};

fn sample() -> Value {
    json!({
        "id": "churn-prod", "infraId": "prod-eu", "tags": ["nightly"],
        "publishedProjectKey": "CHURN", "bundleId": "2026-01", "deployedProjectKey": "CHURN_PROD",
        "projectFolderId": "fld8",
        "bundleContainerSettings": {
            "remapping": {"connections": [{"source": "sql-dev", "target": "sql-prod"}], "codeEnvs": []},
            "codeEnvsBehavior": {"importTimeMode": "FAIL_IF_MISS", "envImportSpecificationMode": "SPECIFIED"},
            "addedIn16": true
        },
        "localVariables": {"threshold": 0.7}, "scenariosToActivate": {"NIGHTLY": true, "ADHOC": false},
        "disableAutomaticTriggers": false, "includeInfraRemappings": false, "hookNotes": ["x"]
    })
}

#[test]
fn a_document_survives_a_read_and_a_write() {
    let settings = DeploymentSettings::from_document(sample()).unwrap();
    assert_eq!(settings.to_document(), sample());
}

#[test]
fn local_variables_may_be_secret_and_show_by_name_only() {
    // R13
    let mut document = sample();
    document["localVariables"]["token"] = json!("canary");
    let shown = format!("{:?}", DeploymentSettings::from_document(document).unwrap());
    assert!(shown.contains("token") && !shown.contains("canary"), "{shown}");
}

#[test]
fn every_wrong_field_is_reported_at_once() {
    let document = json!({"id": "", "tags": [1], "scenariosToActivate": {"NIGHTLY": "on"},
        "bundleContainerSettings": {"codeEnvsBehavior": {"importTimeMode": "SOMETIMES"}}});
    let problems = DeploymentSettings::from_document(document).unwrap_err();
    for (path, code) in [
        ("id", ProblemCode::Missing),
        ("infraId", ProblemCode::Missing),
        ("publishedProjectKey", ProblemCode::Missing),
        ("bundleId", ProblemCode::Missing),
        ("tags[0]", ProblemCode::WrongType),
        ("scenariosToActivate.NIGHTLY", ProblemCode::WrongType),
        ("bundleContainerSettings.codeEnvsBehavior.importTimeMode", ProblemCode::UnknownValue),
    ] {
        assert!(problems.has(path, code), "{path}\n{problems}");
    }
}

fn infra_with(source: &str, target: &str) -> InfraSettings {
    let rule = NameRemapping { source: source.to_owned(), target: target.to_owned() };
    let remapping = Remapping { connections: vec![rule], ..Remapping::default() };
    let new =
        InfraSettings::new(InfraId::parse("prod-eu").unwrap(), StageId::parse("Test").unwrap());
    InfraSettings { remapping, ..new }
}

#[test]
fn a_creation_from_texts_reports_every_id_that_breaks_its_rule() {
    let creation = DeploymentCreation::parse("churn-prod", "CHURN", "prod", "v1").unwrap();
    assert_eq!(creation.published_project_key.as_str(), "CHURN");
    let problems = DeploymentCreation::parse("a/b", "not a key", "prod", "").unwrap_err();
    let fields: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(fields, ["deploymentId", "publishedProjectKey", "bundleId"], "{problems}");
}

#[test]
fn a_new_deployment_copies_the_remappings_of_its_infrastructure() {
    // R-C4
    let creation = DeploymentCreation::from_document(json!({
        "deploymentId": "d", "publishedProjectKey": "CHURN", "infraId": "prod-eu", "bundleId": "1"
    }))
    .unwrap();
    let settings = DeploymentSettings::for_new(&creation, &infra_with("sql-dev", "sql-prod"));
    assert_eq!(settings.bundle_container_settings.remapping.connection("sql-dev"), "sql-prod");
    assert_eq!(settings.deployed_project_key.as_str(), "CHURN", "R-D3");
}

#[test]
fn remappings_of_the_infrastructure_count_later_only_when_asked_for() {
    // R-C4
    let infra = infra_with("files-dev", "files-prod");
    let mut settings = DeploymentSettings::from_document(sample()).unwrap();
    let effective = settings.effective_container_settings(&infra).remapping;
    assert_eq!(effective.connection("files-dev"), "files-dev");
    settings.include_infra_remappings = true;
    let effective = settings.effective_container_settings(&infra).remapping;
    assert_eq!(effective.connection("files-dev"), "files-prod");
    assert_eq!(effective.connection("sql-dev"), "sql-prod");
}

#[test]
fn what_identifies_a_deployment_never_changes() {
    let current = DeploymentSettings::from_document(sample()).unwrap();
    let mut document = sample();
    document["publishedProjectKey"] = json!("OTHER");
    document["infraId"] = json!("other");
    let problems =
        DeploymentSettings::from_document(document).unwrap().validate_change(&current).unwrap_err();
    assert!(problems.has("publishedProjectKey", ProblemCode::Conflict));
    assert!(problems.has("infraId", ProblemCode::Conflict));
    let mut document = sample();
    document["bundleId"] = json!("2026-02");
    assert!(DeploymentSettings::from_document(document).unwrap().validate_change(&current).is_ok());
}

#[test]
fn an_import_mode_of_a_later_release_is_read_and_written_back() {
    let document = json!({"codeEnvsBehavior": {"importTimeMode": "LUNAR", "more": 1,
        "envImportSpecificationMode": "ACTUAL"}, "remapping": null});
    let mut read: BundleContainerSettings = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(read.code_envs_behavior.import_time_mode, ImportTimeMode::InstallIfMiss);
    let written = serde_json::to_value(&read).unwrap();
    assert_eq!(written["codeEnvsBehavior"], document["codeEnvsBehavior"]);
    read.code_envs_behavior.import_time_mode = ImportTimeMode::DoNothing;
    let written = serde_json::to_value(&read).unwrap();
    assert_eq!(written["codeEnvsBehavior"]["importTimeMode"], "DO_NOTHING");
}

#[test]
fn an_import_mode_that_somebody_writes_is_one_of_the_known_ones() {
    let mut document = sample();
    document["bundleContainerSettings"]["codeEnvsBehavior"]["importTimeMode"] = json!("LUNAR");
    let problems = DeploymentSettings::from_document(document).unwrap_err();
    let path = "bundleContainerSettings.codeEnvsBehavior.importTimeMode";
    assert!(problems.has(path, ProblemCode::UnknownValue), "{problems}");
}
