//! Rows 19 to 26 of wire-facts 2.1, and Unified Monitoring (2.14).

use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::ProjectKey;
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::health::Health;
use project_deployer_core::messages::Severity;
use serde_json::json;

use crate::samples::{
    bundle_id, deployment_id, deployment_settings, heavy_status, infra_id, key, light_status,
};
use crate::server::{Server, answer, json_answer};

const ONE: &str = "/project-deployer/deployments/churn-prod";

#[tokio::test]
async fn rows_19_and_21_a_deployment_is_read_alone_and_in_a_list() {
    let server = Server::with([
        json_answer(200, &json!([light_status()])),
        json_answer(200, &light_status()),
    ])
    .await;
    let listed = server.deployer().deployments().await.unwrap();
    let one = server.deployer().deployment(&deployment_id()).await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&one));
    let deployed = one.deployment_basic_info.deployed_project_key.unwrap();
    assert_eq!(deployed.as_str(), "CHURN_PROD");
    assert!(!one.never_ever_deployed);
    assert_eq!(
        server.lines(),
        ["GET /project-deployer/deployments".to_owned(), format!("GET {ONE}")]
    );
}

#[tokio::test]
async fn row_20_a_creation_names_what_is_not_the_default() {
    let server = Server::with([json_answer(200, &json!({})), json_answer(200, &json!({}))]).await;
    let plain = DeploymentCreation::new(deployment_id(), key(), infra_id(), bundle_id());
    let placed = plain
        .clone()
        .with_deployed_project_key(Some(ProjectKey::parse("CHURN_PROD").unwrap()))
        .with_project_folder_id(Some("fld8".to_owned()));
    let deployer = server.deployer();
    deployer.create_deployment(&plain, Warnings::AsErrors).await.unwrap();
    deployer.create_deployment(&placed, Warnings::Ignore).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "POST /project-deployer/deployments?ignoreWarnings=false",
            "POST /project-deployer/deployments?ignoreWarnings=true"
        ]
    );
    let plain = json!({"deploymentId": "churn-prod", "publishedProjectKey": "CHURN",
        "infraId": "prod-eu", "bundleId": "2026-01"});
    assert_eq!(server.seen()[0].json(), plain);
    assert_eq!(server.seen()[1].json()["deployedProjectKey"], "CHURN_PROD");
    assert_eq!(server.seen()[1].json()["projectFolderId"], "fld8");
}

#[tokio::test]
async fn row_22_a_deployment_is_deleted() {
    let server = Server::empty().await;
    server.deployer().delete_deployment(&deployment_id()).await.unwrap();
    assert_eq!(server.only().line, format!("DELETE {ONE}"));
}

#[tokio::test]
async fn row_23_the_heavy_status_has_the_health() {
    let server = Server::json(heavy_status()).await;
    let status = server.deployer().deployment_status(&deployment_id()).await.unwrap();
    assert_eq!(status.health, Health::OutOfSync);
    assert_eq!(status.health_messages.max_severity(), Some(Severity::Warning));
    assert_eq!(status.monitoring.successful, ["Nightly"]);
    assert_eq!(server.only().line, format!("GET {ONE}/status"));
}

#[tokio::test]
async fn row_24_governance_is_asked_for_the_own_bundle_with_an_empty_name() {
    let messages = json!({"anyMessage": true, "error": true, "fatal": true, "messages": [
        {"severity": "ERROR", "isFatal": true, "code": "ERR", "title": "Not approved"}]});
    let server =
        Server::with([json_answer(200, &messages), json_answer(200, &json!({"messages": []}))])
            .await;
    let deployer = server.deployer();
    let own = deployer.governance_status(&deployment_id(), None).await.unwrap();
    let other = deployer.governance_status(&deployment_id(), Some(&bundle_id())).await.unwrap();
    // What is fatal for a deployment is an answer here and no failure of the call.
    assert!(own.is_fatal() && other.0.is_empty());
    assert_eq!(
        server.lines(),
        [
            format!("GET {ONE}/governance-status?bundleId="),
            format!("GET {ONE}/governance-status?bundleId=2026-01")
        ]
    );
}

#[tokio::test]
async fn rows_25_and_26_settings_survive_a_read_and_a_write_with_what_we_do_not_know() {
    let server = Server::with([json_answer(200, &deployment_settings()), answer(200, "")]).await;
    let deployer = server.deployer();
    let settings = deployer.deployment_settings(&deployment_id()).await.unwrap();
    deployer.save_deployment_settings(&settings, Warnings::Ignore).await.unwrap();
    let [read, written] = <[_; 2]>::try_from(server.seen()).unwrap();
    assert_eq!(read.line, format!("GET {ONE}/settings"));
    assert_eq!(written.line, format!("PUT {ONE}/settings?ignoreWarnings=true"));
    let written = written.json();
    for (name, value) in deployment_settings().as_object().unwrap() {
        if name != "bundleContainerSettings" {
            assert_eq!(&written[name], value, "{name}");
        }
    }
    let container = &written["bundleContainerSettings"];
    assert_eq!(
        container["remapping"]["connections"],
        json!([{"source": "sql-dev", "target": "sql-prod"}])
    );
    assert_eq!(container["codeEnvsBehavior"]["importTimeMode"], "FAIL_IF_MISS");
}

#[tokio::test]
async fn unified_monitoring_spells_its_fields_in_its_own_way() {
    // wire-facts 2.14
    let server = Server::json(json!([{"deploymentId": "churn-prod", "infrastructureId": "prod-eu",
        "stage": "Production", "snapshotTimestamp": 1_767_229_200_000_i64, "bundleName": "2026-01",
        "deployedProjectKey": "CHURN_PROD", "publishedProjectKey": "CHURN", "worstStatus": "?"}]))
    .await;
    let monitored = server.deployer().monitored_deployments().await.unwrap();
    assert_eq!(monitored[0].bundle_name, "2026-01");
    assert_eq!(monitored[0].extra.names().collect::<Vec<_>>(), ["worstStatus"]);
    assert_eq!(server.only().line, "GET /unified-monitoring/deployer/projects");
}
