use serde_json::{Value, json};

use super::*;
use crate::node::{Scenario, ScenarioOutcome};

/// Golden documents: the samples of `wire-facts.md`, read and written again.
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
    // wire-facts.md 2.4 to 2.12
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
