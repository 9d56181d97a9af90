use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::{GovernCheckPolicy, InfraSettings};
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::{
    BundleId, DeploymentId, InfraId, Login, NodeId, ProjectKey, StageId, Timestamp,
};
use serde_json::{Value, json};

use super::*;
use crate::project_deployer::{InfraCreation, NodeKeyRequest, Warnings};

fn infra() -> InfraId {
    InfraId::parse("prod-eu").unwrap()
}

fn key() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

fn bundle() -> BundleId {
    BundleId::parse("2026-01").unwrap()
}

fn deployment() -> DeploymentId {
    DeploymentId::parse("churn-prod").unwrap()
}

/// The lines and bodies of requests; wire-facts 2.1 has a row for each.
fn asked<const N: usize>(requests: [&NodeRequest; N]) -> Vec<(String, Option<Value>)> {
    requests.into_iter().map(|request| (request.to_string(), request.body.clone())).collect()
}

fn line(text: &str) -> (String, Option<Value>) {
    (text.to_owned(), None)
}

fn with_body(text: &str, body: Value) -> (String, Option<Value>) {
    (text.to_owned(), Some(body))
}

#[test]
fn infrastructures_are_asked_for_as_rows_1_to_8_say() {
    let stage = StageId::parse("Production").unwrap();
    let creation = InfraCreation::new(infra(), stage.clone())
        .with_govern_check_policy(GovernCheckPolicy::Warn);
    let settings = InfraSettings::new(infra(), stage);
    let own = NodeKeyRequest { label: "ci".to_owned(), ..NodeKeyRequest::default() };
    let for_mina = NodeKeyRequest { for_user: Some(Login::parse("mina").unwrap()), ..own.clone() };
    let requests: [&NodeRequest; _] = [
        &stages(),
        &infras::list(),
        &infras::create(&creation),
        &infras::get(&infra()),
        &infras::delete(&infra()),
        &infras::settings(&infra()),
        &infras::save_settings(&settings),
        &infras::create_node_key(&infra(), &own),
        &infras::create_node_key(&infra(), &for_mina),
    ];
    let generate = "POST /project-deployer/infras/prod-eu/generate-personal-api-key";
    assert_eq!(
        asked(requests),
        [
            line("GET /project-deployer/stages"),
            line("GET /project-deployer/infras"),
            with_body(
                "POST /project-deployer/infras",
                json!({"id": "prod-eu", "stage": "Production", "governCheckPolicy": "WARN"})
            ),
            line("GET /project-deployer/infras/prod-eu"),
            line("DELETE /project-deployer/infras/prod-eu"),
            line("GET /project-deployer/infras/prod-eu/settings"),
            with_body(
                "PUT /project-deployer/infras/prod-eu/settings",
                settings.to_document_with_keys()
            ),
            line(&format!("{generate}?label=ci&description=")),
            line(&format!("{generate}?label=ci&description=&forUser=mina")),
        ]
    );
}

#[test]
fn published_projects_and_bundles_are_asked_for_as_rows_9_to_18_say() {
    let settings = PublishedProjectSettings::new(key(), Login::parse("mina").unwrap());
    let requests: [&NodeRequest; _] = [
        &projects::list(),
        &projects::create(&key()),
        &projects::get(&key()),
        &projects::delete(&key()),
        &projects::settings(&key()),
        &projects::save_settings(&settings),
        &bundles::upload(None, None),
        &bundles::upload(Some(&key()), None),
        &bundles::archive(&key(), &bundle()),
        &bundles::delete(&key(), &bundle()),
        &bundles::standards_report(&key(), &bundle()),
    ];
    let one = "/project-deployer/projects/CHURN/bundles/2026-01";
    assert_eq!(
        asked(requests),
        [
            line("GET /project-deployer/projects"),
            with_body("POST /project-deployer/projects", json!({"publishedProjectKey": "CHURN"})),
            line("GET /project-deployer/projects/CHURN"),
            line("DELETE /project-deployer/projects/CHURN"),
            line("GET /project-deployer/projects/CHURN/settings"),
            with_body("PUT /project-deployer/projects/CHURN/settings", settings.to_document()),
            line("POST /project-deployer/projects/bundles"),
            line("POST /project-deployer/projects/bundles?projectKey=CHURN"),
            line(&format!("GET {one}")),
            line(&format!("DELETE {one}")),
            line(&format!("GET {one}/project-standards-report")),
        ]
    );
    assert!(bundles::upload(None, None).carries_archive);
}

