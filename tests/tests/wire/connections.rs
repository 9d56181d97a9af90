//! Connections that end too early.

use project_deployer_client::{AutomationNode as _, NodeErrorKind, Retry, SideEffect};
use project_deployer_testkit::{ClosedPort, Fault};
use project_deployer_tests::{RawServer, Reply, json_answer};

use crate::asking::{
    activate, ask, ask_with, bundle, create_from, create_project, mock, node, node_at,
};

const INFO: &str = r#"{"nodeId": "auto", "nodeName": "auto", "nodeType": "AUTOMATION"}"#;

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let closed = ClosedPort::hold();
    let error = node_at(&closed.url()).instance_info().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Unreachable);
    assert_eq!((error.kind.retry(), error.kind.side_effect()), (Retry::Backoff, SideEffect::None));
    assert!(error.to_string().ends_with("its address and port are right"), "{error}");
}

#[tokio::test]
async fn an_address_with_the_letters_of_tls_in_it_has_no_certificate() {
    let closed = ClosedPort::hold();
    let address = format!("{}/battlstar", closed.url());
    let error = node_at(&address).instance_info().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Unreachable);
}

#[tokio::test]
async fn nothing_at_all_is_interrupted() {
    let error = ask(&RawServer::hanging_up().await).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Interrupted);
    assert_eq!(
        (error.kind.retry(), error.kind.side_effect()),
        (Retry::Backoff, SideEffect::Unknown)
    );
    assert!(error.to_string().ends_with("load and log, then try again"), "{error}");
}

#[tokio::test]
async fn an_end_after_the_request_was_read_is_interrupted() {
    let server = RawServer::saying(Reply::Nothing).await;
    assert_eq!(ask(&server).await.unwrap_err().kind, NodeErrorKind::Interrupted);
    assert_eq!(server.requests().len(), 1, "it is not sent again unasked");
}

#[tokio::test]
async fn a_reset_after_the_request_was_read_is_interrupted() {
    let server = RawServer::saying(Reply::Reset).await;
    assert_eq!(ask(&server).await.unwrap_err().kind, NodeErrorKind::Interrupted);
    assert_eq!(server.requests().len(), 1, "it is not sent again unasked");
}

#[tokio::test]
async fn half_a_head_is_interrupted() {
    let server = RawServer::saying(Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-ty".into())).await;
    assert_eq!(ask(&server).await.unwrap_err().kind, NodeErrorKind::Interrupted);
}

#[tokio::test]
async fn a_truncated_body_is_interrupted() {
    assert_eq!(ask_with(Fault::truncated()).await.kind, NodeErrorKind::Interrupted);
}

#[tokio::test]
async fn a_body_that_lacks_its_last_byte_is_interrupted() {
    let mut answer = json_answer("200 OK", INFO);
    answer.pop();
    for reply in [Reply::Bytes(answer.clone()), Reply::BytesAndReset(answer.clone())] {
        let server = RawServer::saying(reply.clone()).await;
        assert_eq!(ask(&server).await.unwrap_err().kind, NodeErrorKind::Interrupted, "{reply:?}");
    }
}

#[tokio::test]
async fn a_chunked_body_without_its_last_chunk_is_interrupted() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = format!("{head}{:x}\r\n{INFO}\r\n", INFO.len()).into_bytes();
    let server = RawServer::saying(Reply::Bytes(answer)).await;
    assert_eq!(ask(&server).await.unwrap_err().kind, NodeErrorKind::Interrupted);
}

#[tokio::test]
async fn an_answer_that_comes_byte_by_byte_is_read_whole() {
    let server = RawServer::saying(Reply::ByteByByte(json_answer("200 OK", INFO))).await;
    assert_eq!(ask(&server).await.unwrap().node_name.as_deref(), Some("auto"));
}

#[tokio::test]
async fn a_reset_before_the_effect_may_have_had_it_and_had_not() {
    // R4
    let mock = mock().await;
    mock.fault(Fault::connection_reset());
    let kind = create_project(&node(&mock)).await.unwrap_err().kind;
    assert_eq!((kind.side_effect(), kind), (SideEffect::Unknown, NodeErrorKind::Interrupted));
    assert_eq!(mock.project("CHURN"), None);
}

#[tokio::test]
async fn a_reset_after_the_effect_may_have_had_it_and_had() {
    // R4
    let mock = mock().await;
    mock.fault(Fault::reply_lost());
    let kind = create_project(&node(&mock)).await.unwrap_err().kind;
    assert_eq!((kind.side_effect(), kind), (SideEffect::Unknown, NodeErrorKind::Interrupted));
    assert!(mock.project("CHURN").is_some());
}

#[tokio::test]
async fn an_activation_whose_reply_is_lost_is_asked_once_and_done() {
    // R4: the transport repeats nothing, since it cannot know what is safe to repeat.
    let mock = mock().await;
    create_from(&node(&mock), bundle()).await.unwrap();
    mock.fault(Fault::reply_lost().on("POST", "/projects/*/bundles/imported/*/actions/activate"));
    assert_eq!(activate(&node(&mock)).await.unwrap_err().kind, NodeErrorKind::Interrupted);
    assert_eq!(mock.project("CHURN").unwrap().active_bundle.as_deref(), Some("v1"));
    assert_eq!(mock.calls_to("POST", "/projects/*/bundles/imported/*/actions/activate").len(), 1);
}

#[tokio::test]
async fn after_a_reset_the_next_call_finds_a_new_connection() {
    let mock = mock().await;
    let node = node(&mock);
    mock.fault(Fault::connection_reset().once());
    node.instance_info().await.unwrap_err();
    node.instance_info().await.unwrap();
}
