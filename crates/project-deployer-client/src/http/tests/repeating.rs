//! Which calls are made again (R7): the answers of a server, and how often it was asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};

use super::clock::StoppedClock;
use super::dev_server::{ClosedPort, DevServer, Says, Script, brisk, creation, read, replacement};
use crate::error::{NodeErrorKind, Retry, SideEffect};
use crate::http::{HttpConnector, HttpTimeouts};
use crate::request::NodeRequest;
use crate::retry::RetryPolicy;

const FAILED: Says = Says::Status(500);
const DONE: Says = Says::Status(200);

/// How a call of this kind ends, and how many there were.
async fn ended(request: &NodeRequest, script: &[Says]) -> (Result<(), NodeErrorKind>, usize) {
    let server = Script::saying(script).await;
    let ended = server.server.node().nothing(request).await;
    (ended.map_err(|error| error.kind), server.calls())
}

async fn effect(request: &NodeRequest, script: &[Says]) -> (SideEffect, usize) {
    let (ended, calls) = ended(request, script).await;
    (ended.unwrap_err().side_effect(), calls)
}

/// An action that leads to the same state again and that the node works on, such as an activation.
fn activation() -> NodeRequest {
    NodeRequest::post("activate", &["something"]).task().repeatable()
}

#[tokio::test]
async fn a_read_that_fails_twice_succeeds() {
    assert_eq!(ended(&read(), &[FAILED, Says::HalfASuccess, DONE]).await, (Ok(()), 3));
}

#[tokio::test]
async fn a_read_that_goes_on_failing_is_made_three_times() {
    let (ended, calls) = ended(&read(), &[FAILED]).await;
    assert!(matches!(ended, Err(NodeErrorKind::Failed { status: 500, .. })), "{ended:?}");
    assert_eq!(calls, 3);
}

#[tokio::test]
async fn a_refusal_is_not_asked_for_again() {
    for status in [302, 400, 401, 403, 404, 409, 422] {
        let (ended, calls) = ended(&read(), &[Says::Status(status), DONE]).await;
        assert!(ended.is_err() && calls == 1, "{status}: {ended:?} after {calls}");
    }
}

#[tokio::test]
async fn without_repetitions_every_call_is_made_once() {
    let server = Script::saying(&[FAILED]).await;
    let connector = HttpConnector::builder().retries(RetryPolicy::never()).build().unwrap();
    server.server.node_below("", &connector).nothing(&read()).await.unwrap_err();
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_document_is_written_again_when_the_reply_was_lost() {
    assert_eq!(ended(&replacement(), &[Says::HalfASuccess, DONE]).await, (Ok(()), 2));
}

#[tokio::test]
async fn a_creation_whose_reply_was_lost_stays_unknown() {
    // R4
    for lost in [Says::HalfASuccess, FAILED, Says::Status(503), Says::Status(504)] {
        assert_eq!(effect(&creation(), &[lost, DONE]).await, (SideEffect::Unknown, 1), "{lost:?}");
    }
}

#[tokio::test]
async fn an_activation_whose_reply_was_lost_may_still_run_and_is_asked_once() {
    // R4
    assert_eq!(effect(&activation(), &[Says::HalfASuccess, DONE]).await, (SideEffect::Unknown, 1));
}

#[tokio::test]
async fn a_creation_that_was_put_off_is_made_again() {
    for later in [Says::Status(429), Says::Later(429, 0), Says::Later(503, 0)] {
        assert_eq!(ended(&creation(), &[later, DONE]).await, (Ok(()), 2), "{later:?}");
    }
}

#[tokio::test]
async fn a_creation_that_was_put_off_and_then_lost_is_unknown() {
    let script = [Says::Later(503, 0), Says::HalfASuccess, DONE];
    assert_eq!(effect(&creation(), &script).await, (SideEffect::Unknown, 2));
}

#[tokio::test]
async fn a_refusal_after_a_lost_reply_does_not_make_it_undone() {
    // R4: the document may have been written by the first call; its error is returned, with the refusal.
    let server = Script::saying(&[Says::HalfASuccess, Says::Status(403)]).await;
    let error = server.server.node().nothing(&replacement()).await.unwrap_err();
    assert_eq!((error.kind.side_effect(), server.calls()), (SideEffect::Unknown, 2));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("not allowed"), "{cause}");
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_to_a_read_is_a_refusal() {
    let (ended, _) = ended(&read(), &[Says::HalfASuccess, Says::Status(403)]).await;
    assert!(matches!(ended, Err(NodeErrorKind::Forbidden(_))), "{ended:?}");
}

#[tokio::test]
async fn a_node_is_asked_again_no_sooner_than_it_wants() {
    let server = Script::saying(&[Says::Later(429, 7), DONE]).await;
    // However far the clock gets while the network is slow, the call continues.
    let timeouts = HttpTimeouts { call: Duration::from_secs(1 << 30), ..HttpTimeouts::default() };
    let connector = brisk().timeouts(timeouts).build().unwrap();
    let node = server.server.node_below("", &connector);
    let (clock, began) = (StoppedClock::new(), tokio::time::Instant::now());
    let (request, asked_again) = (read(), || server.calls() == 2);
    let (answer, ()) = tokio::join!(node.nothing(&request), clock.advance_until(asked_again));
    answer.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(7), "{:?}", began.elapsed());
}

#[tokio::test]
async fn who_would_have_to_wait_past_the_deadline_is_told_at_once() {
    let server = Script::saying(&[Says::Later(429, 3600), DONE]).await;
    let timeouts = HttpTimeouts { call: Retry::LONGEST_PAUSE, ..HttpTimeouts::default() };
    let connector = brisk().timeouts(timeouts).build().unwrap();
    // On a paused clock no pause would end.
    let _clock = StoppedClock::new();
    let error = server.server.node_below("", &connector).nothing(&read()).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Busy(Some(Duration::from_secs(3600))));
}

#[tokio::test]
async fn a_look_at_a_task_is_one_call() {
    // wire-facts 1.9: what a failed task answers is the answer.
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let failed = || async move {
        counted.fetch_add(1, Ordering::SeqCst);
        (StatusCode::INTERNAL_SERVER_ERROR, r#"{"errorType": "IOException", "message": "full"}"#)
    };
    let running = r#"{"jobId": "j1", "hasResult": false, "alive": true}"#;
    let router = Router::new()
        .route("/dip/publicapi/something", post(async move || running))
        .route("/dip/publicapi/futures/{id}", get(failed));
    let server = DevServer::start(router).await;
    let kind = server.node().task(&activation()).await.unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::Failed { status: 500, message: "full".to_owned() });
    assert_eq!(looks.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_at_the_address_did_nothing_however_often_it_was_tried() {
    let closed = ClosedPort::hold();
    let node = closed.node();
    let error = node.nothing(&creation()).await.unwrap_err();
    assert_eq!(
        (error.kind.side_effect(), error.kind),
        (SideEffect::None, NodeErrorKind::Unreachable)
    );
}
