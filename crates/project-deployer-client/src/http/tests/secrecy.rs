//! No error repeats what was sent in secret (R13).

use axum::Router;
use axum::http::StatusCode;
use serde_json::json;

use super::dev_server::DevServer;
use crate::error::NodeErrorKind;
use crate::request::NodeRequest;

#[tokio::test]
async fn the_place_of_a_redirect_repeats_no_secret() {
    let place = "/login/secret-of-the-key/canary-word";
    let answer = async move || (StatusCode::FOUND, [("location", place)]);
    let server = DevServer::start(Router::new().fallback(answer)).await;
    let request = NodeRequest::put("write", &["x"], json!({"password": "canary-word"}));
    let kind = server.node().nothing(&request).await.unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::Redirected("/login/(key)/(key)".to_owned()));
}
