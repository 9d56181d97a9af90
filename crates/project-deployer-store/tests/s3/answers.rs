//! Refusals by kind, and what their texts never show.

use project_deployer_store::{ArchiveError, BundleArchive as _, ObjectArchive, S3Keys, S3Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::{SECRET, digest_of, pieces, server, settings, text};

const TOKEN: &str = "canary-token-9ab3";

/// A server that gives the same answer to every request, on connections of one request each.
async fn answers(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = connection.read_u8().await else { return };
                    head.push(byte);
                }
                let length = body.len();
                let body = if head.starts_with(b"HEAD") { "" } else { &body };
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                // A client that goes away is no failure.
                let _ = connection.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

fn refusal(code: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no, {SECRET} is wrong</Message>\
         <CanonicalRequest>x-amz-security-token:{TOKEN}</CanonicalRequest></Error>"
    )
}

fn settings_with_token(endpoint: &str) -> S3Settings {
    let keys = S3Keys::new("AKIDEXAMPLE", SECRET.into()).with_session_token(TOKEN.into());
    settings(endpoint).keys(keys)
}

/// The errors of every action on an archive.
async fn errors(settings: &S3Settings) -> Vec<ArchiveError> {
    let archive = ObjectArchive::in_bucket(settings).unwrap();
    let digest = digest_of(b"abc");
    vec![
        archive.check().await.unwrap_err(),
        archive.put(&digest, 3, pieces(b"abc")).await.unwrap_err(),
        archive.open(&digest, 0).await.unwrap_err(),
        archive.open(&digest, 1).await.unwrap_err(),
        archive.delete(&digest).await.unwrap_err(),
        archive.list(None, 10).await.unwrap_err(),
        archive.remove_interrupted(crate::tomorrow()).await.unwrap_err(),
    ]
}

fn kind(error: &ArchiveError) -> &'static str {
    error.code()
}

#[tokio::test]
async fn a_refusal_has_its_kind_and_shows_no_secret() {
    for (status, code, expected) in [
        ("404 Not Found", "NoSuchBucket", "archive-no-bucket"),
        ("403 Forbidden", "AccessDenied", "archive-denied"),
        ("403 Forbidden", "InvalidAccessKeyId", "archive-wrong-keys"),
        ("403 Forbidden", "SignatureDoesNotMatch", "archive-wrong-keys"),
        ("400 Bad Request", "ExpiredToken", "archive-wrong-keys"),
        ("403 Forbidden", "QuotaExceeded", "archive-full"),
        ("400 Bad Request", "SomethingElse", "archive-unavailable"),
    ] {
        let settings = settings_with_token(&answers(status, refusal(code)).await);
        for error in errors(&settings).await {
            let text = text(&error);
            // An answer to HEAD has no body: what a missing bucket refuses is seen at the next request.
            assert_eq!(kind(&error), expected, "{code}: {text}");
            assert!(text.contains(code), "{text}");
            assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
        }
    }
}

#[tokio::test]
async fn a_server_without_space_is_full() {
    let address = answers("507 Insufficient Storage", "no space".to_owned()).await;
    let archive = ObjectArchive::in_bucket(&settings(&address)).unwrap();
    let error = archive.check().await.unwrap_err();
    assert_eq!(kind(&error), "archive-full", "{}", text(&error));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let archive = ObjectArchive::in_bucket(&settings_with_token(&address)).unwrap();
    let error = archive.check().await.unwrap_err();
    let text = text(&error);
    assert_eq!(kind(&error), "archive-unreachable", "{text}");
    assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn a_real_server_refuses_wrong_keys_and_a_missing_bucket() {
    let address = server::start().await;
    let wrong = S3Keys::new("AKIDEXAMPLE", "canary-other".into());
    for error in errors_but_uploads(&settings(&address).keys(wrong)).await {
        assert_eq!(kind(&error), "archive-wrong-keys", "{}", text(&error));
    }
    let unknown = S3Keys::new("NOBODY", "canary-other".into());
    for error in errors_but_uploads(&settings(&address).keys(unknown)).await {
        assert!(
            matches!(kind(&error), "archive-wrong-keys" | "archive-denied"),
            "{}",
            text(&error)
        );
    }
    let keys = S3Keys::new("AKIDEXAMPLE", SECRET.into());
    let missing = S3Settings::new("missing").endpoint(&address).region("us-east-1").keys(keys);
    let archive = ObjectArchive::in_bucket(&missing).unwrap();
    let error = archive.check().await.unwrap_err();
    assert_eq!(kind(&error), "archive-no-bucket", "{}", text(&error));
    assert!(error.to_string().contains("there is no bucket `missing`"), "{error}");
}

async fn errors_but_uploads(settings: &S3Settings) -> Vec<ArchiveError> {
    let archive = ObjectArchive::in_bucket(settings).unwrap();
    let digest = digest_of(b"abc");
    vec![
        archive.check().await.unwrap_err(),
        archive.put(&digest, 3, pieces(b"abc")).await.unwrap_err(),
        archive.open(&digest, 0).await.unwrap_err(),
        archive.list(None, 10).await.unwrap_err(),
    ]
}

#[test]
fn settings_show_no_secret() {
    let settings = settings_with_token("https://s3.example");
    let archive = ObjectArchive::in_bucket(&settings).unwrap();
    let shown = format!("{settings:?} {settings} {archive:?}");
    assert!(shown.contains("bundles") && shown.contains("AKIDEXAMPLE"), "{shown}");
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn an_endpoint_with_a_user_or_without_a_scheme_is_refused() {
    for endpoint in ["https://AK:canary@s3.example", "s3.example:9000", "ftp://s3.example"] {
        let error = ObjectArchive::in_bucket(&settings(endpoint)).unwrap_err();
        let text = text(&error);
        assert_eq!(kind(&error), "archive-unavailable", "{text}");
        assert!(text.contains("its endpoint") && !text.contains("canary"), "{text}");
    }
}
