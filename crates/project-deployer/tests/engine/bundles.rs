use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Upload};
use project_deployer_core::rights::{ProjectGrant, ProjectRight};
use project_deployer_core::status::DeploymentLightStatus;
use serde_json::json;

use crate::installation::{Installation, archive, churn, dana, parsed, upload};

#[tokio::test]
async fn publishing_creates_the_project_and_names_the_bundle() {
    // R-D1
    let installation = Installation::new().await;
    installation.publish("v1").await;
    let seen = installation.dana().project(&churn()).await.unwrap();
    assert_eq!(seen.packages.len(), 1);
    let package = &seen.packages[0];
    assert_eq!(package.digest.as_ref(), installation.stored_digests().await.first());
    assert_eq!(
        (package.id.as_str(), package.published_by.as_ref().unwrap().as_str()),
        ("v1", "dana")
    );
}

#[tokio::test]
async fn a_bundle_is_shown_with_author_time_and_notes() {
    let installation = Installation::new().await;
    let author = json!({"exportedBy": "mina", "exportedOn": "2026-01-01T00:00:00.000+0000",
        "releaseNotes": "first"});
    let bytes = archive("CHURN", "v1", json!({"exportUserInfo": author}));
    installation.dana().upload_bundle(Upload::from_bytes("v1.zip", bytes), None).await.unwrap();
    let seen = installation.dana().project(&churn()).await.unwrap();
    let package = &seen.packages[0];
    assert_eq!(package.release_notes.as_deref(), Some("first"));
    assert_eq!(package.exported_by.as_deref(), Some("mina"));
    assert_eq!(package.exported_on.unwrap().as_millis(), 1_767_225_600_000);
}

#[tokio::test]
async fn a_deployment_shows_the_notes_of_its_own_bundle_and_shares_the_rest() {
    let installation = Installation::new().await.with_infras().await;
    let dana = installation.dana();
    for bundle in ["v1", "v2", "v3"] {
        let author = json!({"releaseNotes": format!("notes of {bundle}")});
        let more = if bundle == "v3" { json!({}) } else { json!({"exportUserInfo": author}) };
        let file = Upload::from_bytes("b.zip", archive("CHURN", bundle, more));
        dana.upload_bundle(file, None).await.unwrap();
    }
    for (id, bundle) in [("a", "v1"), ("b", "v1"), ("c", "v2"), ("d", "v3")] {
        installation.deploy(id, "dev", bundle).await;
    }
    let all = dana.deployments().await.unwrap();
    let notes = |status: &DeploymentLightStatus| -> Vec<Option<String>> {
        status.packages.iter().map(|package| package.release_notes.clone()).collect()
    };
    let some = |bundle: &str| Some(format!("notes of {bundle}"));
    let shown = all.iter().map(notes).collect::<Vec<_>>();
    assert_eq!(shown[..2], [[some("v1"), None, None], [some("v1"), None, None]]);
    assert_eq!(shown[2..], [[None, some("v2"), None], [None, None, None]]);
    assert!(Arc::ptr_eq(&all[0].packages, &all[1].packages));
    assert!(Arc::ptr_eq(&all[0].project_basic_info, &all[3].project_basic_info));
    assert!(Arc::ptr_eq(&all[0].infra_basic_info, &all[3].infra_basic_info));
    for status in &all {
        let id = &status.deployment_basic_info.id;
        assert_eq!(&dana.deployment(id).await.unwrap(), status);
    }

    dana.delete_bundle(&churn(), &parsed("v3")).await.unwrap_err();
    dana.delete_deployment(&parsed("d")).await.unwrap();
    dana.delete_bundle(&churn(), &parsed("v3")).await.unwrap();
    let mut project = dana.project_settings(&churn()).await.unwrap();
    project.name = "Another name".to_owned();
    dana.save_project_settings(&project).await.unwrap();
    for status in dana.deployments().await.unwrap() {
        assert_eq!(status.packages.len(), 2, "a deleted bundle");
        assert_eq!(status.project_basic_info.name, "Another name");
    }
}

#[tokio::test]
async fn what_comes_down_is_what_went_up() {
    let installation = Installation::new().await;
    let bytes = Bytes::from(archive("CHURN", "v1", json!({})));
    let up = Upload::from_bytes("x.zip", bytes.clone());
    installation.dana().upload_bundle(up, Some(&parsed("OTHER"))).await.unwrap();
    let down = installation.dana().download_bundle(&parsed("OTHER"), &parsed("v1")).await.unwrap();
    assert_eq!(down.length, Some(bytes.len() as u64));
    assert_eq!(down.collect().await.unwrap(), bytes);
}

#[tokio::test]
async fn a_bundle_id_is_given_once_per_project() {
    // R-D10
    let installation = Installation::new().await;
    installation.publish("v1").await;
    let other = Upload::from_bytes("v1.zip", archive("CHURN", "v1", json!({"releaseNotes": "x"})));
    let again = installation.dana().upload_bundle(other, None).await.unwrap_err();
    assert_eq!(again.to_string(), "bundle `v1 of CHURN` exists already; choose another id");
    assert_eq!(installation.stored_digests().await.len(), 1, "no bytes are left behind");
}

#[tokio::test]
async fn only_writers_publish_into_a_project() {
    // R-P7
    let installation = Installation::new().await;
    installation.publish("v1").await;
    let mut settings = installation.dana().project_settings(&churn()).await.unwrap();
    settings.permissions = vec![
        ProjectGrant::new(parsed("readers"), &[ProjectRight::Read]),
        ProjectGrant::new(parsed("writers"), &[ProjectRight::Write]),
    ];
    installation.dana().save_project_settings(&settings).await.unwrap();
    let rob = installation.member("rob", &["readers"]);
    for key in [None, Some(&churn())] {
        let refused = rob.upload_bundle(upload("v2"), key).await.unwrap_err();
        assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
    }
    installation.member("wim", &["writers"]).upload_bundle(upload("v2"), None).await.unwrap();
    assert_eq!(rob.project(&churn()).await.unwrap().packages.len(), 2);
}

