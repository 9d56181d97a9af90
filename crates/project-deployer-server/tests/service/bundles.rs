//! Bundles in and out of the service.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures::{Stream, StreamExt as _, stream};
use project_deployer::bundle_reader::BundleLimits;
use project_deployer::core::accounts::Group;

use crate::installation::{Answer, Installation, bundle, parsed, upload_of};

const BUNDLES: &str = "/public/api/project-deployer/projects/bundles";

async fn upload(installation: &Installation, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(BUNDLES)
        .header("authorization", format!("Bearer {}", installation.key))
        .header("content-type", kind);
    installation.ask(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_bundle_comes_back_as_it_was_sent() {
    let installation = Installation::empty().await;
    let archive = bundle("v1");
    let (body, kind) = upload_of(&archive);
    let answer = upload(&installation, kind, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let path = "/public/api/project-deployer/projects/CHURN/bundles/v1";
    let answer = installation.get(path, &installation.key).await;
    assert_eq!(answer.headers["content-length"], archive.len().to_string().as_str());
    assert!(answer.body == archive);
}

#[tokio::test]
async fn a_bundle_may_arrive_in_pieces_of_unknown_length() {
    let installation = Installation::empty().await;
    let (body, kind) = upload_of(&bundle("v1"));
    let pieces: Vec<io::Result<Vec<u8>>> = body.chunks(7).map(|piece| Ok(piece.to_vec())).collect();
    let answer = upload(&installation, kind, Body::from_stream(stream::iter(pieces))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn other_parts_are_passed_over() {
    let installation = Installation::empty().await;
    let (body, kind) = upload_of(&bundle("v1"));
    let note = b"--zz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n";
    let answer = upload(&installation, kind, [&note[..], &body].concat()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn what_is_no_bundle_is_refused_and_publishes_nothing() {
    let installation = Installation::empty().await;
    let (whole, kind) = upload_of(&bundle("v1"));
    let (no_zip, _) = upload_of(&vec![b'x'; 1 << 20]);
    let cut = whole[..whole.len() / 2].to_vec();
    let no_file = b"--zz\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--zz--\r\n";
    for (kind, body) in [
        (kind, no_zip),
        (kind, cut),
        (kind, no_file.to_vec()),
        (kind, Vec::new()),
        ("multipart/form-data", whole.clone()),
        ("application/zip", bundle("v1")),
        ("application/json", b"{}".to_vec()),
    ] {
        let answer = upload(&installation, kind, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind}: {}", answer.text());
        assert!(answer.json()["message"].is_string(), "{kind}");
    }
    let projects =
        installation.get("/public/api/project-deployer/projects", &installation.key).await;
    assert_eq!(projects.text(), "[]");
}

#[tokio::test]
async fn a_connection_that_breaks_publishes_nothing() {
    let installation = Installation::empty().await;
    let (body, kind) = upload_of(&bundle("v1"));
    let half = Ok(body[..body.len() / 2].to_vec());
    let pieces = [half, Err(io::Error::other("the connection broke"))];
    let answer = upload(&installation, kind, Body::from_stream(stream::iter(pieces))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
    let projects =
        installation.get("/public/api/project-deployer/projects", &installation.key).await;
    assert_eq!(projects.text(), "[]");
}

#[tokio::test]
async fn an_archive_that_does_not_begin_early_is_refused() {
    let installation = Installation::empty().await;
    let pieces = (0..1000).map(|_| io::Result::Ok(vec![b'x'; 16 * 1024]));
    let body = Body::from_stream(stream::iter(pieces));
    let answer = upload(&installation, "multipart/form-data; boundary=zz", body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
}

#[tokio::test]
async fn a_refused_upload_is_not_read_for_ever() {
    let installation = Installation::empty().await;
    let key = installation.user("zoe", "askers").await;
    let (head, kind) = upload_of(b"");
    let head = head[..head.len() - b"\r\n--zz--\r\n".len()].to_vec();
    let endless = stream::iter([head]).chain(stream::repeat(vec![b'x'; 64 * 1024]));
    let request = Request::builder()
        .method("POST")
        .uri(format!("{BUNDLES}?projectKey=CHURN"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", kind)
        .body(Body::from_stream(endless.map(io::Result::Ok)));
    let answer = installation.ask(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
}

/// An upload by an administrator in the name of `zoe`, in pieces of unknown length.
fn in_the_name_of_zoe(
    installation: &Installation,
    pieces: impl Stream<Item = Vec<u8>> + Send + 'static,
) -> Request<Body> {
    let (_, kind) = upload_of(b"");
    let request = Request::builder()
        .method("POST")
        .uri(BUNDLES)
        .header("authorization", format!("Bearer {}", installation.key))
        .header("x-dku-proxyuser", "zoe")
        .header("content-type", kind);
    request.body(Body::from_stream(pieces.map(io::Result::Ok))).unwrap()
}

async fn may_create_projects(installation: &Installation) {
    installation.user("zoe", "askers").await;
    let group = Group::new(parsed("askers")).with_may_create_published_projects(true);
    installation.admin().save_group(&group).await.unwrap();
}

#[tokio::test]
async fn an_upload_in_anothers_name_is_theirs_whatever_its_length() {
    // R-S7
    let installation = Installation::empty().await;
    may_create_projects(&installation).await;
    let (body, _) = upload_of(&bundle("v1"));
    let pieces: Vec<_> = body.chunks(7).map(<[u8]>::to_vec).collect();
    let answer = installation.ask(in_the_name_of_zoe(&installation, stream::iter(pieces))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let path = "/public/api/project-deployer/projects/CHURN";
    let project = installation.get(path, &installation.key).await.text();
    assert!(project.contains(r#""publishedBy":"zoe""#), "{project}");
}

#[tokio::test]
async fn an_upload_in_anothers_name_ends_at_the_limit_of_archives() {
    // R-S7: whoever sends it, and although no length says how much comes.
    const LIMIT: u64 = 256 * 1024;
    let limits = BundleLimits::default().with_max_archive_bytes(LIMIT);
    let installation = Installation::built(|builder| builder.bundle_limits(limits)).await;
    may_create_projects(&installation).await;
    let (head, _) = upload_of(&bundle("v1"));
    let head = head[..head.len() - b"\r\n--zz--\r\n".len()].to_vec();
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let endless = stream::iter([head]).chain(stream::repeat(vec![b'x'; 64 * 1024]));
    let endless = endless.inspect(move |piece| {
        counted.fetch_add(piece.len() as u64, Ordering::SeqCst);
    });
    let answer = installation.ask(in_the_name_of_zoe(&installation, endless)).await;
    assert!(answer.status.is_client_error(), "{}: {}", answer.status, answer.text());
    // What is left of a body that is refused is read up to 8 MiB, so that the client reads the answer.
    let sent = sent.load(Ordering::SeqCst);
    assert!(sent > LIMIT && sent < LIMIT + (9 << 20), "{sent}");
    let projects =
        installation.get("/public/api/project-deployer/projects", &installation.key).await;
    assert_eq!(projects.text(), "[]", "nothing is published");
}
