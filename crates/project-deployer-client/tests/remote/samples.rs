//! Documents as docs/product/wire.md describes them, each with a field more than we know.

use project_deployer_core::{BundleId, DeploymentId, InfraId, NodeId, ProjectKey};
use serde_json::{Value, json};

pub(crate) fn infra_id() -> InfraId {
    InfraId::parse("prod-eu").unwrap()
}

pub(crate) fn key() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

pub(crate) fn bundle_id() -> BundleId {
    BundleId::parse("2026-01").unwrap()
}

pub(crate) fn deployment_id() -> DeploymentId {
    DeploymentId::parse("churn-prod").unwrap()
}

pub(crate) fn node_id() -> NodeId {
    NodeId::parse("auto-1").unwrap()
}

/// 2.4
pub(crate) fn summary() -> Value {
    json!({"id": "churn-prod", "infraId": "prod-eu", "tags": ["nightly"],
        "createdByDisplayName": "mina", "lastModifiedByDisplayName": "mina",
        "publishedProjectKey": "CHURN", "bundleId": "2026-01", "deployedProjectKey": "CHURN_PROD",
        "addedIn16": true})
}

fn infra_info() -> Value {
    json!({"id": "prod-eu", "stage": "Production", "governCheckPolicy": "WARN",
        "automationNodeUrl": "https://auto-eu.internal.example:11200",
        "automationNodeExternalUrl": null, "addedIn16": {"a": 1}})
}

/// 2.4
pub(crate) fn infra_status() -> Value {
    json!({"isAdmin": false, "canDeploy": true, "infraBasicInfo": infra_info(),
        "deployments": [summary()], "addedIn16": []})
}

/// 2.3
pub(crate) fn infra_settings() -> Value {
    json!({"id": "prod-eu", "type": "AUTOMATION_NODE", "stage": "Production",
        "governCheckPolicy": "WARN", "autoconfigureFromNodesDirectory": false,
        "nodeId": "auto-eu-1", "automationNodeUrl": "https://auto-eu.internal.example:11200",
        "automationNodeExternalUrl": "https://auto-eu.example", "adminApiKey": "key-of-the-node",
        "trustAllSSLCertificates": false,
        "permissions": [{"group": "ops", "admin": true, "read": true, "deploy": true}],
        "addedIn16": {"a": 1}})
}

fn packages() -> Value {
    json!([{"id": "2026-01", "publishedOn": 1_767_225_600_000_i64, "publishedBy": "mina",
        "designNodeInfo": {"projectKey": "CHURN", "nodeId": "design-1",
            "url": "https://design.example", "installId": "inst-4411"}}])
}

/// 2.6
pub(crate) fn project_status() -> Value {
    json!({"projectBasicInfo": {"id": "CHURN", "name": "Customer churn"}, "isAdmin": true,
        "canDeploy": true, "canWrite": true, "packages": packages(), "deployments": [summary()],
        "infras": [infra_info()], "addedIn16": 1})
}

/// 2.7
pub(crate) fn project_settings() -> Value {
    json!({"id": "CHURN", "name": "Customer churn", "owner": "mina",
        "permissions": [{"group": "ops", "admin": false, "read": true, "write": false, "deploy": true}],
        "basicImageInfo": {}, "addedIn16": {"a": 1}})
}

/// 2.8
pub(crate) fn deployment_settings() -> Value {
    json!({"id": "churn-prod", "infraId": "prod-eu", "tags": ["nightly"],
        "publishedProjectKey": "CHURN", "bundleId": "2026-01", "deployedProjectKey": "CHURN_PROD",
        "projectFolderId": "fld8",
        "bundleContainerSettings": {
            "remapping": {"connections": [{"source": "sql-dev", "target": "sql-prod"}],
                "codeEnvs": [{"source": "py-dev", "target": "py-prod"}]},
            "codeEnvsBehavior": {"importTimeMode": "FAIL_IF_MISS",
                "envImportSpecificationMode": "SPECIFIED"}},
        "localVariables": {"threshold": 0.7},
        "scenariosToActivate": {"NIGHTLY": true, "ADHOC": false},
        "disableAutomaticTriggers": false, "addedIn16": {"a": 1}})
}

/// 2.9
pub(crate) fn light_status() -> Value {
    json!({"deploymentBasicInfo": summary(), "infraBasicInfo": infra_info(),
        "projectBasicInfo": {"id": "CHURN", "name": "Customer churn"}, "packages": packages(),
        "neverEverDeployed": false, "addedIn16": 1})
}

/// 2.10
pub(crate) fn heavy_status() -> Value {
    json!({"deploymentId": "churn-prod", "health": "OUT_OF_SYNC",
        "healthMessages": {"messages": [{"severity": "WARNING", "isFatal": false,
            "code": "WARN_SAMPLE", "title": "Out of sync", "message": "Bundle on the node differs",
            "details": ""}]},
        "monitoring": {"hasScenarios": true, "hasActiveScenarios": true, "failed": [],
            "warning": [], "successful": ["Nightly"], "aborted": [], "running": []}})
}

/// 1.9
pub(crate) fn running() -> Value {
    json!({"jobId": "fut_7Hq2", "hasResult": false, "aborted": false, "alive": true,
        "unknown": false, "startTime": 1_767_225_600_000_i64, "runningTime": 412})
}

/// 1.9
pub(crate) fn done() -> Value {
    json!({"jobId": "fut_7Hq2", "hasResult": true, "aborted": false, "alive": false,
        "unknown": false, "startTime": 0, "runningTime": 0, "result": {"messages": []}})
}

/// 2.11
pub(crate) fn update() -> Value {
    json!({"startTimestamp": 1_767_225_600_000_i64, "endTimestamp": 1_767_225_660_000_i64,
        "requester": "mina", "type": "UPDATE", "status": "SUCCESS",
        "logs": {"lines": ["Sending bundle", "Activated"]}})
}

/// 2.12
pub(crate) fn testing() -> Value {
    json!({"nbTotalRanScenarios": 3, "nbScenariosPerOutcome": {"SUCCESS": 2, "FAILED": 1}})
}
