use serde_json::{Value, json};

use super::*;
use crate::node::{Scenario, ScenarioOutcome};

/// Golden documents, as docs/product/wire.md describes them, read and written again.
fn survives<T: serde::Serialize + serde::de::DeserializeOwned>(document: &Value) {
    let read: T = serde_json::from_value(document.clone()).unwrap();
    let written = serde_json::to_value(read).unwrap();
    for (name, value) in document.as_object().unwrap() {
        assert_eq!(&written[name], value, "{name}");
    }
}

fn summary() -> Value {
    json!({"id": "churn-prod", "infraId": "prod-eu", "tags": ["nightly"], "createdByDisplayName": "mina",
        "lastModifiedByDisplayName": "mina", "publishedProjectKey": "CHURN", "bundleId": "2026-01",
        "deployedProjectKey": "CHURN_PROD"})
}

fn infra() -> Value {
    json!({"id": "prod-eu", "stage": "Production", "governCheckPolicy": "WARN",
        "automationNodeUrl": "https://auto-eu.internal.example:11200", "automationNodeExternalUrl": null})
}

fn package() -> Value {
    json!({"id": "2026-01", "publishedOn": 1_767_225_600_000_i64, "publishedBy": "mina",
        "designNodeInfo": {"projectKey": "CHURN", "nodeId": "design-1"}})
}

#[test]
fn the_status_documents_of_the_api_survive_a_read_and_a_write() {
    // wire-facts 2.4 to 2.12
    survives::<InfraStatus>(
        &json!({"isAdmin": false, "canDeploy": true, "infraBasicInfo": infra(), "deployments": [summary()]}),
    );
    survives::<PublishedProjectStatus>(
        &json!({"projectBasicInfo": {"id": "CHURN", "name": "Customer churn"},
        "isAdmin": true, "canDeploy": true, "canWrite": true, "packages": [package()],
        "deployments": [summary()], "infras": [infra()]}),
    );
    survives::<DeploymentLightStatus>(
        &json!({"deploymentBasicInfo": summary(), "infraBasicInfo": infra(),
        "projectBasicInfo": {"id": "CHURN", "name": "Customer churn"}, "packages": [package()], "neverEverDeployed": false}),
    );
    survives::<UpdateDetail>(
        &json!({"startTimestamp": 1_767_225_600_000_i64, "endTimestamp": 1_767_225_660_000_i64,
        "requester": "mina", "type": "UPDATE", "status": "SUCCESS", "logs": {"lines": ["Activated"]}}),
    );
    survives::<TestingStatus>(
        &json!({"nbTotalRanScenarios": 3, "nbScenariosPerOutcome": {"SUCCESS": 2, "FAILED": 1}}),
    );
    let heavy = json!({"deploymentId": "churn-prod", "health": "OUT_OF_SYNC",
        "healthMessages": {"messages": [{"severity": "WARNING", "isFatal": false, "code": "WARN_SAMPLE",
            "title": "Out of sync", "message": "Bundle on the node differs"}]},
        "monitoring": {"hasScenarios": true, "hasActiveScenarios": true, "failed": [], "warning": [],
            "successful": ["Nightly"], "aborted": [], "running": []}});
    let read: DeploymentHeavyStatus = serde_json::from_value(heavy.clone()).unwrap();
    let written = serde_json::to_value(read).unwrap();
    assert_eq!(written["health"], heavy["health"]);
    assert_eq!(written["healthMessages"]["messages"], heavy["healthMessages"]["messages"]);
    assert_eq!(written["monitoring"], heavy["monitoring"]);
}

/// Reads `document` with null, and without anything, in every field that is not named in `kept`.
fn takes_null<T>(document: &Value, kept: &[&str])
where
    T: serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let fields = document.as_object().unwrap().iter();
    let (kept, others): (Vec<_>, Vec<_>) =
        fields.partition(|(name, _)| kept.contains(&name.as_str()));
    assert!(!others.is_empty());
    let bare: serde_json::Map<String, Value> =
        kept.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut nulls = bare.clone();
    nulls.extend(others.into_iter().map(|(name, _)| (name.clone(), Value::Null)));
    let bare: T = serde_json::from_value(bare.into()).unwrap();
    assert_eq!(serde_json::from_value::<T>(nulls.into()).unwrap(), bare);
}