#[tokio::test]
async fn what_is_no_bundle_is_refused_and_leaves_nothing() {
    let installation = Installation::new().await;
    for bytes in [&b"no zip"[..], b"", b"PK\x05\x06"] {
        let upload = Upload::from_bytes("x.zip", bytes.to_vec());
        let refused = installation.dana().upload_bundle(upload, None).await.unwrap_err();
        assert!(matches!(refused, DeployerError::Bundle { .. }), "{refused}");
    }
    let broken = Upload::new(
        "x.zip",
        9,
        futures::stream::iter([Err(std::io::Error::other("cut off"))]).boxed(),
    );
    let refused = installation.dana().upload_bundle(broken, None).await.unwrap_err().to_string();
    assert!(refused.contains("cut off"), "{refused}");
    assert!(installation.dana().projects().await.unwrap().is_empty());
    assert!(installation.stored_digests().await.is_empty());
}

#[tokio::test]
async fn a_bundle_that_a_deployment_uses_is_not_deleted() {
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    let used = installation.dana().delete_bundle(&churn(), &parsed("v1")).await.unwrap_err();
    assert!(used.to_string().contains("churn-dev"), "{used}");
    installation.dana().delete_bundle(&churn(), &parsed("v2")).await.unwrap();
    assert_eq!(installation.stored_digests().await.len(), 1);
    let again =
        installation.dana().upload_bundle(upload("v2"), None).await.unwrap_err().to_string();
    assert!(again.contains("nodes may still have it"), "R-D10: {again}");
    let error = installation.dana().download_bundle(&churn(), &parsed("v2")).await.unwrap_err();
    assert!(matches!(error, DeployerError::NotFound(_)), "{error}");
}

#[tokio::test]
async fn the_id_of_a_bundle_is_not_given_again_after_its_project_was_deleted() {
    // R-D10
    let installation = Installation::new().await;
    installation.publish("v1").await;
    installation.dana().delete_project(&churn()).await.unwrap();
    assert!(installation.dana().upload_bundle(upload("v1"), None).await.is_err());
    installation.publish("v2").await;
}

#[tokio::test]
async fn bytes_that_are_published_and_deleted_at_the_same_time_are_there_when_a_bundle_refers_to_them()
 {
    let installation = Installation::racing().await;
    let bytes = archive("CHURN", "v1", json!({}));
    let [dana, publisher] = installation.in_processes(dana()).await;
    let up = |key: &str| {
        let (dana, key) = (publisher.clone(), parsed(key));
        let upload = Upload::from_bytes("x.zip", bytes.clone());
        async move { dana.upload_bundle(upload, Some(&key)).await }
    };
    up("ONE").await.unwrap();
    let one = parsed("ONE");
    let (published, deleted) = futures::future::join(up("TWO"), dana.delete_project(&one)).await;
    deleted.unwrap();
    if published.is_ok() {
        let down = dana.download_bundle(&parsed("TWO"), &parsed("v1")).await.unwrap();
        assert_eq!(down.length, Some(bytes.len() as u64));
    } else {
        assert!(dana.project(&parsed("TWO")).await.is_err());
    }
}

#[tokio::test]
async fn nobody_without_a_right_makes_us_take_bytes() {
    let installation = Installation::new().await;
    installation.publish("v1").await;
    let endless = || {
        Upload::new(
            "x.zip",
            u64::MAX,
            futures::stream::repeat_with(|| Ok(Bytes::from_static(&[0; 4096]))).boxed(),
        )
    };
    let nora = installation.member("nora", &[]);
    let hidden = nora.upload_bundle(endless(), Some(&churn())).await.unwrap_err().to_string();
    let absent =
        nora.upload_bundle(endless(), Some(&parsed("NONE"))).await.unwrap_err().to_string();
    assert_eq!(hidden, absent, "R-P2");
    assert!(matches!(nora.upload_bundle(endless(), None).await, Err(DeployerError::Forbidden(_))));
}

#[tokio::test]
async fn two_bundles_are_compared_for_those_who_may_download_them() {
    // E5
    let installation = Installation::new().await;
    installation.publish("v1").await;
    let manifest = json!({"connections": [{"name": "sql", "type": "PostgreSQL"}]});
    let other = Upload::from_bytes("v2.zip", archive("CHURN", "v2", manifest));
    installation.dana().upload_bundle(other, None).await.unwrap();
    let (v1, v2) = (parsed("v1"), parsed("v2"));
    let found = installation.dana().compare_bundles(&churn(), &v1, &v2).await.unwrap();
    assert!(
        found.to_string().contains("connections: 1 added, 1 removed\n  + sql\n  - sql-prod"),
        "{found}"
    );
    let same = installation.dana().compare_bundles(&churn(), &v1, &v1).await.unwrap();
    assert!(same.is_empty(), "{same}");
    let absent = installation.dana().compare_bundles(&churn(), &v1, &parsed("v9")).await;
    assert!(matches!(absent.unwrap_err(), DeployerError::NotFound(_)));
    let stranger = installation.member("zoe", &["strangers"]);
    let refused = stranger.compare_bundles(&churn(), &v1, &v2).await.unwrap_err();
    assert!(matches!(refused, DeployerError::NotFound(_)), "{refused}");
}
