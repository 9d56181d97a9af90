use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::post;
use project_deployer_core::{AddressRange, NodeAddress};

use super::dev_server::{ClosedPort, DevServer, brisk};
use crate::connector::NodeConnector as _;
use crate::error::NodeErrorKind;
use crate::hook_sender::{HookPost, HookReply};

async fn sent(address: &str) -> Result<HookReply, NodeErrorKind> {
    let sender = brisk().build().unwrap().hook_sender().unwrap();
    let address = NodeAddress::parse(address).unwrap();
    let mut call = HookPost::new(address, Bytes::from_static(br#"{"data": {}}"#));
    call.headers = vec![("webhook-id", "hook_1".to_owned())];
    sender.post(&call).await
}

async fn echo(headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let header = |name: &str| headers.get(name).map_or("-", |value| value.to_str().unwrap());
    let text = format!(
        "{} {} {} {}",
        header("webhook-id"),
        header("content-type"),
        header("authorization"),
        String::from_utf8_lossy(&body)
    );
    (StatusCode::IM_A_TEAPOT, text)
}

async fn server() -> DevServer {
    let large = || async { vec![b'x'; 70_000] };
    DevServer::start(
        Router::new()
            .route("/hook", post(echo))
            .route("/away", post(|| async { Redirect::temporary("/hook") }))
            .route("/large", post(large)),
    )
    .await
}

#[tokio::test]
async fn a_hook_gets_its_headers_and_its_body_and_no_credentials() {
    // H1
    let server = server().await;
    let reply = sent(&format!("http://{}/hook", server.address)).await.unwrap();
    let expected = r#"hook_1 application/json - {"data": {}}"#;
    assert_eq!(reply, HookReply::new(418, expected));
}

#[tokio::test]
async fn redirects_are_not_followed_and_answers_have_a_limit() {
    // R17
    let server = server().await;
    let away = sent(&format!("http://{}/away", server.address)).await.unwrap();
    assert_eq!(away.status, 307);
    let large = sent(&format!("http://{}/large", server.address)).await;
    assert_eq!(large, Err(NodeErrorKind::TooLarge(HookReply::MOST_BYTES)));
}

#[tokio::test]
async fn addresses_are_held_against_the_policy() {
    // R17: in any spelling
    for address in ["http://169.254.169.254/hook", "http://0xA9.0376.43518/hook"] {
        let refused = sent(address).await;
        assert_eq!(
            refused,
            Err(NodeErrorKind::AddressRefused(AddressRange::Metadata)),
            "{address}"
        );
    }
    let closed = ClosedPort::hold();
    let refused = sent(&closed.url()).await;
    assert_eq!(refused, Err(NodeErrorKind::Unreachable));
}

#[tokio::test]
async fn an_answer_of_which_only_the_status_counts_may_have_any_body() {
    // G8
    let server = server().await;
    let sender = brisk().build().unwrap().hook_sender().unwrap();
    let address = NodeAddress::parse(&format!("http://{}/large", server.address)).unwrap();
    let mut call = HookPost::new(address, Bytes::from_static(b"{}"));
    call.ignore_body = true;
    assert_eq!(sender.post(&call).await, Ok(HookReply::new(200, "")));
}
