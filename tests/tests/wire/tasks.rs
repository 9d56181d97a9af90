//! Long tasks (wire-facts 1.9): they end, whatever becomes of them.

use std::time::Duration;

use project_deployer_client::request::{NodeRequest, futures};
use project_deployer_client::{HttpNode, Identity, NodeError, NodeErrorKind, SideEffect};
use project_deployer_core::messages::InfoMessages;
use project_deployer_testkit::{Fault, Gate, MockNode, Quirk};
use project_deployer_tests::{quick, settings, single_attempts};

use crate::asking::{activate, bundle, create_from, node};

/// A node whose tasks are asked so many times before they have ended.
async fn slow(polls: u32) -> MockNode {
    let builder = MockNode::builder("auto").quirk(Quirk::TasksAnswerFutures);
    builder.task_polls(polls).start().await
}

/// The same with `CHURN`, created from `v1`.
async fn slow_with_project(polls: u32) -> MockNode {
    let mock = slow(polls).await;
    create_from(&node(&mock), bundle()).await.unwrap();
    mock
}

fn abort(path: &str) -> NodeRequest {
    let mut request = NodeRequest::clone(&futures::abort(""));
    request.segments = path.split('/').skip(1).map(str::to_owned).collect();
    request
}

/// Activates `v1`, and does something to the node while the task runs.
async fn activated_while(
    mock: MockNode,
    meanwhile: impl AsyncFnOnce(&MockNode, &HttpNode),
) -> Result<InfoMessages, NodeError> {
    let gate = Gate::new();
    mock.fault(Fault::held_by(&gate).on("GET", "/futures/*").once());
    let node = node(&mock);
    let task = async { activate(&node).await };
    let disturbance = async {
        gate.reached_by(1).await;
        meanwhile(&mock, &node).await;
        gate.open();
    };
    tokio::join!(task, disturbance).0
}

#[tokio::test]
async fn a_task_is_asked_until_it_has_ended() {
    let mock = slow_with_project(5).await;
    let before = mock.calls_to("GET", "/futures/*").len();
    activate(&node(&mock)).await.unwrap();
    assert_eq!(mock.calls_to("GET", "/futures/*").len() - before, 5);
    assert_eq!(mock.project("CHURN").unwrap().active_bundle.as_deref(), Some("v1"));
}

#[tokio::test]
async fn a_task_that_never_ends_ends_at_the_deadline() {
    let mock = slow(u32::MAX).await;
    let limit = Duration::from_millis(200);
    let timeouts = quick().with_task(limit);
    let connector = single_attempts().timeouts(timeouts).build().unwrap();
    let node = connector.node(&settings(&mock), &Identity::ApiKey).unwrap();
    let kind = create_from(&node, bundle()).await.unwrap_err().kind;
    assert_eq!((kind.side_effect(), kind), (SideEffect::Unknown, NodeErrorKind::TimedOut(limit)));
}

#[tokio::test]
async fn a_task_that_vanishes_is_lost() {
    let mock = slow_with_project(3).await;
    let kind = activated_while(mock, async |mock, _| mock.forget_futures()).await.unwrap_err().kind;
    assert_eq!((kind.side_effect(), kind), (SideEffect::Unknown, NodeErrorKind::Lost));
}

#[tokio::test]
async fn a_task_that_somebody_stops_is_aborted() {
    let mock = slow_with_project(3).await;
    let stop = async |mock: &MockNode, node: &HttpNode| {
        let path = mock.calls_to("GET", "/futures/*").pop().unwrap().path;
        node.nothing(&abort(&path)).await.unwrap();
    };
    let error = activated_while(mock, stop).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Aborted);
    assert!(
        error
            .to_string()
            .ends_with("agree with the user who stopped it, then run the update again"),
        "{error}"
    );
}

#[tokio::test]
async fn a_task_that_fails_tells_its_own_error() {
    let mock = slow_with_project(2).await;
    let failure = serde_json::json!({"errorType": "IOException", "message": "disk full"});
    mock.fault(Fault::json(500, &failure).on("GET", "/futures/*"));
    let kind = activate(&node(&mock)).await.unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::Failed { status: 500, message: "disk full".to_owned() });
}

#[tokio::test]
async fn a_look_at_a_task_that_fails_on_the_way_is_taken_again() {
    // R6: the task continues, whatever the caller does.
    for fault in [
        Fault::connection_reset(),
        Fault::truncated(),
        Fault::status(429),
        Fault::status(502),
        Fault::status(503),
        Fault::status(504),
    ] {
        let mock = slow_with_project(3).await;
        mock.fault(fault.clone().on("GET", "/futures/*").once());
        let activated = activate(&node(&mock)).await;
        assert!(activated.is_ok(), "{fault:?}: {activated:?}");
    }
}
