//! Rows 27 to 32 of wire-facts 2.1, and futures (1.9).

use project_deployer_client::prelude::*;
use project_deployer_core::Timestamp;
use project_deployer_core::node::FutureOutcome;
use project_deployer_core::status::UpdateStatus;
use serde_json::json;

use crate::samples::{bundle_id, deployment_id, done, node_id, running, testing, update};
use crate::server::{Server, json_answer};

const ONE: &str = "/project-deployer/deployments/churn-prod";

#[tokio::test]
async fn row_27_an_update_starts_without_a_body_and_is_polled_under_its_id() {
    let server = Server::with([json_answer(200, &running()), json_answer(200, &done())]).await;
    let deployer = server.deployer();
    let state = deployer.start_update(&deployment_id()).await.unwrap();
    let FutureOutcome::Running(job) = state.outcome() else { panic!("it runs") };
    let state = deployer.future(&job).await.unwrap();
    assert_eq!(state.outcome(), FutureOutcome::Done(json!({"messages": []})));
    assert_eq!(
        server.lines(),
        [format!("POST {ONE}/actions/update"), "GET /futures/fut_7Hq2?peek=false".to_owned()]
    );
    assert!(server.seen()[0].body.is_empty());
}

#[tokio::test]
async fn rows_28_and_29_tests_are_asked_for_and_run_per_node() {
    let server = Server::with((0..4).map(|_| json_answer(200, &testing()))).await;
    let deployer = server.deployer();
    let id = deployment_id();
    deployer.testing_status(&id, None, None).await.unwrap();
    deployer.testing_status(&id, Some(&bundle_id()), Some(&node_id())).await.unwrap();
    deployer.run_test_scenarios(&id, None).await.unwrap();
    let status = deployer.run_test_scenarios(&id, Some(&node_id())).await.unwrap();
    assert_eq!(status.nb_total_ran_scenarios, 3);
    assert_eq!(status.nb_scenarios_per_outcome["FAILED"], 1);
    assert_eq!(
        server.lines(),
        [
            format!("GET {ONE}/testing-status"),
            format!("GET {ONE}/testing-status?bundleId=2026-01&automationNodeId=auto-1"),
            format!("POST {ONE}/run-test-scenarios"),
            format!("POST {ONE}/run-test-scenarios?automationNodeId=auto-1"),
        ]
    );
}

#[tokio::test]
async fn row_30_updates_come_newest_first_whatever_their_order_there() {
    let server = Server::json(json!([
        {"startTimestamp": 1, "type": "UPDATE", "status": "FAILED"},
        {"startTimestamp": "3", "type": "UPDATE", "status": "SUCCESS"},
        {"startTimestamp": 2, "type": "UPDATE", "status": "WARNING"},
    ]))
    .await;
    let updates = server.deployer().updates(&deployment_id()).await.unwrap();
    let starts: Vec<_> = updates.iter().map(|update| update.start_timestamp.as_millis()).collect();
    assert_eq!(starts, [3, 2, 1]);
    assert_eq!(server.only().line, format!("GET {ONE}/update"));
}

#[tokio::test]
async fn rows_31_and_32_an_update_has_a_log_or_none() {
    let mut without_log = update();
    without_log.as_object_mut().unwrap().remove("logs");
    let server = Server::with([json_answer(200, &update()), json_answer(200, &without_log)]).await;
    let deployer = server.deployer();
    let start = Timestamp::from_millis(1_767_225_600_000);
    let detail = deployer.update(&deployment_id(), start).await.unwrap();
    assert_eq!(detail.logs.unwrap().lines, ["Sending bundle", "Activated"]);
    let last = deployer.last_update(&deployment_id()).await.unwrap();
    assert_eq!((last.status, last.logs), (UpdateStatus::Success, None));
    assert_eq!(
        server.lines(),
        [format!("GET {ONE}/update/1767225600000"), format!("GET {ONE}/last-update")]
    );
}
