//! Answers that are not what was asked for. Each is a clear error with its hint.

use project_deployer_client::{
    AutomationNode as _, NodeErrorKind, ProjectChange, Retry, SideEffect,
};
use project_deployer_testkit::Fault;
use project_deployer_tests::{RawServer, Reply, http_answer, json_answer};

use crate::asking::{
    activate, ask, ask_with, bundle, churn, create_from, create_project, mock, node,
};

async fn kind_of(body: &str) -> NodeErrorKind {
    let server = RawServer::saying(Reply::Bytes(json_answer("200 OK", body))).await;
    ask(&server).await.unwrap_err().kind
}

#[tokio::test]
async fn a_page_of_a_gateway_is_not_the_product() {
    let error = ask_with(Fault::html_page(200)).await;
    assert!(matches!(error.kind, NodeErrorKind::UnexpectedServer(_)), "{error}");
    assert_eq!(error.kind.retry(), Retry::Never);
    let text = error.to_string();
    assert!(text.contains("the response is not from the product: <html>"), "{text}");
    assert!(text.ends_with("leads to the node and not to a proxy or login page"), "{text}");
}

#[tokio::test]
async fn a_page_that_calls_itself_json_is_not_the_product() {
    let kind = kind_of("\n <!DOCTYPE html><html><body>Sign in</body></html>").await;
    assert!(matches!(kind, NodeErrorKind::UnexpectedServer(_)), "{kind}");
}

#[tokio::test]
async fn half_a_json_is_malformed() {
    let error = ask_with(Fault::half_json()).await;
    assert!(matches!(error.kind, NodeErrorKind::Malformed(_)), "{error}");
    assert_eq!(error.kind.side_effect(), SideEffect::Unknown);
    let text = error.to_string();
    assert!(text.contains("the response cannot be read: it ends after"), "{text}");
    assert!(text.ends_with("check the proxies between the Deployer and the node"), "{text}");
}

#[tokio::test]
async fn what_is_no_json_is_malformed_at_its_place() {
    let kind = kind_of("{\n nope").await;
    let malformed = "it is not JSON (line 2, column 2)".to_owned();
    assert_eq!(kind, NodeErrorKind::Malformed(malformed));
}

#[tokio::test]
async fn json_of_another_shape_is_malformed_and_its_values_are_not_repeated() {
    // R13: the wrong value may be a secret.
    let kind = kind_of(r#"{"nodeId": {"hidden": "value-4711"}, "nodeType": "AUTOMATION"}"#).await;
    assert!(matches!(kind, NodeErrorKind::Malformed(_)), "{kind}");
    assert!(!kind.to_string().contains("value-4711"), "{kind}");
}

#[tokio::test]
async fn a_success_with_an_error_inside_is_an_error_inside() {
    let error = ask_with(Fault::error_inside("no space left on the device")).await;
    let inside = "no space left on the device".to_owned();
    assert_eq!(error.kind, NodeErrorKind::ErrorInSuccessResponse(inside));
    assert_eq!(error.kind.side_effect(), SideEffect::Unknown);
    assert!(error.to_string().ends_with("look at the node's log"), "{error}");
}

#[tokio::test]
async fn an_empty_answer_is_empty() {
    let error = ask_with(Fault::empty_body()).await;
    assert_eq!(error.kind, NodeErrorKind::Empty);
    assert!(
        error.to_string().ends_with("check the proxies between the Deployer and the node"),
        "{error}"
    );
}

#[tokio::test]
async fn blanks_are_an_empty_answer() {
    assert_eq!(kind_of(" \r\n\t").await, NodeErrorKind::Empty);
}

#[tokio::test]
async fn an_answer_that_promises_too_much_is_not_read() {
    let promise = "content-type: application/json\r\ncontent-length: 999999999999\r\n";
    let head = format!("HTTP/1.1 200 OK\r\n{promise}\r\n").into_bytes();
    let server = RawServer::saying(Reply::Trickle(head)).await;
    let error = ask(&server).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::TooLarge(_)), "{error}");
}

#[tokio::test]
async fn a_write_needs_no_answer_but_its_status() {
    // Simple changes answer `{msg}`, or nothing (wire-facts 1.6).
    let server = RawServer::saying(Reply::Bytes(http_answer("204 No Content", "", b""))).await;
    create_project(&crate::asking::node_at(&server.url())).await.unwrap();
}

#[tokio::test]
async fn a_write_that_a_page_answers_did_not_succeed() {
    let mock = mock().await;
    mock.fault(Fault::html_page(200));
    let error = create_project(&node(&mock)).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::UnexpectedServer(_)), "{error}");
    assert_eq!(mock.project("CHURN"), None);
}

#[tokio::test]
async fn a_write_with_an_error_inside_did_not_succeed() {
    let mock = mock().await;
    create_from(&node(&mock), bundle()).await.unwrap();
    mock.fault(Fault::error_inside("read-only file system").on("PUT", "/projects/*/variables"));
    let change = ProjectChange::Variables(Default::default());
    let error = node(&mock).configure_project(&churn(), &change).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::ErrorInSuccessResponse(_)), "{error}");
}

#[tokio::test]
async fn an_activation_that_is_only_pretended_shows_in_the_project() {
    // The status alone proves nothing: what was done is read back.
    let mock = mock().await;
    let node = node(&mock);
    create_from(&node, bundle()).await.unwrap();
    mock.fault(Fault::pretended().on("POST", "/projects/*/bundles/imported/*/actions/activate"));
    activate(&node).await.unwrap();
    assert_eq!(node.project(&churn()).await.unwrap().unwrap().active_bundle, None);
}