#[test]
fn deployments_are_asked_for_as_rows_19_to_26_say() {
    let creation = DeploymentCreation::new(deployment(), key(), infra(), bundle());
    let node = InfraSettings::new(infra(), StageId::parse("Production").unwrap());
    let settings = DeploymentSettings::for_new(&creation, &node);
    let requests: [&NodeRequest; _] = [
        &deployments::list(),
        &deployments::create(&creation, Warnings::AsErrors),
        &deployments::get(&deployment()),
        &deployments::delete(&deployment()),
        &deployments::status(&deployment()),
        &deployments::governance_status(&deployment(), None),
        &deployments::governance_status(&deployment(), Some(&bundle())),
        &deployments::settings(&deployment()),
        &deployments::save_settings(&settings, Warnings::Ignore),
    ];
    let one = "/project-deployer/deployments/churn-prod";
    assert_eq!(
        asked(requests),
        [
            line("GET /project-deployer/deployments"),
            with_body(
                "POST /project-deployer/deployments?ignoreWarnings=false",
                json!({"deploymentId": "churn-prod", "publishedProjectKey": "CHURN",
                    "infraId": "prod-eu", "bundleId": "2026-01"})
            ),
            line(&format!("GET {one}")),
            line(&format!("DELETE {one}")),
            line(&format!("GET {one}/status")),
            line(&format!("GET {one}/governance-status?bundleId=")),
            line(&format!("GET {one}/governance-status?bundleId=2026-01")),
            line(&format!("GET {one}/settings")),
            with_body(&format!("PUT {one}/settings?ignoreWarnings=true"), settings.to_document()),
        ]
    );
}

#[test]
fn updates_and_tests_are_asked_for_as_rows_27_to_32_say() {
    let node = NodeId::parse("auto-1").unwrap();
    let id = deployment();
    let requests: [&NodeRequest; _] = [
        &updates::start(&id),
        &testing::status(&id, None, None),
        &testing::status(&id, Some(&bundle()), Some(&node)),
        &testing::run(&id, None),
        &testing::run(&id, Some(&node)),
        &updates::list(&id),
        &updates::get(&id, Timestamp::from_millis(1_767_225_600_000)),
        &updates::last(&id),
        &monitoring(),
    ];
    let one = "/project-deployer/deployments/churn-prod";
    assert_eq!(
        asked(requests),
        [
            line(&format!("POST {one}/actions/update")),
            line(&format!("GET {one}/testing-status")),
            line(&format!("GET {one}/testing-status?bundleId=2026-01&automationNodeId=auto-1")),
            line(&format!("POST {one}/run-test-scenarios")),
            line(&format!("POST {one}/run-test-scenarios?automationNodeId=auto-1")),
            line(&format!("GET {one}/update")),
            line(&format!("GET {one}/update/1767225600000")),
            line(&format!("GET {one}/last-update")),
            line("GET /unified-monitoring/deployer/projects"),
        ]
    );
}

#[test]
fn only_reads_and_whole_documents_are_repeated() {
    assert!(infras::get(&infra()).safe_to_repeat && projects::list().safe_to_repeat);
    let changes: [&NodeRequest; _] =
        [&updates::start(&deployment()), &bundles::upload(None, None), &infras::delete(&infra())];
    for request in changes {
        assert!(!request.safe_to_repeat, "{request}");
    }
}
