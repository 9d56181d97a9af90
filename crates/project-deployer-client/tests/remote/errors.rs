//! What refusals of a Deployer mean (wire-facts 1.7, 8.3 item 3).

use project_deployer_client::prelude::*;
use project_deployer_client::{
    DeployerError, InfraCreation, NodeErrorKind, ResourceRef, Upload, Warnings,
};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::{StageId, Timestamp};

use crate::samples::{bundle_id, deployment_id, infra_id, key};
use crate::server::{Server, answer, refusal};

const NOT_FOUND: &str = "com.dataiku.dip.server.controllers.NotFoundException";

async fn refusing(status: u16, error_type: &str, message: &str) -> Server {
    Server::with([refusal(status, error_type, message)]).await
}

async fn not_found() -> Server {
    refusing(404, NOT_FOUND, "not found").await
}

#[tokio::test]
async fn what_is_not_found_is_named_by_what_was_asked_for() {
    let absent = [
        (
            not_found().await.deployer().infra(&infra_id()).await.unwrap_err(),
            ResourceRef::new("infrastructure", "prod-eu"),
        ),
        (
            not_found().await.deployer().project(&key()).await.unwrap_err(),
            ResourceRef::new("published project", "CHURN"),
        ),
        (
            not_found().await.deployer().delete_bundle(&key(), &bundle_id()).await.unwrap_err(),
            ResourceRef::new("bundle", "2026-01 of CHURN"),
        ),
        (
            not_found().await.deployer().start_update(&deployment_id()).await.unwrap_err(),
            ResourceRef::new("deployment", "churn-prod"),
        ),
        (
            not_found()
                .await
                .deployer()
                .update(&deployment_id(), Timestamp::from_millis(7))
                .await
                .unwrap_err(),
            ResourceRef::new("update", "7 of churn-prod"),
        ),
        (
            not_found().await.deployer().download_bundle(&key(), &bundle_id()).await.unwrap_err(),
            ResourceRef::new("bundle", "2026-01 of CHURN"),
        ),
    ];
    for (error, expected) in absent {
        assert!(matches!(&error, DeployerError::NotFound(named) if *named == expected), "{error}");
    }
}

#[tokio::test]
async fn the_error_type_says_not_found_even_with_500() {
    let server = refusing(500, NOT_FOUND, "Infrastructure not found: prod-eu").await;
    let error = server.deployer().infra(&infra_id()).await.unwrap_err();
    assert!(matches!(error, DeployerError::NotFound(_)), "{error}");
}

#[tokio::test]
async fn a_list_that_is_not_found_is_no_object_that_is_missing() {
    // Another server answers at that address.
    let error = not_found().await.deployer().infras().await.unwrap_err();
    assert!(matches!(error, DeployerError::Node(error) if error.is_not_found()));
}

#[tokio::test]
async fn what_is_not_allowed_comes_in_the_deployers_words() {
    let server = refusing(403, "UnauthorizedException", "mina may not deploy on prod-eu").await;
    let error = server.deployer().start_update(&deployment_id()).await.unwrap_err();
    assert!(matches!(&error, DeployerError::Denied(text) if text.contains("may not deploy")));
    assert!(error.to_string().contains("ask one of its administrators"));
}

#[tokio::test]
async fn an_id_that_is_taken_is_told_by_409_or_by_400() {
    for (status, text) in [(409, "conflict"), (400, "Infrastructure prod-eu already exists")] {
        let server = refusing(status, "IllegalArgumentException", text).await;
        let creation = InfraCreation::new(infra_id(), StageId::parse("Test").unwrap());
        let error = server.deployer().create_infra(&creation).await.unwrap_err();
        assert!(matches!(error, DeployerError::AlreadyExists(_)), "{error}");
    }
    let server = refusing(409, "IllegalArgumentException", "bundle 2026-01 exists").await;
    let upload = Upload::from_bytes("v1.zip", "PK");
    let error = server.deployer().upload_bundle(upload, Some(&key())).await.unwrap_err();
    assert!(matches!(error, DeployerError::AlreadyExists(_)), "{error}");
}

#[tokio::test]
async fn what_a_new_deployment_refers_to_is_named_by_the_deployer_only() {
    let server = refusing(404, NOT_FOUND, "Bundle not found: 2026-01").await;
    let creation = DeploymentCreation::new(deployment_id(), key(), infra_id(), bundle_id());
    let error =
        server.deployer().create_deployment(&creation, Warnings::AsErrors).await.unwrap_err();
    assert!(error.to_string().contains("Bundle not found: 2026-01"), "{error}");
    assert!(matches!(error, DeployerError::Refused { status: 404, .. }));
}

#[tokio::test]
async fn a_refusal_keeps_its_words() {
    // R-I5; whether it is 400 or 409 is unknown.
    for status in [400, 409, 422] {
        let server = refusing(status, "IllegalStateException", "2 deployments use it").await;
        let error = server.deployer().delete_infra(&infra_id()).await.unwrap_err();
        assert!(error.to_string().contains("2 deployments use it"), "{error}");
        assert!(
            matches!(error, DeployerError::Refused { status: reported, .. } if reported == status)
        );
    }
}

#[tokio::test]
async fn everything_else_is_what_happened_between_us_and_the_node() {
    let unauthorized = refusing(401, "UnauthorizedException", "no such key").await;
    let error = unauthorized.deployer().infras().await.unwrap_err();
    assert!(
        matches!(error, DeployerError::Node(error) if matches!(error.kind, NodeErrorKind::Unauthorized(_)))
    );
    let page = Server::with([answer(200, "<html>Log in</html>")]).await;
    let error = page.deployer().infras().await.unwrap_err();
    assert!(
        matches!(error, DeployerError::Node(error) if matches!(error.kind, NodeErrorKind::UnexpectedServer(_)))
    );
    let failed = refusing(500, "NullPointerException", "oops").await;
    let error = failed.deployer().start_update(&deployment_id()).await.unwrap_err();
    assert!(
        matches!(error, DeployerError::Node(error) if matches!(error.kind, NodeErrorKind::Failed { status: 500, .. }))
    );
}
