//! A redirect is reported and never followed: the key would be sent to the new address (R17).

use project_deployer_client::{NodeErrorKind, Retry};
use project_deployer_testkit::Fault;
use project_deployer_tests::{RawServer, Reply, http_answer};

use crate::asking::{ask, bundle, create_from, mock, node};

/// A server that would take whatever comes.
async fn elsewhere() -> RawServer {
    RawServer::saying(Reply::Bytes(http_answer("200 OK", "", b"{}"))).await
}

async fn sending_to(status: &str, place: &str) -> RawServer {
    let answer = http_answer(status, &format!("location: {place}\r\n"), b"");
    RawServer::saying(Reply::Bytes(answer)).await
}

#[tokio::test]
async fn a_redirect_to_another_host_is_told() {
    let server = sending_to("302 Found", "https://elsewhere.example.test/login").await;
    let error = ask(&server).await.unwrap_err();
    let place = "https://elsewhere.example.test/login".to_owned();
    assert_eq!(error.kind, NodeErrorKind::Redirected(place));
    assert_eq!(error.kind.retry(), Retry::Never);
    assert!(error.to_string().ends_with("use the address at which the node itself responds"));
}

#[tokio::test]
async fn no_redirect_brings_anything_to_the_other_host() {
    // R17
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let other = elsewhere().await;
        let server = sending_to(status, &format!("{}/instance-info", other.url())).await;
        let error = ask(&server).await.unwrap_err();
        assert!(matches!(error.kind, NodeErrorKind::Redirected(_)), "{status}: {error}");
        assert!(other.requests().is_empty(), "{status}");
    }
}

#[tokio::test]
async fn no_redirect_is_followed_on_the_same_host() {
    let server = sending_to("307 Temporary Redirect", "/dip/publicapi/elsewhere").await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Redirected("/dip/publicapi/elsewhere".to_owned()));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_upload_does_not_go_to_the_other_host() {
    // R17
    let (mock, other) = (mock().await, elsewhere().await);
    mock.fault(Fault::redirect(format!("{}/public/api/projectsFromBundle", other.url())));
    let error = create_from(&node(&mock), bundle()).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Redirected(_)), "{error}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_ticket_in_the_place_is_not_told() {
    // R13
    let server = sending_to("302 Found", "https://sso.example.test/login?ticket=canary").await;
    let error = ask(&server).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}
