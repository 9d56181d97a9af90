//! A record that cannot be read stops operations on itself, and nothing else.

use project_deployer_client::prelude::*;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Collection, Commit, Expected, Store as _};
use serde_json::{Value, json};

use crate::installation::{Installation, parsed};

/// What damaged and newer records look like. One has a secret where a number should be.
fn broken() -> [Value; 5] {
    let secret = json!({"format": 1, "document": {"start": "canary-2d90"}});
    [
        json!({"format": 9}),
        json!({"format": 1, "document": "canary-2d90"}),
        json!("x"),
        json!(null),
        secret,
    ]
}

async fn put(installation: &Installation, kind: &'static str, id: &str, body: Value) {
    let commit = Commit::new().put(Collection::new(kind).key(id), Expected::Any, body);
    installation.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn of_updates_one_that_cannot_be_read_is_left_out() {
    for body in broken() {
        let installation = Installation::new().await.with_deployment().await;
        installation.update("churn-dev").await;
        put(&installation, "update", "churn-dev/00000000000000000007", body.clone()).await;
        let dana = installation.dana();
        let id = parsed("churn-dev");
        assert_eq!(dana.updates(&id).await.unwrap().len(), 1, "{body}");
        let error = dana.update(&id, project_deployer_core::Timestamp::from_millis(7)).await;
        let error = error.unwrap_err();
        assert!(error.to_string().contains("update/churn-dev/"), "{error}");
        assert!(!format!("{error:?}").contains("canary-2d90"), "{error:?}");
        assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
        dana.delete_deployment(&id).await.unwrap();
    }
}

#[tokio::test]
async fn a_last_update_that_cannot_be_read_stops_its_own_deployment_only() {
    for body in broken() {
        let installation = Installation::new().await.with_deployment().await;
        installation.deploy("newer", "dev", "v1").await;
        put(&installation, "latest-update", "churn-dev", body.clone()).await;
        assert_eq!(installation.update("newer").await.status, UpdateStatus::Success, "{body}");
        assert_eq!(installation.deployer.resume_updates().await.unwrap(), 0, "{body}");
        let dana = installation.dana();
        dana.delete_deployment(&parsed("churn-dev")).await.unwrap();
        installation.deploy("churn-dev", "dev", "v1").await;
        assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    }
}

#[tokio::test]
async fn an_update_ends_even_if_its_records_became_unreadable() {
    // R1: only its process writes them, so it writes them whole.
    let installation = Installation::new().await.with_deployment().await;
    let dana = installation.dana();
    let id = parsed("churn-dev");
    let task = dana.start_update(&id).await.unwrap();
    let start = task.start_time;
    put(&installation, "update", &format!("churn-dev/{start:020}"), json!({"format": 9})).await;
    put(&installation, "latest-update", "churn-dev", json!({"format": 9})).await;
    let detail = loop {
        match dana.last_update(&id).await {
            Ok(detail) if detail.status != UpdateStatus::Running => break detail,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(detail.status, UpdateStatus::Success);
}

#[tokio::test]
async fn a_last_update_that_cannot_be_read_does_not_block_its_own_deployment() {
    for body in broken() {
        let installation = Installation::new().await.with_deployment().await;
        let first = installation.update("churn-dev").await;
        put(&installation, "latest-update", "churn-dev", body.clone()).await;
        let second = installation.update("churn-dev").await;
        assert_eq!(second.status, UpdateStatus::Success, "{body}");
        assert!(second.start_timestamp > first.start_timestamp, "{body}");
        let dana = installation.dana();
        let id = parsed("churn-dev");
        let last = dana.last_update(&id).await.unwrap();
        assert_eq!(last.start_timestamp, second.start_timestamp, "{body}: written anew");
        assert_eq!(dana.updates(&id).await.unwrap().len(), 2, "{body}");
    }
}

#[tokio::test]
async fn without_a_readable_update_the_refusal_says_what_to_do() {
    // Nothing shows whether the last update has ended.
    for body in broken() {
        let installation = Installation::new().await.with_deployment().await;
        let start = installation.update("churn-dev").await.start_timestamp.as_millis();
        put(&installation, "latest-update", "churn-dev", body.clone()).await;
        put(&installation, "update", &format!("churn-dev/{start:020}"), body.clone()).await;
        let error = installation.dana().start_update(&parsed("churn-dev")).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.code(), "not-possible", "{body}: {text}");
        assert!(text.contains("or delete the deployment and create it again"), "{text}");
        assert!(!format!("{error:?}").contains("canary-2d90"), "{error:?}");
    }
}
