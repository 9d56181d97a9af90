//! A list of users is read while it arrives, and means what it meant when it was read at its end.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use futures::stream;
use project_deployer_core::accounts::{User, UserList};
use serde_json::json;

use super::dev_server::DevServer;
use crate::error::{NodeError, NodeErrorKind};
use crate::node_accounts::NodeAccounts as _;

/// What our client makes of an answer that comes in pieces of so many bytes.
async fn answered(content: &'static str, text: &str, piece: usize) -> Result<Vec<User>, NodeError> {
    answering(content, text, piece).await.node().whole_users().await
}

/// The same in the few fields that comparing logins needs.
async fn listed(content: &'static str, text: &str, piece: usize) -> Result<UserList, NodeError> {
    answering(content, text, piece).await.node().users().await
}

async fn answering(content: &'static str, text: &str, piece: usize) -> DevServer {
    let text = text.to_owned();
    let answer = move || async move {
        let pieces: Vec<_> = text.as_bytes().chunks(piece).map(Bytes::copy_from_slice).collect();
        let pieces = stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
        ([(CONTENT_TYPE, content)], Body::from_stream(pieces)).into_response()
    };
    DevServer::start(Router::new().fallback(answer)).await
}

async fn refused(text: &str) -> NodeErrorKind {
    answered("application/json", text, 7).await.unwrap_err().kind
}

#[tokio::test]
async fn users_that_come_in_pieces_are_all_there() {
    let user =
        |number| json!({"login": format!("user{number}"), "displayName": "Ü", "x": [number]});
    let list: Vec<_> = (0..2000).map(user).collect();
    let users = answered("application/json", &json!(list).to_string(), 1000).await.unwrap();
    assert_eq!(json!(users[1999])["x"], json!([1999]));
    let read = users.iter().map(|user| user.login.as_str().to_owned());
    assert!(read.eq((0..2000).map(|number| format!("user{number}"))));
    assert_eq!(answered("application/json", " [ ]", 1).await.unwrap(), []);
}

#[tokio::test]
async fn a_list_of_users_says_what_whole_users_say() {
    // R10
    let user = |number: usize| {
        let source = ["LDAP", "LOCAL", "LATER"][number % 3];
        let groups: Vec<_> = (0..number % 4).map(|group| format!("group {group}")).collect();
        json!({"login": format!("user{number}"), "displayName": "Ü", "groups": groups,
            "sourceType": source, "enabled": !number.is_multiple_of(5), "secrets": [{"value": "\u{1}"}]})
    };
    let text = json!((0..500).map(user).collect::<Vec<_>>()).to_string();
    let users = answered("application/json", &text, 100).await.unwrap();
    let list = listed("application/json", &text, 100).await.unwrap();
    assert_eq!((list.len(), &list), (500, &users.iter().collect()));
    assert_eq!(listed("application/json", " [ ]", 1).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_list_of_users_that_cannot_be_read_is_the_same_error() {
    // R6
    for (content, text) in [
        ("application/json", r#"[{"login": "mina"}, {"login": "ot"#),
        ("application/json", r#"[{"login": "mina"} {"login": "otto"}]"#),
        ("application/json", r#"[{"login": "mina"}, {"login": "otto", "groups": 7}]"#),
        ("application/json", r#"[{"login": "secret-of-the-key", "groups": [""]}]"#),
        ("application/json", r#"{"login": "mina"}"#),
        ("application/json", r#"{"errorType": "IllegalStateException", "message": "full"}"#),
        ("application/json", " "),
        ("text/html", "[Log in]"),
    ] {
        let whole = answered(content, text, 7).await.unwrap_err().kind;
        assert_eq!(listed(content, text, 7).await.unwrap_err().kind, whole, "{text}");
    }
    // What a list does not keep is passed over.
    let malformed = r#"[{"login": "mina", "email": 7}]"#;
    assert_eq!(listed("application/json", malformed, 7).await.unwrap().login(0), "mina");
}

#[tokio::test]
async fn what_is_no_whole_list_is_an_error_and_never_a_shorter_list() {
    // R6
    let cut = refused(r#"[{"login": "mina"}, {"login": "ot"#).await;
    assert!(matches!(&cut, NodeErrorKind::Malformed(text) if text.contains("ends after 33 bytes")));
    let garbled = refused(r#"[{"login": "mina"} {"login": "otto"}]"#).await;
    assert!(matches!(&garbled, NodeErrorKind::Malformed(text) if text.contains("not JSON")));
    let malformed = refused(r#"[{"login": "mina"}, {"login": "otto", "groups": 7}]"#).await;
    assert!(matches!(&malformed, NodeErrorKind::Malformed(text) if text.contains("[1].groups")));
    let other = refused(r#"{"login": "mina"}"#).await;
    assert!(matches!(&other, NodeErrorKind::Malformed(text) if text.contains("a list of users")));
    assert_eq!(refused(" \n ").await, NodeErrorKind::Empty);
    let page = refused("<html>Log in</html>").await;
    assert!(matches!(&page, NodeErrorKind::UnexpectedServer(text) if text.contains("Log in")));
    let page = answered("text/html", "[Log in]", 3).await.unwrap_err().kind;
    assert!(matches!(&page, NodeErrorKind::UnexpectedServer(text) if text.contains("Log in")));
    let inside = refused(r#"{"errorType": "IllegalStateException", "message": "full"}"#).await;
    assert_eq!(inside, NodeErrorKind::ErrorInSuccessResponse("full".to_owned()));
}

#[tokio::test]
async fn a_key_in_a_list_that_cannot_be_read_is_not_shown() {
    // R13
    let malformed = refused(r#"[{"login": "secret-of-the-key", "groups": 7}]"#).await;
    assert!(
        matches!(&malformed, NodeErrorKind::Malformed(text) if text.contains("`(key)`")),
        "{malformed:?}"
    );
}

#[tokio::test]
async fn a_key_on_a_page_that_looks_like_json_is_not_shown() {
    // R13
    for text in ["[secret-of-the-key] is not known", "{\"a\": secret-of-the-key}"] {
        let page = answered("text/html", text, 7).await.unwrap_err().kind;
        let cut = matches!(&page, NodeErrorKind::UnexpectedServer(text) if text.contains("(key)"));
        assert!(cut && !page.to_string().contains("secret-of"), "{page}");
    }
}
