//! No call without an end: whatever the other side does, the deadline holds.

use std::future::Future;
use std::time::Duration;

use project_deployer_client::{
    AutomationNode as _, HttpNode, HttpTimeouts, Identity, NodeError, NodeErrorKind, Retry,
    SideEffect, Upload,
};
use project_deployer_testkit::{Fault, Gate};
use project_deployer_tests::{RawServer, Reply, quick, settings, settings_at, single_attempts};

use crate::asking::{KEY, bundle, create_from, create_project, mock};

const SHORT: Duration = Duration::from_millis(80);

fn short() -> HttpTimeouts {
    quick().with_call(SHORT).with_task(SHORT)
}

fn impatient(address: &str, timeouts: HttpTimeouts) -> HttpNode {
    let connector = single_attempts().timeouts(timeouts).build().unwrap();
    connector.node(&settings_at(address, KEY), &Identity::ApiKey).unwrap()
}

/// The kind of a failure that came by its deadline.
async fn ended<T: std::fmt::Debug>(
    call: impl Future<Output = Result<T, NodeError>>,
) -> NodeErrorKind {
    call.await.unwrap_err().kind
}

#[tokio::test]
async fn a_server_that_never_answers_ends_at_the_deadline() {
    let server = RawServer::saying(Reply::Silence).await;
    let kind = ended(impatient(&server.url(), short()).instance_info()).await;
    assert_eq!(kind, NodeErrorKind::TimedOut(SHORT));
    assert_eq!(kind.retry(), Retry::Backoff);
    assert!(kind.to_string().starts_with("no complete response within 0.08 s; "), "{kind}");
}

#[tokio::test]
async fn an_answer_that_trickles_without_end_ends_at_the_deadline() {
    // Progress does not extend it: a peer that sends a byte now and then blocks no caller.
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{".to_vec();
    let server = RawServer::saying(Reply::Trickle(head)).await;
    let kind = ended(impatient(&server.url(), short()).instance_info()).await;
    assert_eq!(kind, NodeErrorKind::TimedOut(SHORT));
}

#[tokio::test]
async fn a_head_that_trickles_without_end_ends_at_the_deadline() {
    let server = RawServer::saying(Reply::Trickle(b"HTTP/1.1 200 OK\r\nx: ".to_vec())).await;
    let kind = ended(impatient(&server.url(), short()).instance_info()).await;
    assert_eq!(kind, NodeErrorKind::TimedOut(SHORT));
}

#[tokio::test]
async fn an_upload_has_time_for_its_size() {
    let timeouts = short().with_upload_per_mib(SHORT);
    let server = RawServer::saying(Reply::Silence).await;
    let archive = Upload::from_bytes("v1.zip", vec![0; 3 * 1024 * 1024]);
    let kind = ended(create_from(&impatient(&server.url(), timeouts), archive)).await;
    assert_eq!(kind, NodeErrorKind::TimedOut(SHORT * 4));
}

#[tokio::test]
async fn a_task_has_its_own_time() {
    let timeouts = short().with_task(Duration::from_millis(120));
    let server = RawServer::saying(Reply::Silence).await;
    let kind = ended(create_from(&impatient(&server.url(), timeouts), bundle())).await;
    assert_eq!(kind, NodeErrorKind::TimedOut(Duration::from_millis(120)));
}

#[tokio::test]
async fn a_call_that_timed_out_may_have_its_effect_later() {
    // R6
    let (mock, gate) = (mock().await, Gate::new());
    mock.fault(Fault::held_by(&gate));
    let connector = single_attempts().timeouts(short()).build().unwrap();
    let node = connector.node(&settings(&mock), &Identity::ApiKey).unwrap();
    // A machine that is busy may not even have sent it by the deadline: then once more.
    while mock.journal().is_empty() {
        let kind = ended(create_project(&node)).await;
        assert_eq!(
            (kind.side_effect(), kind),
            (SideEffect::Unknown, NodeErrorKind::TimedOut(SHORT))
        );
    }
    assert_eq!(mock.project("CHURN"), None);
    gate.open();
    while mock.journal().iter().any(|call| call.ended.is_none()) {
        tokio::task::yield_now().await;
    }
    assert!(mock.project("CHURN").is_some());
}
