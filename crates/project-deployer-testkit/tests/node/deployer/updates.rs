use project_deployer_testkit::{Fault, MockInfra, Outcome};
use serde_json::{Value, json};

use super::{ROOT, as_login, create, deployer, ids};
use crate::client::{Client, admin};

const ONE: &str = "/project-deployer/deployments/churn-prod";

/// Starts an update and asks its future to the end.
async fn update(client: &Client) -> (u16, Value) {
    let (_, state) = client.post(&format!("{ONE}/actions/update"), &json!({})).await;
    let path = format!("/futures/{}?peek=False", state["jobId"].as_str().unwrap());
    let (status, ended) = client.get(&path).await;
    (status.as_u16(), ended)
}

#[tokio::test]
async fn updates_are_kept_newest_first_with_their_logs() {
    // R-D9, rows 30 to 32
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let mina = as_login(&deployer, "mina");
    assert_eq!(update(&mina).await.1["result"]["anyMessage"], false);
    deployer.set_update_outcome("churn-prod", Outcome::Warning);
    assert_eq!(update(&mina).await.1["result"]["warning"], true);
    deployer.set_update_outcome("churn-prod", Outcome::Failed);
    let (status, failed) = update(&mina).await;
    assert_eq!(status, 500, "{failed}");
    let ann = as_login(&deployer, "ann");
    let (_, list) = ann.get(&format!("{ONE}/update")).await;
    assert_eq!(ids(&list, "/status"), ["FAILED", "WARNING", "SUCCESS"]);
    let first = format!("{ONE}/update/{}", list[2]["startTimestamp"]);
    let (_, detail) = ann.get(&first).await;
    assert_eq!(detail["requester"], "mina");
    assert_eq!(detail["logs"]["lines"][1], "Activated bundle v1");
    let (_, last) = ann.get(&format!("{ONE}/last-update")).await;
    assert_eq!(
        (&last["status"], &last["startTimestamp"]),
        (&json!("FAILED"), &list[0]["startTimestamp"])
    );
    assert_eq!(ann.get(&format!("{ONE}/update/1")).await.0, 404);
    let known = deployer.deployment("churn-prod").unwrap().updates;
    assert_eq!(
        known.iter().map(|update| update.outcome).collect::<Vec<_>>(),
        [Outcome::Success, Outcome::Warning, Outcome::Failed]
    );
}

#[tokio::test]
async fn an_infrastructure_without_a_node_lets_every_update_fail() {
    let deployer = deployer().await;
    deployer.put_infra(MockInfra::new("empty", "Test"));
    let wanted = json!({"deploymentId": "churn-prod", "publishedProjectKey": "CHURN",
        "infraId": "empty", "bundleId": "v1"});
    let all = format!("{ROOT}/deployments");
    assert_eq!(admin(deployer.node()).post(&all, &wanted).await.0, 200);
    assert_eq!(update(&admin(deployer.node())).await.0, 500);
    let deployment = deployer.deployment("churn-prod").unwrap();
    assert_eq!(deployment.updates[0].log[1], "The infrastructure has no node");
    assert_eq!(deployment.applied, None);
}

#[tokio::test]
async fn tests_run_on_what_was_deployed_and_per_node() {
    // wire-facts 2.12, R-I7
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "both").await, 200);
    let mina = as_login(&deployer, "mina");
    let run = |node: &str| format!("{ONE}/run-test-scenarios?automationNodeId={node}");
    assert_eq!(mina.post(&run("auto-1"), &json!({})).await.0, 400, "never deployed");
    update(&mina).await;
    assert_eq!(mina.post(&format!("{ONE}/run-test-scenarios"), &json!({})).await.0, 400);
    assert_eq!(mina.post(&run("auto-9"), &json!({})).await.0, 404);
    deployer.set_scenario_outcome("churn-prod", "CHECKS", Outcome::Failed);
    let ran = json!({"nbTotalRanScenarios": 1, "nbScenariosPerOutcome": {"FAILED": 1}});
    assert_eq!(mina.post(&run("auto-1"), &json!({})).await.1, ran);
    let status = |node: &str| format!("{ONE}/testing-status?automationNodeId={node}");
    assert_eq!(mina.get(&status("auto-1")).await.1, ran);
    assert_eq!(mina.get(&status("auto-2")).await.1["nbTotalRanScenarios"], 0);
    let other = format!("{}&bundleId=v2", status("auto-1"));
    assert_eq!(mina.get(&other).await.1["nbTotalRanScenarios"], 0);
}

#[tokio::test]
async fn monitoring_tells_the_scenarios_of_the_deployed_bundle() {
    // wire-facts 2.10, 2.14
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let mina = as_login(&deployer, "mina");
    let monitored = "/unified-monitoring/deployer/projects";
    assert_eq!(mina.get(monitored).await.1, json!([]), "nothing is on a node yet");
    let (_, mut settings) = mina.get(&format!("{ONE}/settings")).await;
    settings["scenariosToActivate"] = json!({"NIGHTLY": true});
    mina.put(&format!("{ONE}/settings"), &settings).await;
    update(&mina).await;
    deployer.set_scenario_outcome("churn-prod", "NIGHTLY", Outcome::Success);
    let (_, status) = mina.get(&format!("{ONE}/status")).await;
    assert_eq!(status["monitoring"]["hasActiveScenarios"], true);
    assert_eq!(status["monitoring"]["successful"], json!(["NIGHTLY"]));
    let (_, reported) = mina.get(monitored).await;
    assert_eq!(
        (&reported[0]["infrastructureId"], &reported[0]["bundleName"]),
        (&json!("prod"), &json!("v1"))
    );
    assert_eq!(as_login(&deployer, "kit").get(monitored).await.1, json!([]));
}

#[tokio::test]
async fn faults_strike_and_calls_are_written_down_as_on_any_node() {
    let deployer = deployer().await;
    deployer.fault(Fault::status(503).on("GET", "/project-deployer/stages").once());
    let mina = as_login(&deployer, "mina");
    assert_eq!(mina.get(&format!("{ROOT}/stages")).await.0, 503);
    assert_eq!(mina.get(&format!("{ROOT}/stages")).await.0, 200);
    let calls = deployer.calls_to("GET", "/project-deployer/*");
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.acting_as.as_deref() == Some("mina")));
}
