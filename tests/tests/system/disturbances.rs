//! Faults in the middle of an update.

use project_deployer_core::health::Health;
use project_deployer_core::status::UpdateStatus;
use project_deployer_testkit::{Fault, MockNode};
use serde_json::json;

use crate::installation::{ACTIVATE, CREATE, Installation, active};

/// How often the node has really carried out such a call.
fn done(node: &MockNode, path: &str) -> usize {
    node.calls_to("POST", path).iter().filter(|call| call.reached).count()
}

/// Runs an update during this fault. It must succeed, with one creation and one activation.
async fn assert_survives(fault: Fault) {
    let installation = Installation::with_deployment().await;
    installation.dev.fault(fault.clone());
    let (status, log) = installation.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Success, "{fault:?}\n{log}");
    assert_eq!(active(&installation.dev).as_deref(), Some("v1"), "{fault:?}");
    assert_eq!(
        (done(&installation.dev, CREATE), done(&installation.dev, ACTIVATE)),
        (1, 1),
        "{fault:?}\n{log}"
    );
}

#[tokio::test]
async fn a_lost_reply_to_the_activation_is_settled_by_asking_the_node() {
    // R4
    assert_survives(Fault::reply_lost().on("POST", ACTIVATE).once()).await;
}

#[tokio::test]
async fn a_lost_reply_to_the_creation_is_settled_by_asking_the_node() {
    // R4
    assert_survives(Fault::reply_lost().on("POST", CREATE).once()).await;
}

#[tokio::test]
async fn half_an_answer_to_the_activation_is_settled_by_asking_the_node() {
    // R4
    assert_survives(Fault::half_json().on("POST", ACTIVATE).once()).await;
}

#[tokio::test]
async fn a_page_in_the_place_of_the_activation_is_settled_by_asking_the_node() {
    // R4
    assert_survives(Fault::html_page(200).on("POST", ACTIVATE).after_effect().once()).await;
}

#[tokio::test]
async fn an_error_after_the_effect_is_settled_by_asking_the_node() {
    // R4
    assert_survives(Fault::status(500).on("POST", ACTIVATE).after_effect().once()).await;
}

#[tokio::test]
async fn a_reset_before_the_effect_is_tried_again() {
    // R7
    assert_survives(Fault::connection_reset().on("POST", ACTIVATE).once()).await;
}

#[tokio::test]
async fn a_busy_node_is_asked_again_when_it_wants_to_be() {
    // R7
    assert_survives(Fault::busy(1).on("POST", CREATE).once()).await;
}

#[tokio::test]
async fn a_gateway_that_fails_once_is_asked_again() {
    // R7
    assert_survives(Fault::html_page(502).on("GET", "/projects/**").once()).await;
}

#[tokio::test]
async fn a_pretended_activation_is_found_out() {
    // The result is read back instead of being trusted.
    let installation = Installation::with_deployment().await;
    installation.update_well("churn-dev").await;
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = json!("v2")).await;
    installation.dev.fault(Fault::pretended().on("POST", ACTIVATE));
    let (status, log) = installation.update("churn-dev").await;
    assert_ne!(status, UpdateStatus::Success, "{log}");
    assert_eq!(active(&installation.dev).as_deref(), Some("v1"));
    installation.dev.clear_faults();
    installation.update_well("churn-dev").await;
    assert_eq!(active(&installation.dev).as_deref(), Some("v2"));
}

#[tokio::test]
async fn where_no_bundle_is_active_the_node_is_not_said_to_hold_one() {
    let installation = Installation::with_deployment().await;
    installation.dev.fault(Fault::pretended().on("POST", ACTIVATE));
    let (_, log) = installation.update("churn-dev").await;
    assert!(log.contains("the node does not report which bundle is active"), "{log}");
    assert_ne!(installation.health("churn-dev").await, Health::Healthy);
}

#[tokio::test]
async fn a_page_in_the_place_of_the_node_fails_with_its_mend() {
    let installation = Installation::with_deployment().await;
    installation.dev.fault(Fault::html_page(200));
    let (status, log) = installation.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("leads to the node and not to a proxy or login page"), "{log}");
    assert_eq!(installation.health("churn-dev").await, Health::Error);
}

#[tokio::test]
async fn a_node_that_is_gone_fails_with_its_mend() {
    let Installation { deployer, dev, test, prod } = Installation::with_deployment().await;
    let gone = Installation { dev: MockNode::builder("other").start().await, deployer, test, prod };
    let _nobody = dev.stop().await;
    let (status, log) = gone.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("check that the node runs"), "{log}");
    assert_eq!(gone.health("churn-dev").await, Health::Error);
}

#[tokio::test]
async fn attempts_of_the_client_and_of_the_update_do_not_multiply() {
    // R7: three, and not three times three.
    let installation = Installation::with_deployment().await;
    installation.dev.fault(Fault::status(503).on("GET", "/projects/*"));
    let (status, log) = installation.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Failed, "{log}");
    let of_projects = |path: &str| path.contains("/projects/");
    let calls = installation.dev.journal();
    let calls = calls.iter().filter(|call| call.method == "GET" && of_projects(&call.path)).count();
    assert_eq!(calls, 3, "{log}\n{:#?}", installation.dev.journal());
}
