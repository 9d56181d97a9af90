//! Archives on their way.

use std::io;

use futures::StreamExt as _;
use project_deployer_client::{NodeErrorKind, SideEffect, Upload};
use project_deployer_testkit::BundleBuilder;
use project_deployer_tests::{RawServer, Reply, http_answer, json_answer};

use crate::asking::{create_from, mock, node, node_at};

const MIB: usize = 1024 * 1024;

/// Bytes that no compression makes smaller, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).take(length / 8).flatten().collect()
}

/// The content between the head of the only part and its end.
fn part(request: &[u8]) -> &[u8] {
    let after = |bytes: &[u8]| bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let body = &request[after(request)..];
    let boundary = body.iter().position(|byte| *byte == b'\r').unwrap();
    &body[after(body)..body.len() - boundary - "\r\n--\r\n".len()]
}

fn failing_upload(pieces: Vec<io::Result<&'static [u8]>>, length: u64) -> Upload {
    let bytes = pieces.into_iter().map(|piece| piece.map(Into::into)).collect::<Vec<_>>();
    Upload::new("v1.zip", length, futures::stream::iter(bytes).boxed())
}

#[tokio::test]
async fn sixty_four_mebibytes_from_a_file_arrive_whole() {
    let archive = noise(64 * MIB);
    let file = tempfile::NamedTempFile::with_suffix(".zip").unwrap();
    std::fs::write(file.path(), &archive).unwrap();
    let created = json_answer("200 OK", r#"{"projectKey": "CHURN"}"#);
    let server = RawServer::saying(Reply::Bytes(created)).await;
    let upload = Upload::from_file(file.path()).await.unwrap();
    create_from(&node_at(&server.url()), upload).await.unwrap();
    // Not `assert_eq`: its output would be unreadable.
    assert!(part(&server.requests()[0]) == archive, "the part is not the file");
}

#[tokio::test]
async fn a_file_is_read_piece_by_piece() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), noise(4 * MIB)).unwrap();
    let mut upload = Upload::from_file(file.path()).await.unwrap();
    let mut pieces = Vec::new();
    while let Some(piece) = upload.bytes.next().await {
        pieces.push(piece.unwrap().len());
    }
    assert_eq!(pieces.iter().sum::<usize>(), 4 * MIB);
    assert!(pieces.iter().all(|piece| *piece <= MIB), "{pieces:?}");
}

#[tokio::test]
async fn a_node_takes_a_large_bundle_from_a_file() {
    let (mock, folder) = (mock().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("v1.zip");
    BundleBuilder::new("CHURN", "v1").file("data/large", noise(8 * MIB)).write_to(&path).unwrap();
    create_from(&node(&mock), Upload::from_file(&path).await.unwrap()).await.unwrap();
    assert_eq!(mock.project("CHURN").unwrap().bundles, ["v1"]);
}

#[tokio::test]
async fn the_part_is_named_file_and_has_the_name_of_the_archive() {
    // wire-facts 1.5
    let server = RawServer::saying(Reply::Nothing).await;
    let _ = create_from(&node_at(&server.url()), Upload::from_bytes("v1.zip", "PK")).await;
    let request = String::from_utf8(server.requests().remove(0)).unwrap();
    let part = r#"Content-Disposition: form-data; name="file"; filename="v1.zip""#;
    assert!(request.contains(part), "{request}");
}

#[tokio::test]
async fn an_archive_that_cannot_be_read_to_its_end_is_our_own_failure() {
    let mock = mock().await;
    let broken = failing_upload(vec![Ok(b"PK"), Err(io::Error::other("bad block"))], 100);
    let error = create_from(&node(&mock), broken).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Archive("bad block".to_owned()));
    assert!(error.to_string().ends_with("publish the bundle again"), "{error}");
    assert!(mock.project_keys().is_empty());
}

#[tokio::test]
async fn an_archive_that_is_shorter_than_it_was_creates_nothing() {
    let mock = mock().await;
    let error = create_from(&node(&mock), failing_upload(vec![Ok(b"PK")], 100)).await.unwrap_err();
    assert!(mock.project_keys().is_empty(), "{error}");
    assert_eq!(error.kind.side_effect(), SideEffect::Unknown);
}

#[tokio::test]
async fn an_archive_that_is_longer_than_it_was_creates_nothing() {
    let mock = mock().await;
    let archive = BundleBuilder::new("CHURN", "v1").build().unwrap();
    let length = archive.len() as u64 / 2;
    let mut longer = Upload::from_bytes("v1.zip", archive);
    longer.length = Some(length);
    create_from(&node(&mock), longer).await.unwrap_err();
    assert!(mock.project_keys().is_empty());
}

#[tokio::test]
async fn a_gateway_that_takes_no_large_archive_is_heard() {
    // It answers at the head and closes while the archive is still under way.
    let answer = http_answer("413 Content Too Large", "", b"");
    let server = RawServer::saying_early(Reply::Bytes(answer)).await;
    let upload = Upload::from_bytes("v1.zip", noise(16 * MIB));
    let kind = create_from(&node_at(&server.url()), upload).await.unwrap_err().kind;
    assert!(matches!(kind, NodeErrorKind::Refused { status: 413, .. }), "{kind}");
}
