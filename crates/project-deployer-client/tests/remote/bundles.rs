//! Rows 15 to 18 of wire-facts 2.1; how the bytes travel is in `transfers`.

use project_deployer_client::Upload;
use project_deployer_client::prelude::*;
use serde_json::{Value, json};

use crate::samples::{bundle_id, key};
use crate::server::{Server, answer};

#[tokio::test]
async fn row_15_a_bundle_is_one_part_named_file() {
    let server = Server::with([answer(200, ""), answer(200, "")]).await;
    let deployer = server.deployer();
    deployer.upload_bundle(Upload::from_bytes("v1.zip", "PK-bytes"), None).await.unwrap();
    deployer.upload_bundle(Upload::from_bytes("v1.zip", "PK-bytes"), Some(&key())).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "POST /project-deployer/projects/bundles",
            "POST /project-deployer/projects/bundles?projectKey=CHURN"
        ]
    );
    let seen = &server.seen()[0];
    let body = String::from_utf8_lossy(&seen.body);
    assert!(body.contains("name=\"file\"; filename=\"v1.zip\""), "{body}");
    assert!(body.contains("\r\n\r\nPK-bytes\r\n"), "{body}");
    assert!(seen.content_type.as_ref().unwrap().starts_with("multipart/form-data; boundary="));
}

#[tokio::test]
async fn row_16_an_archive_comes_with_a_name_and_its_length() {
    let server = Server::with([answer(200, "PK-bytes")]).await;
    let archive = server.deployer().download_bundle(&key(), &bundle_id()).await.unwrap();
    assert_eq!((archive.file_name.as_str(), archive.length), ("CHURN-2026-01.zip", Some(8)));
    assert_eq!(&archive.collect().await.unwrap()[..], b"PK-bytes");
    assert_eq!(server.only().line, "GET /project-deployer/projects/CHURN/bundles/2026-01");
}

#[tokio::test]
async fn row_17_a_bundle_is_deleted() {
    let server = Server::empty().await;
    server.deployer().delete_bundle(&key(), &bundle_id()).await.unwrap();
    assert_eq!(server.only().line, "DELETE /project-deployer/projects/CHURN/bundles/2026-01");
}

#[tokio::test]
async fn row_18_a_report_is_there_or_null() {
    // wire-facts 2.13
    let report = json!({"projectKey": "CHURN", "scope": "default", "bundleChecksRunInfo": {}});
    for (answer, expected) in [(Value::Null, None), (report.clone(), Some(report))] {
        let server = Server::json(answer).await;
        let reported = server.deployer().standards_report(&key(), &bundle_id()).await.unwrap();
        assert_eq!(reported, expected);
        assert_eq!(
            server.only().line,
            "GET /project-deployer/projects/CHURN/bundles/2026-01/project-standards-report"
        );
    }
}
