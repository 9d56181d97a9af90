//! Who asks.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use project_deployer::core::accounts::{SourceType, User};
use serde_json::json;

use crate::installation::{Answer, Installation, parsed};
use crate::routes::routes;

async fn with_header(installation: &Installation, name: &str, value: &[u8]) -> Answer {
    let request = Request::builder()
        .uri("/public/api/auth/info")
        .header("authorization", format!("Bearer {}", installation.key))
        .header(name, value);
    installation.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn no_route_answers_without_credentials() {
    let installation = Installation::new().await;
    for route in routes() {
        let mut request = route.request(route.path, "");
        request.headers_mut().remove("authorization");
        let missing = installation.ask(request).await;
        let unknown = installation.ask(route.request(route.path, "wrong")).await;
        for answer in [missing, unknown] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{route:?}");
            assert!(answer.headers.contains_key("www-authenticate"), "{route:?}");
            assert_eq!(answer.json()["errorType"], "UnauthorizedException", "{route:?}");
        }
    }
    // An unknown route says no more than a known one.
    let answer = installation.get("/public/api/nothing", "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_administrator_acts_for_a_user_and_nobody_else_does() {
    // wire-facts 1.4
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    let info = with_header(&installation, "x-dku-proxyuser", b"zoe").await.json();
    assert_eq!(info, json!({"authIdentifier": "zoe", "groups": ["askers"], "admin": false}));
    let request = Request::builder()
        .uri("/public/api/auth/info")
        .header("authorization", format!("Bearer {key}"))
        .header("x-dku-proxyuser", "admin");
    let refused = installation.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

#[tokio::test]
async fn a_login_that_cannot_be_acted_for_is_named() {
    // R-S9
    let installation = Installation::new().await;
    let gone = User::new(parsed("gone"), SourceType::Local).with_enabled(false);
    installation.admin().save_user(&gone).await.unwrap();
    for (login, status, text) in [
        (&b"ghost"[..], 403, "ghost"),
        (b"gone", 403, "disabled"),
        (b"a/b", 400, "X-DKU-ProxyUser"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"", 400, "X-DKU-ProxyUser"),
    ] {
        let answer = with_header(&installation, "x-dku-proxyuser", login).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
        assert!(answer.text().contains(text), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_disabled_user_is_kept_out_at_once() {
    // R-L11
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    let path = "/public/api/project-deployer/stages";
    assert_eq!(installation.get(path, &key).await.status, StatusCode::OK);
    let disabled = User::new(parsed("zoe"), SourceType::Local).with_enabled(false);
    installation.admin().save_user(&disabled).await.unwrap();
    assert_eq!(installation.get(path, &key).await.status, StatusCode::UNAUTHORIZED);
    installation.admin().delete_user(&parsed("zoe")).await.unwrap();
    assert_eq!(installation.get(path, &key).await.status, StatusCode::UNAUTHORIZED);
}
