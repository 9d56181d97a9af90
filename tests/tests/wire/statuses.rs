//! What each status means, whether the call may be made again, and whether it may have done something.

use std::time::Duration;

use project_deployer_client::{NodeErrorKind, Retry, SideEffect};
use project_deployer_testkit::Fault;
use project_deployer_tests::{RawServer, Reply, http_answer};

use crate::asking::{ask, ask_with};

/// How a status reads, and what follows from it.
async fn meaning(status: u16) -> (NodeErrorKind, Retry, SideEffect) {
    let kind = ask_with(Fault::status(status)).await.kind;
    (kind.clone(), kind.retry(), kind.side_effect())
}

async fn kind_of(status: &str, headers: &str) -> NodeErrorKind {
    let server = RawServer::saying(Reply::Bytes(http_answer(status, headers, b""))).await;
    ask(&server).await.unwrap_err().kind
}

#[tokio::test]
async fn a_401_is_a_key_that_is_not_accepted() {
    let kind = NodeErrorKind::Unauthorized("Unauthorized".to_owned());
    assert_eq!(meaning(401).await, (kind, Retry::Never, SideEffect::None));
}

#[tokio::test]
async fn a_403_is_a_right_that_is_missing() {
    let kind = NodeErrorKind::Forbidden("Forbidden".to_owned());
    assert_eq!(meaning(403).await, (kind, Retry::Never, SideEffect::None));
}

#[tokio::test]
async fn a_404_is_something_that_is_not_there() {
    let kind = NodeErrorKind::NotFound("Not Found".to_owned());
    assert_eq!(meaning(404).await, (kind, Retry::Never, SideEffect::None));
}

#[tokio::test]
async fn a_409_is_a_refusal() {
    let kind = NodeErrorKind::Refused { status: 409, message: "Conflict".to_owned() };
    assert_eq!(meaning(409).await, (kind, Retry::Never, SideEffect::None));
}

#[tokio::test]
async fn a_429_is_busy() {
    // R7
    assert_eq!(meaning(429).await, (NodeErrorKind::Busy(None), Retry::Backoff, SideEffect::None));
}

#[tokio::test]
async fn a_429_with_a_time_is_busy_until_then() {
    // R7
    let kind = ask_with(Fault::busy(7)).await.kind;
    let pause = Duration::from_secs(7);
    assert_eq!((kind.retry(), kind), (Retry::After(pause), NodeErrorKind::Busy(Some(pause))));
}

#[tokio::test]
async fn a_429_with_a_date_is_busy() {
    let date = "retry-after: Wed, 21 Oct 2037 07:28:00 GMT\r\n";
    assert_eq!(kind_of("429 Too Many Requests", date).await, NodeErrorKind::Busy(None));
}

#[tokio::test]
async fn a_500_is_a_failure_of_unknown_effect() {
    let kind = NodeErrorKind::Failed { status: 500, message: "Internal Server Error".to_owned() };
    assert_eq!(meaning(500).await, (kind, Retry::Backoff, SideEffect::Unknown));
}

#[tokio::test]
async fn a_503_is_a_failure_of_unknown_effect() {
    let kind = NodeErrorKind::Failed { status: 503, message: "Service Unavailable".to_owned() };
    assert_eq!(meaning(503).await, (kind, Retry::Backoff, SideEffect::Unknown));
}

#[tokio::test]
async fn a_503_with_a_time_is_busy_until_then() {
    // R7
    let kind = kind_of("503 Service Unavailable", "retry-after: 30\r\n").await;
    assert_eq!(kind, NodeErrorKind::Busy(Some(Duration::from_secs(30))));
}

#[tokio::test]
async fn a_500_whose_type_says_so_is_something_that_is_not_there() {
    // wire-facts 1.7
    let error = serde_json::json!({
        "errorType": "com.dataiku.dip.server.controllers.NotFoundException",
        "message": "Project not found: CHURN",
    });
    let kind = ask_with(Fault::json(500, &error)).await.kind;
    assert_eq!(kind, NodeErrorKind::NotFound("Project not found: CHURN".to_owned()));
}

#[tokio::test]
async fn the_detailed_message_is_preferred() {
    // wire-facts 1.7
    let error = serde_json::json!({
        "errorType": "IllegalArgumentException", "message": "Bad", "detailedMessage": "Bad name",
    });
    let kind = ask_with(Fault::json(400, &error)).await.kind;
    assert_eq!(kind, NodeErrorKind::Refused { status: 400, message: "Bad name".to_owned() });
}

#[tokio::test]
async fn a_page_of_a_gateway_that_failed_is_shown_in_part() {
    let page = format!("<html><body>{}</body></html>", "Bad gateway. ".repeat(1000));
    let error = ask_with(Fault::body(502, "text/html", page)).await;
    assert!(matches!(error.kind, NodeErrorKind::Failed { status: 502, .. }), "{error}");
    assert!(error.to_string().chars().count() < 500, "{error}");
}

#[tokio::test]
async fn a_status_without_a_reason_says_that_there_is_none() {
    let kind = kind_of("418 I'm a teapot", "").await;
    let message = "the node gives no reason".to_owned();
    assert_eq!(kind, NodeErrorKind::Refused { status: 418, message });
}
