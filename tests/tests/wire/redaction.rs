//! R13: a proxy between us and a node may repeat what it was sent, to help with an analysis. Our
//! errors do not repeat it further.

use project_deployer_client::{AutomationNode as _, NodeAccounts as _};
use project_deployer_tests::{Canary, RawServer, Reply, http_answer, json_answer};
use serde_json::{Value, json};

use crate::asking::activate;
use crate::secrecy::{assert_all_keep_it, assert_secret, node_at};

/// An answer that repeats a text.
type Repeating = fn(&str) -> Vec<u8>;

/// One for each kind of error that contains text of a node.
const REPEATING: [Repeating; 9] = [
    |repeated| error("400 Bad Request", repeated),
    |repeated| error("401 Unauthorized", repeated),
    |repeated| error("403 Forbidden", repeated),
    |repeated| error("404 Not Found", repeated),
    |repeated| error("500 Internal Server Error", repeated),
    |repeated| error("200 OK", repeated),
    |repeated| text("400 Bad Request", "text/plain", repeated),
    |repeated| text("200 OK", "text/html", repeated),
    redirect,
];

fn error(status: &str, repeated: &str) -> Vec<u8> {
    let error = json!({"errorType": "ProxyException", "message": format!("you sent {repeated}")});
    json_answer(status, &error.to_string())
}

fn text(status: &str, content_type: &str, repeated: &str) -> Vec<u8> {
    let body = format!("<html><pre>Host: auto\nAuthorization: {repeated}\n</pre></html>");
    http_answer(status, &format!("content-type: {content_type}\r\n"), body.as_bytes())
}

fn redirect(repeated: &str) -> Vec<u8> {
    let place = format!("https://sso.example.test/{}", repeated.replace(' ', "/"));
    http_answer("302 Found", &format!("location: {place}\r\n"), b"")
}

/// A fatal report of an activation.
fn report(repeated: &str) -> Vec<u8> {
    let message = json!({
        "severity": "ERROR", "isFatal": true, "code": "ERR_SAMPLE", "title": repeated, "message": repeated,
        "details": repeated,
    });
    let report = json!({"fatal": true, "error": true, "messages": [message]});
    json_answer("200 OK", &json!({"hasResult": true, "result": report}).to_string())
}

/// A server that repeats the key, which it has read from the credentials.
async fn repeating_the_key(repeat: Repeating) -> RawServer {
    RawServer::saying(Reply::Bytes(repeat(Canary::KEY))).await
}

/// A server that repeats the `Authorization` header as it came.
async fn repeating_the_header(repeat: Repeating) -> RawServer {
    RawServer::start(move |head| Reply::Bytes(repeat(credentials(head)))).await
}

fn credentials(head: &str) -> &str {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut found = lines.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    found.next().unwrap().1
}

/// Asks a server in every way, which has to be heard and to keep the secret.
async fn assert_kept_from(server: RawServer) {
    assert_all_keep_it(&node_at(&server.url())).await;
    assert!(server.requests().len() >= 5);
}

/// Activates a bundle on a server, which has to be heard and to keep the secret.
async fn assert_activation_kept_from(server: RawServer) {
    assert_secret(&activate(&node_at(&server.url())).await.unwrap_err());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_repeats_the_key_does_not_give_it_away() {
    for repeat in REPEATING {
        assert_kept_from(repeating_the_key(repeat).await).await;
    }
}

#[tokio::test]
async fn an_answer_that_repeats_the_header_does_not_give_it_away() {
    for repeat in REPEATING {
        assert_kept_from(repeating_the_header(repeat).await).await;
    }
}

#[tokio::test]
async fn a_report_that_repeats_the_key_does_not_give_it_away() {
    assert_activation_kept_from(repeating_the_key(report).await).await;
}

#[tokio::test]
async fn a_report_that_repeats_the_header_does_not_give_it_away() {
    assert_activation_kept_from(repeating_the_header(report).await).await;
}

#[tokio::test]
async fn json_of_another_shape_that_repeats_the_key_does_not_give_it_away() {
    let documents: [Value; 5] = [
        json!(Canary::KEY),
        json!({"login": Canary::KEY}),
        json!([Canary::KEY]),
        json!([{"login": [Canary::KEY]}]),
        json!([{"login": Canary::KEY, "groups": Canary::KEY}]),
    ];
    for document in documents {
        let answer = json_answer("200 OK", &document.to_string());
        let server = RawServer::saying(Reply::Bytes(answer)).await;
        assert_secret(&node_at(&server.url()).users().await.unwrap_err());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_key_that_is_cut_off_does_not_give_itself_away() {
    // Long texts are shortened: what is left of the key at their end can be read, too.
    for before in 270..300 {
        let repeated = json!({"message": format!("{} {}", "x".repeat(before), Canary::KEY)});
        let answer = json_answer("400 Bad Request", &repeated.to_string());
        let server = RawServer::saying(Reply::Bytes(answer)).await;
        assert_secret(&node_at(&server.url()).instance_info().await.unwrap_err());
        assert_eq!(server.requests().len(), 1);
    }
}
