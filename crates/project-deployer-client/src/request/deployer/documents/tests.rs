use project_deployer_core::health::Health;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::node::FutureState;
use project_deployer_core::status::{
    DeploymentHeavyStatus, DeploymentLightStatus, InfraStatus, UpdateDetail, UpdateStatus,
    UpdateSummary,
};

use super::*;

fn infra(address: &Value) -> Value {
    json!({"infraBasicInfo": {"id": "prod-eu", "stage": "Production", "automationNodeUrl": address},
        "deployments": null, "addedIn16": {"a": 1}})
}

#[test]
fn one_half_written_infrastructure_does_not_break_the_list() {
    // R-I9
    let answer =
        json!([infra(&json!("https://auto.example")), infra(&json!("")), infra(&Value::Null)]);
    let read: Vec<InfraStatus> = status(answer).unwrap();
    let addresses: Vec<_> =
        read.iter().map(|infra| infra.infra_basic_info.automation_node_url.is_some()).collect();
    assert_eq!(addresses, [true, false, false]);
}

#[test]
fn rights_that_are_not_told_are_not_there() {
    let read: InfraStatus = status(infra(&Value::Null)).unwrap();
    assert_eq!((read.is_admin, read.can_deploy), (false, false));
}

#[test]
fn a_deployment_without_its_project_still_names_it() {
    let read: DeploymentLightStatus = status(json!({
        "deploymentBasicInfo": {"id": "d", "infraId": "i", "publishedProjectKey": "CHURN",
            "bundleId": "v1", "tags": null, "deployedProjectKey": ""},
        "infraBasicInfo": {"id": "i", "stage": "Test"},
        "packages": [{"id": "v1", "publishedOn": null, "publishedBy": "",
            "designNodeInfo": {"nodeId": "", "projectKey": ""}}],
    }))
    .unwrap();
    assert_eq!(read.project_basic_info.id.as_str(), "CHURN");
    assert_eq!(read.deployment_basic_info.deployed_project_key, None);
    assert_eq!(read.packages[0].published_by, None);
}

#[test]
fn a_start_is_a_number_or_a_text() {
    // wire-facts 2.11
    for start in [json!(1_767_225_600_000_i64), json!("1767225600000")] {
        let read: UpdateSummary =
            status(json!({"startTimestamp": start, "type": "UPDATE", "status": "SUCCESS"}))
                .unwrap();
        assert_eq!(read.start_timestamp.as_millis(), 1_767_225_600_000);
    }
}

#[test]
fn words_of_a_later_release_never_read_as_success() {
    let update = |word: &str| -> UpdateDetail {
        status(json!({"startTimestamp": 1, "requester": "mina", "status": word})).unwrap()
    };
    assert_eq!(update("SUCCESS").status, UpdateStatus::Success);
    assert_eq!(update("FAILED").status, UpdateStatus::Failed);
    assert_eq!(update("LUNAR").status, UpdateStatus::Warning);
    let heavy: DeploymentHeavyStatus =
        status(json!({"deploymentId": "d", "health": "LUNAR", "monitoring": null})).unwrap();
    assert_eq!(heavy.health, Health::Unknown);
}

#[test]
fn the_secret_of_a_key_survives_entries_of_another_shape() {
    // wire-facts 8.1, item 6: no source names the inner fields, and the secret is returned once.
    let read = node_keys(json!({
        "user": "mina", "secret": "canary", "error": null,
        "nodesAndKeys": [{"nodeId": "auto-1", "keyId": null}, "auto-2", {"label": "?"}, 7],
    }))
    .unwrap();
    assert_eq!(read.secret.as_deref(), Some("canary"));
    let nodes: Vec<_> = read.nodes_and_keys.iter().map(|node| node.node_id.as_str()).collect();
    assert_eq!(nodes, ["auto-1", "auto-2"]);
    assert!(!read.created_on_all_nodes);
}

#[test]
fn the_result_of_a_task_stays_as_it_is() {
    let state: FutureState = decode(json!({"jobId": null, "hasResult": true, "alive": null,
        "result": {"kept": null, "status": "LUNAR"}}))
    .unwrap();
    assert_eq!(state.result, Some(json!({"kept": null, "status": "LUNAR"})));
}

#[test]
fn documents_that_cannot_be_read_are_told_by_field_and_without_the_value() {
    // R13
    let document = json!({"id": "prod-eu", "stage": "Test", "adminApiKey": ["canary"]});
    let error = crate::documents::document::<InfraSettings>(document).unwrap_err().to_string();
    assert!(error.contains("adminApiKey") && !error.contains("canary"), "{error}");
}