#[test]
fn null_means_absent_in_every_status() {
    // wire-facts 0.2
    takes_null::<DeploymentSummary>(
        &summary(),
        &["id", "infraId", "publishedProjectKey", "bundleId"],
    );
    takes_null::<InfraBasicInfo>(&infra(), &["id", "stage"]);
    takes_null::<Package>(&package(), &["id", "designNodeInfo"]);
    takes_null::<ProjectBasicInfo>(&json!({"id": "CHURN", "name": "x"}), &["id"]);
    takes_null::<InfraStatus>(
        &json!({"isAdmin": true, "canDeploy": true, "infraBasicInfo": infra(), "deployments": []}),
        &["infraBasicInfo"],
    );
    takes_null::<PublishedProjectStatus>(
        &json!({"projectBasicInfo": {"id": "CHURN"}, "isAdmin": true, "canDeploy": true,
            "canWrite": true, "packages": [], "deployments": [], "infras": []}),
        &["projectBasicInfo"],
    );
    takes_null::<DeploymentLightStatus>(
        &json!({"deploymentBasicInfo": summary(), "infraBasicInfo": infra(),
            "projectBasicInfo": {"id": "CHURN"}, "packages": [], "neverEverDeployed": true}),
        &["deploymentBasicInfo", "infraBasicInfo", "projectBasicInfo"],
    );
    takes_null::<DeploymentHeavyStatus>(
        &json!({"deploymentId": "d", "health": "ERROR", "healthMessages": {}, "monitoring": {}}),
        &["deploymentId", "health"],
    );
    takes_null::<Monitoring>(
        &json!({"hasScenarios": true, "hasActiveScenarios": true, "failed": [], "warning": [],
            "successful": [], "aborted": [], "running": []}),
        &[],
    );
    takes_null::<TestingStatus>(
        &json!({"nbTotalRanScenarios": 1, "nbScenariosPerOutcome": {}}),
        &[],
    );
    takes_null::<UpdateDetail>(
        &json!({"startTimestamp": 1, "endTimestamp": 2, "requester": "mina", "type": "UPDATE",
            "status": "SUCCESS", "logs": {}}),
        &["startTimestamp", "requester", "status"],
    );
    takes_null::<UpdateLogs>(&json!({"lines": ["x"]}), &[]);
    takes_null::<NodeReference>(&json!({"nodeId": "n", "keyId": "k", "secret": "s"}), &["nodeId"]);
    takes_null::<NodeKeyCreation>(
        &json!({"createdOnAllNodes": true, "user": "mina", "secret": "s", "nodesAndKeys": [],
            "error": "e", "nodesWhereUserDoesNotExist": [], "nodesWhereUserIsDisabled": []}),
        &["user"],
    );
}

#[test]
fn an_empty_text_in_the_place_of_an_id_or_address_is_none() {
    let info: InfraBasicInfo = serde_json::from_value(json!({"id": "i", "stage": "Test",
        "automationNodeUrl": "", "automationNodeExternalUrl": ""}))
    .unwrap();
    assert_eq!((info.automation_node_url, info.automation_node_external_url), (None, None));
    let package: Package = serde_json::from_value(json!({"id": "b", "publishedBy": "",
        "designNodeInfo": {"nodeId": "", "projectKey": ""}}))
    .unwrap();
    assert_eq!((package.published_by, package.design_node_info.node_id), (None, None));
}

#[test]
fn words_of_a_later_release_hide_no_status() {
    let update: UpdateSummary =
        serde_json::from_value(json!({"startTimestamp": 1, "status": "LUNAR"})).unwrap();
    assert_eq!(update.status, UpdateStatus::Warning);
    let heavy: DeploymentHeavyStatus =
        serde_json::from_value(json!({"deploymentId": "d", "health": "LUNAR"})).unwrap();
    assert_eq!(heavy.health, crate::health::Health::Unknown);
    let info: InfraBasicInfo = serde_json::from_value(
        json!({"id": "i", "stage": "Test", "governCheckPolicy": "LUNAR", "type": "LUNAR"}),
    )
    .unwrap();
    assert_eq!(info.govern_check_policy, crate::infra::GovernCheckPolicy::Prevent);
}

fn come_back<T>(words: &[T]) -> bool
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq,
{
    let written = serde_json::to_value(words).unwrap();
    serde_json::from_value::<Vec<T>>(written).unwrap() == words
}

#[test]
fn every_word_on_the_wire_comes_back() {
    use crate::health::Health;
    use crate::messages::Severity;
    use UpdateStatus::{Failed, Running, Success, Warning};
    assert!(come_back(&[Success, Warning, Running, Failed]));
    assert!(come_back(&[
        Health::Healthy,
        Health::Warning,
        Health::Unknown,
        Health::OutOfSync,
        Health::Unhealthy,
        Health::Error,
    ]));
    assert!(come_back(&[
        ScenarioOutcome::Success,
        ScenarioOutcome::Warning,
        ScenarioOutcome::Other,
        ScenarioOutcome::Aborted,
        ScenarioOutcome::Failed,
    ]));
    assert!(come_back(&[
        Severity::Success,
        Severity::Info,
        Severity::Warning,
        Severity::Other,
        Severity::Error,
    ]));
}

#[test]
fn test_scenarios_count_by_their_last_run() {
    let scenario = |test, outcome| Scenario {
        marked_as_test: test,
        last_outcome: outcome,
        ..Scenario::default()
    };
    let status = TestingStatus::of(&[
        scenario(true, Some(ScenarioOutcome::Success)),
        scenario(true, Some(ScenarioOutcome::Failed)),
        scenario(true, None),
        scenario(false, Some(ScenarioOutcome::Failed)),
    ]);
    assert_eq!(
        serde_json::to_value(status).unwrap(),
        json!({"nbTotalRanScenarios": 2, "nbScenariosPerOutcome": {"SUCCESS": 1, "FAILED": 1}})
    );
}

#[test]
fn the_secret_of_a_new_key_never_shows_in_debug() {
    // R13
    let created: NodeKeyCreation =
        serde_json::from_value(json!({"createdOnAllNodes": true, "user": "mina",
        "secret": "canary", "nodesAndKeys": [{"nodeId": "auto-1", "keyId": "k1"}], "error": null}))
        .unwrap();
    assert!(!format!("{created:?}").contains("canary"));
}
