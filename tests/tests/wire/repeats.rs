//! Calls that failed are made again where that does no harm, and not too often (R7).

use std::time::Duration;

use project_deployer_client::{
    AutomationNode as _, HttpNode, Identity, NodeErrorKind, RetryPolicy,
};
use project_deployer_testkit::{Fault, MockNode};
use project_deployer_tests::{settings, single_attempts};

use crate::asking::{create_project, mock};

/// A node as seen by a connector that repeats after next to no pause.
fn patient(mock: &MockNode) -> HttpNode {
    let pause = Duration::from_millis(1);
    let policy = RetryPolicy::default().pauses(pause, pause);
    let connector = single_attempts().retries(policy).build().unwrap();
    connector.node(&settings(mock), &Identity::ApiKey).unwrap()
}

#[tokio::test]
async fn a_look_that_failed_on_the_way_is_taken_again() {
    for fault in [
        Fault::connection_reset(),
        Fault::truncated(),
        Fault::status(500),
        Fault::status(503),
        Fault::status(429),
    ] {
        let mock = mock().await;
        mock.fault(fault.clone().once());
        patient(&mock).instance_info().await.unwrap();
        assert_eq!(mock.journal().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_call_is_made_three_times_at_most() {
    let mock = mock().await;
    mock.fault(Fault::status(503));
    let kind = patient(&mock).instance_info().await.unwrap_err().kind;
    assert!(matches!(kind, NodeErrorKind::Failed { status: 503, .. }), "{kind}");
    assert_eq!(mock.journal().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_asked_for_again() {
    for fault in [Fault::status(400), Fault::status(401), Fault::status(403), Fault::html_page(200)]
    {
        let mock = mock().await;
        mock.fault(fault.clone());
        patient(&mock).instance_info().await.unwrap_err();
        assert_eq!(mock.journal().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn what_creates_is_not_repeated_when_it_may_have_had_its_effect() {
    // R4
    let mock = mock().await;
    mock.fault(Fault::reply_lost().on("POST", "/projects").once());
    let kind = create_project(&patient(&mock)).await.unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::Interrupted);
    assert_eq!(mock.calls_to("POST", "/projects").len(), 1);
}

#[tokio::test]
async fn what_creates_is_repeated_when_it_certainly_did_nothing() {
    let mock = mock().await;
    mock.fault(Fault::status(429).on("POST", "/projects").once());
    create_project(&patient(&mock)).await.unwrap();
    assert_eq!(mock.calls_to("POST", "/projects").len(), 2);
}
